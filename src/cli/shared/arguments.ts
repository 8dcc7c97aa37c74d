/** Reading flags: names in any spelling, numbers, lists. */

import { InvalidArgumentError } from 'commander';

/**
 * Flags in kebab-case under their own names: `--Content_Size 5` and an alias of it become `--content-size 5`.
 * What stands behind `=` or `--` is left alone.
 */
export function normaliseFlags(
  args: readonly string[],
  aliases: Readonly<Record<string, string>> = {},
): string[] {
  const end = args.indexOf('--');
  return args.map((arg, i) => {
    const [, name, value = ''] = /^--([A-Za-z][\w-]*)(=.*)?$/s.exec(arg) ?? [];
    if (name === undefined || (end >= 0 && i > end)) return arg;
    const kebab = name.replaceAll('_', '-').toLowerCase();
    return `--${Object.hasOwn(aliases, kebab) ? aliases[kebab] : kebab}${value}`;
  });
}

/** For commander: a finite number between two bounds. */
export function numberBetween(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = toNumber(text);
    if (value >= low && value <= high) return value;
    throw new InvalidArgumentError(`Expected a number from ${low} to ${high}.`);
  };
}

/** For commander: a whole number between two bounds. */
export function integerBetween(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = toNumber(text);
    if (Number.isInteger(value) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${low} to ${high}.`);
  };
}

/** For commander: a whole number of at least 1. */
export function positiveInteger(text: string): number {
  const value = toNumber(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('Expected a whole number, 1 or more.');
}

/** For commander: numbers above 0 with commas between them. */
export function positiveNumbers(text: string): number[] {
  const values = text.split(',').map(toNumber);
  if (values.every((value) => value > 0 && Number.isFinite(value))) return values;
  throw new InvalidArgumentError('Expected numbers above 0 with commas between them, as in 2,1.');
}

/** For commander: bytes, `2GB`, `800 MB` or plain. */
export function byteCount(text: string): number {
  const [, number = '', unit = ''] = /^([\d.]+)\s*([kmgt]?)i?b?$/i.exec(text.trim()) ?? [];
  const value = toNumber(number) * 1000 ** ' kmgt'.indexOf(unit.toLowerCase() || ' ');
  if (value >= 1 && Number.isFinite(value)) return Math.floor(value);
  throw new InvalidArgumentError('Expected a number of bytes, as in 2GB or 800MB.');
}

/** For commander: `auto` or a whole number of pixels. */
export function tileSide(text: string): 'auto' | number {
  return text === 'auto' ? text : positiveInteger(text);
}

/** NaN for what is no number; an empty text would otherwise count as 0. */
export function toNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}
