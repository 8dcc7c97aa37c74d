/** Flags made from the tables of options: their names, words and defaults are those of the library's calls. */

import { Option } from 'commander';
import { flagName } from '../../flag-name.ts';
import type { Kind, OptionTable } from '../../stylize/option-kinds.ts';
import { byteCount, integerBetween, numberBetween, positiveInteger, tileSide } from './arguments.ts';

/**
 * A flag for each option that can be typed, in the table's order. A flag that is not given leaves its option alone, which then
 * has its default.
 *
 * @param names only these
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

/** Nothing for what cannot be typed. A mask is given as a file. */
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
