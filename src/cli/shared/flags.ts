/** Flags: names in any spelling, the parsing of their values, and flags made from tables of options. */

import { InvalidArgumentError, Option } from 'commander';
import { flagName } from '../../flag-name.ts';
import { bytesIn } from '../../byte-count.ts';
import type { Kind, OptionTable } from '../../stylize/option-kinds.ts';
import { type LoadStylizerOptions, loadStylizerOptions } from '../../stylize/node/options.ts';
import type { Stylizer } from '../../stylize/node/stylizer.ts';
import { pickOptions } from '../../stylize/options.ts';
import { UsageError } from './failure.ts';

/** What {@link normaliseFlags} knows of a command. */
export interface Spelling {
  /** Alias → the flag that it stands for, without dashes. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** The value that a flag has without one. */
  readonly implied?: Readonly<Record<string, string>>;
}

/**
 * Brings flags to kebab-case and their own names: `--Content_Size 5` and an alias of it become
 * `--content-size 5`. Text behind `=` or `--` is unchanged. A flag with an implied value gets it before a
 * path, which would be taken for its value.
 */
export function normaliseFlags(
  args: readonly string[],
  { aliases = {}, implied = {} }: Spelling = {},
): string[] {
  const end = args.indexOf('--');
  return args.map((arg, i) => {
    const [, name, value = ''] = /^--([A-Za-z][\w-]*)(=.*)?$/s.exec(arg) ?? [];
    if (name === undefined || (end >= 0 && i > end)) return arg;
    const kebab = name.replaceAll('_', '-').toLowerCase();
    const own = (Object.hasOwn(aliases, kebab) ? aliases[kebab] : undefined) ?? kebab;
    const isBare = value === '' && Object.hasOwn(implied, own) && /^[^-].*[./]|^-$/.test(args[i + 1] ?? '');
    return `--${own}${isBare ? `=${implied[own]}` : value}`;
  });
}

/** `contentSize`, `content_size` or `content-size` as `content-size`. */
export function kebabName(name: string): string {
  return flagName(name).replaceAll('_', '-');
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

/** For commander: a number of processes. More than machines have cores would only fill the memory. */
export const processCount = integerBetween(1, 1024);

/** For commander: numbers above 0 with commas between them. */
export function positiveNumbers(text: string): number[] {
  const values = text.split(',').map(toNumber);
  if (values.every((value) => value > 0 && Number.isFinite(value))) return values;
  throw new InvalidArgumentError('Expected numbers above 0 with commas between them, as in 2,1.');
}

/** For commander: weights of styles. Only their ratios count; sums of huge ones would be infinite. */
export function styleWeights(text: string): number[] {
  try {
    return text.split(',').map(numberBetween(0.001, 1000));
  } catch {
    throw new InvalidArgumentError(
      'Expected numbers from 0.001 to 1000 with commas between them, as in 2,1.',
    );
  }
}

/** For commander: bytes, `2GB`, `800 MB` or plain. */
export function byteCount(text: string): number {
  const value = bytesIn(text);
  if (value !== undefined && value >= 1) return value;
  throw new InvalidArgumentError('Expected a number of bytes, as in 2GB or 800MB.');
}

/** For commander: `auto` or a whole number of pixels. */
function tileSide(text: string): 'auto' | number {
  return text === 'auto' ? text : positiveInteger(text);
}

/** The number in a text; NaN if there is none. An empty text would otherwise count as 0. */
export function toNumber(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

/**
 * A flag for each option that can be typed, in the table's order. Without the flag the
 * option keeps its default.
 *
 * @param names only these options
 */
export function optionFlags<T extends OptionTable>(
  table: T,
  names: readonly (keyof T & string)[] = Object.keys(table),
): Option[] {
  return names.flatMap((name) => {
    const { about, kind, default: usual } = table[name] ?? { about: '', kind: { is: 'function' } };
    const words = usual === undefined || usual === false ? about : `${about} (default: ${usual})`;
    const flag = (value: string) => new Option(`--${flagName(name)}${value}`, words);
    return makeFlag(kind, flag) ?? [];
  });
}

/** The flag of a kind; undefined if values cannot be typed. A mask is given as a file. */
function makeFlag(kind: Kind, flag: (value: string) => Option): Option | undefined {
  switch (kind.is) {
    case 'number': {
      const { least, most, whole } = kind;
      return flag(` <${least}-${most}>`).argParser((whole ? integerBetween : numberBetween)(least, most));
    }
    case 'pixels':
      return flag(' <pixels>').argParser(positiveInteger);
    case 'count':
      return flag(' <count>').argParser(positiveInteger);
    case 'tile':
      return flag(' <auto|pixels>').argParser(tileSide);
    case 'bytes':
      return flag(' <bytes>').argParser(byteCount);
    case 'word':
      return flag(' <name>').choices(kind.words);
    case 'mask':
      return flag(' <path>');
    case 'text':
      return flag(' <text>');
    case 'switch':
      return flag('');
    case 'seconds':
    case 'any':
    case 'address':
    case 'object':
    case 'signal':
    case 'function':
      return undefined;
  }
}

const endings = ['jpg', 'png', 'webp', 'avif', 'tif'];

/** For commander: an ending with or without its dot, in its usual spelling. */
function ending(text: string): string {
  const [bare] = [text.toLowerCase().replace(/^\./, '').replace('jpeg', 'jpg').replace('tiff', 'tif')];
  if (endings.includes(bare)) return bare;
  throw new InvalidArgumentError(`Allowed choices are ${endings.join(', ')}.`);
}

/** `--format`: the ending of results. */
export function formatFlag(): Option {
  const about = 'of pictures in a folder (default: jpg; png for those with alpha)';
  return new Option('--format <ending>', about).choices(endings).argParser(ending);
}

/** Flags without effect unless a painting is refined. */
const refining = ['refineMethod', 'seed', 'lossNetwork'] as const;

/** @throws UsageError for a flag of refining without `--refine` */
export function checkRefining(flags: Partial<Record<(typeof refining)[number] | 'refine', unknown>>): void {
  const alone = refining.find((name) => flags[name] !== undefined);
  if (alone === undefined || flags.refine !== undefined) return;
  throw new UsageError({ expected: '--refine', name: `--${kebabName(alone)}`, received: 'it alone' });
}

export type ModelFlags = Omit<LoadStylizerOptions, 'denormals' | 'lossNetwork'>;

export function modelFlags(): Option[] {
  return optionFlags(loadStylizerOptions, ['method', 'model', 'device', 'threads']);
}

/**
 * Loads the stylizer that flags choose.
 *
 * @throws as `loadStylizer`
 */
export async function loadChosen(flags: ModelFlags): Promise<Stylizer> {
  const { loadStylizer } = await import('../../stylize/node/stylizer.ts');
  return loadStylizer(pickOptions(flags, loadStylizerOptions));
}
