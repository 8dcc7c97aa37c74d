/** Options of reading and writing pictures: a misspelt name is an error, not a default. Node only. */

import { SettingError } from '../../errors.ts';

/** Names of the options of each call. */
const known = {
  inspectImage: ['name', 'allowSvg', 'limitPixels', 'limitBytes'],
  readPicture: [
    'name',
    'allowSvg',
    'limitPixels',
    'limitBytes',
    'shortSide',
    'longSide',
    'size',
    'pixelLimit',
  ],
  readImage: [
    ...['name', 'allowSvg', 'limitPixels', 'limitBytes', 'shortSide', 'longSide', 'size', 'pixelLimit'],
    'onWarning',
  ],
  openBands: [
    ...['name', 'allowSvg', 'limitPixels', 'limitBytes', 'shortSide', 'longSide', 'size', 'pixelLimit'],
    'temporaryFolder',
  ],
  encodeImage: ['quality', 'depth', 'metadata'],
  writeImage: ['quality', 'depth', 'metadata'],
  openBandWriter: ['quality', 'depth', 'metadata', 'alpha'],
} as const;

/** @throws SettingError for options that are no object, or have a name that the call does not know */
export function checkNames(options: unknown, call: keyof typeof known): void {
  if (typeof options !== 'object' || options === null) {
    const problem = { expected: 'an object', name: `the options of ${call}` };
    throw new SettingError({ ...problem, received: String(options) });
  }
  const names: readonly string[] = known[call];
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  const expected = `one of ${names.join(', ')}`;
  throw new SettingError({ expected, name: `an option of ${call}`, received: unknown });
}
