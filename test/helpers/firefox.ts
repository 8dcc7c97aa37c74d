/** Firefox for tests, if it is installed: Debian's `firefox-esr`, or another one in `WASSERFARBE_FIREFOX`. */

import { existsSync } from 'node:fs';

const candidates = [process.env.WASSERFARBE_FIREFOX ?? '', '/usr/bin/firefox-esr', '/usr/bin/firefox'];

export const firefoxPath = candidates.find((path) => path !== '' && existsSync(path));

export const noFirefox = 'no Firefox was found; install firefox-esr, or set WASSERFARBE_FIREFOX to its path';
