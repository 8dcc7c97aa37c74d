import { expect, it } from 'vitest';
import { SettingError } from '../errors.ts';
import { checkOptions, type OptionTable } from './option-kinds.ts';
import { stylizeOptions } from './options.ts';

const table = {
  share: { about: '', kind: { is: 'number', least: 0, most: 1 } },
  quality: { about: '', kind: { is: 'number', least: 1, most: 100, whole: true } },
  seed: { about: '', kind: { is: 'number', least: 0, most: Number.POSITIVE_INFINITY, whole: true } },
  side: { about: '', kind: { is: 'pixels' } },
  threads: { about: '', kind: { is: 'count' } },
  tile: { about: '', kind: { is: 'tile' } },
  memory: { about: '', kind: { is: 'bytes' } },
  time: { about: '', kind: { is: 'seconds' } },
  way: { about: '', kind: { is: 'word', words: ['luma', 'coral'] } },
  force: { about: '', kind: { is: 'switch' } },
  name: { about: '', kind: { is: 'text' } },
  address: { about: '', kind: { is: 'address' } },
  mask: { about: '', kind: { is: 'mask' } },
  signal: { about: '', kind: { is: 'signal' } },
  hears: { about: '', kind: { is: 'function' } },
  notes: { about: '', kind: { is: 'object' } },
} as const satisfies OptionTable;

const check = (options: unknown) => checkOptions(options, table, 'paint');
const mask = { width: 2, height: 1, data: new Float32Array([0, 1]) };

it.each<object>([
  {},
  { share: undefined },
  { share: 0, quality: 100, seed: 0, side: 1, threads: 8, tile: 'auto', memory: 0.5, time: 0.1 },
  { tile: 512, way: 'coral', force: false, name: '', address: new URL('https://example.org/'), mask },
  { signal: new AbortController().signal, hears: () => undefined, notes: [] },
])('takes %o', (options) => {
  expect(() => check(options)).not.toThrow();
});

it.each<[string, unknown, string]>([
  ['share', 1.01, 'expected a number from 0 to 1 for share but received 1.01'],
  ['share', Number.NaN, 'expected a number from 0 to 1 for share but received NaN'],
  ['share', '0.5', 'expected a number from 0 to 1 for share but received 0.5'],
  ['share', null, 'expected a number from 0 to 1 for share but received null'],
  ['quality', 1.5, 'expected a whole number from 1 to 100 for quality but received 1.5'],
  ['seed', -1, 'expected a whole number of at least 0 for seed but received -1'],
  ['side', 0, 'expected a whole number of pixels, 1 or more for side but received 0'],
  ['threads', 2.5, 'expected a whole number, 1 or more for threads but received 2.5'],
  ['tile', 'large', "expected 'auto' or a whole number of pixels, 1 or more for tile but received large"],
  ['memory', 0, 'expected a number of bytes above 0 for memory but received 0'],
  ['time', Number.POSITIVE_INFINITY, 'expected a number of seconds above 0 for time but received Infinity'],
  ['way', 'sepia', 'expected one of luma, coral for way but received sepia'],
  ['force', 1, 'expected true or false for force but received 1'],
  ['name', {}, 'expected text for name but received an object'],
  ['address', 5, 'expected a URL for address but received 5'],
  ['mask', [0, 1], 'expected a value for each pixel of the mask for mask but received no values'],
  ['mask', 'half', 'expected a mask { width, height, data } for mask but received half'],
  [
    'mask',
    { ...mask, data: new Float32Array([0, 2]) },
    'expected values from 0 to 1 for mask but received 2',
  ],
  ['signal', {}, 'expected an AbortSignal for signal but received an object'],
  ['hears', 'me', 'expected a function for hears but received me'],
  ['notes', () => undefined, 'expected an object for notes but received a function'],
])('refuses %s: %o in one line', (name, value, line) => {
  const wrong = () => check({ [name]: value });
  expect(wrong).toThrow(SettingError);
  expect(wrong).toThrow(line);
  expect(wrong).not.toThrow(/\n/);
});

it('refuses a name that it does not know, with those that it does', () => {
  expect(() => check({ shares: 1 })).toThrow(
    /^expected one of share, quality, .* for an option of paint but received shares$/,
  );
  // No name of the prototype counts.
  expect(() => check({ toString: 1 })).toThrow('for an option of paint but received toString');
});

it.each([null, 5, 'fast'])('refuses %o in place of options', (options) => {
  expect(() => check(options)).toThrow('expected an object for the options of paint but received');
});

it('has a default that its own check takes, for every option of stylize', () => {
  for (const [name, option] of Object.entries(stylizeOptions)) {
    if (!('default' in option)) continue;
    expect(() => checkOptions({ [name]: option.default }, stylizeOptions, 'stylize'), name).not.toThrow();
  }
});
