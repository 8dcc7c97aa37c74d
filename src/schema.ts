/**
 * zod for checks of external data that browsers make too: its small form, a third of the bytes, in English.
 */

import * as z from 'zod/mini';

// Unlike the large form, the small one has no messages of its own and would say only "Invalid input".
z.config(z.locales.en());

export { z };
