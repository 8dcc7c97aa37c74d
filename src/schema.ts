/** Checks of data from outside, where browsers check them too: zod in its small form, a third of the bytes, in English. */

import * as z from 'zod/mini';

// The large form brings its messages along; this one says "Invalid input" without them.
z.config(z.locales.en());

export { z };
