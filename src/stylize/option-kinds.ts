/** Kinds of values that options take: their checks, and the words for them in errors. */

import { SettingError } from '../errors.ts';
import { tagOf } from '../tag.ts';
import { checkMask, type Mask } from './masks.ts';

export type Kind =
  /** A number within bounds, whole or not. */
  | { readonly is: 'number'; readonly least: number; readonly most: number; readonly whole?: true }
  /** A whole number from 1. */
  | { readonly is: 'pixels' | 'count' }
  | { readonly is: 'tile' }
  | { readonly is: 'bytes' | 'seconds' }
  | { readonly is: 'word'; readonly words: readonly string[] }
  | { readonly is: 'switch' | 'text' | 'address' | 'any' | 'mask' | 'signal' | 'function' | 'object' };

/** One option of a call. */
interface Option {
  /** Text for help, without the default. */
  readonly about: string;
  readonly kind: Kind;
  readonly default?: number | string | boolean;
}

/** Options of a call by name. */
export type OptionTable = Readonly<Record<string, Option>>;

const expected: Readonly<Record<Exclude<Kind['is'], 'number' | 'word'>, string>> = {
  pixels: 'a whole number of pixels, 1 or more',
  count: 'a whole number, 1 or more',
  tile: "'auto' or a whole number of pixels, 1 or more",
  bytes: 'a number of bytes above 0',
  seconds: 'a number of seconds above 0',
  switch: 'true or false',
  text: 'text',
  address: 'a URL',
  any: 'something',
  mask: 'a mask { width, height, data }',
  signal: 'an AbortSignal',
  function: 'a function',
  object: 'an object',
};

/**
 * Checks the options that a caller gives. `undefined` stands for the default.
 *
 * @param call names the call in errors, e.g. `stylize`
 * @throws SettingError for the first unknown name, or value that does not fit
 */
export function checkOptions(given: unknown, table: OptionTable, call: string): void {
  if (typeof given !== 'object' || given === null) {
    throw new SettingError({
      expected: 'an object',
      name: `the options of ${call}`,
      received: inWords(given),
    });
  }
  for (const [name, value] of Object.entries(given)) {
    const option = Object.hasOwn(table, name) ? table[name] : undefined;
    if (option === undefined) {
      const known = Object.keys(table).join(', ');
      throw new SettingError({ expected: `one of ${known}`, name: `an option of ${call}`, received: name });
    }
    if (value !== undefined) checkValue(option.kind, value, name);
  }
}

/** @throws SettingError for a value that does not fit */
export function checkValue(kind: Kind, value: unknown, name: string): void {
  if (!fits(kind, value))
    throw new SettingError({ expected: expectedOf(kind), name, received: inWords(value) });
  if (kind.is === 'mask') checkMask(value as Mask, name);
}

/** The expectation that errors state. */
function expectedOf(kind: Kind): string {
  if (kind.is === 'word') return `one of ${kind.words.join(', ')}`;
  if (kind.is !== 'number') return expected[kind.is];
  const number = kind.whole ? 'a whole number' : 'a number';
  return kind.most === Infinity
    ? `${number} of at least ${kind.least}`
    : `${number} from ${kind.least} to ${kind.most}`;
}

function fits(kind: Kind, value: unknown): boolean {
  const isCount = Number.isSafeInteger(value) && Number(value) >= 1;
  switch (kind.is) {
    case 'number':
      if (typeof value !== 'number' || (kind.whole && !Number.isInteger(value))) return false;
      return value >= kind.least && value <= kind.most;
    case 'pixels':
    case 'count':
      return isCount;
    case 'tile':
      return value === 'auto' || isCount;
    case 'bytes':
    case 'seconds':
      return typeof value === 'number' && value > 0 && value < Infinity;
    case 'any':
      return true;
    case 'word':
      return kind.words.some((word) => word === value);
    case 'switch':
      return typeof value === 'boolean';
    case 'text':
      return typeof value === 'string';
    case 'address':
      return typeof value === 'string' || value instanceof URL;
    case 'function':
      return typeof value === 'function';
    case 'signal':
      return isObject(value) && 'aborted' in value && 'throwIfAborted' in value;
    case 'mask':
    case 'object':
      return isObject(value);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function objectInWords(value: object): string {
  const tag = tagOf(value);
  if (tag === 'Object') return 'an object';
  return `${/^[AEIO]/.test(tag) ? 'an' : 'a'} ${tag}`;
}

/** A value in a few words for "but received". */
export function inWords(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'empty text' : value.slice(0, 80);
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return objectInWords(value);
  return String(value);
}
