/** Flags for the choices of a painting, made from their table. */

import { Option } from 'commander';
import { flagName } from '../../flag-name.ts';
import { type ChoiceName, rangeOf } from '../../stylize/choices.ts';
import { numberBetween, positiveInteger } from './arguments.ts';

/** A flag for each of the names; without a value the choice is not made, and has its default. */
export function choiceFlags(names: readonly ChoiceName[]): Option[] {
  return names.map((name) => {
    const { about, least, most, default: usual } = rangeOf(name);
    const value = most === undefined ? '<pixels>' : `<${least}-${most}>`;
    const option = new Option(`--${flagName(name)} ${value}`, `${about} (default: ${usual})`);
    return option.argParser(most === undefined ? positiveInteger : numberBetween(least, most));
  });
}
