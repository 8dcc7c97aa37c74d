/** `wasserfarbe sheet`: contents by styles, as one picture to look at. */

import { type Command, InvalidArgumentError } from 'commander';
import { choiceNames, type PaintingChoices, stylizeOptions } from '../stylize/options.ts';
import {
  integerBetween,
  type ModelFlags,
  modelFlags,
  optionFlags,
  positiveInteger,
  toNumber,
} from './shared/flags.ts';
import type { CommandModule } from './main.ts';

/** The flags, in commander's form. */
export interface SheetFlags extends ModelFlags, PaintingChoices {
  readonly content?: string[];
  readonly style?: string[];
  readonly output: string;
  readonly cell: number;
  readonly size: number;
  readonly styleSize?: number;
  readonly quality?: number;
  readonly recursive?: true;
  readonly force?: true;
}

/** Smaller cells have no room for a picture, so the sheet refuses them. */
const SMALLEST_CELL = 16;

export const sheetCommand: CommandModule = {
  aliases: {
    ...{ alpha: 'strength', save: 'output', 'content-size': 'size', 'n-threads': 'threads' },
    ...{ 'content-dir': 'content', 'style-dir': 'style' },
  },
  configure(command: Command) {
    command
      .option('-c, --content <paths...>', 'pictures, folders or patterns to paint: the rows')
      .option('-s, --style <paths...>', 'pictures, style files, folders or patterns: the columns')
      .option('-o, --output <path>', 'a .png, .jpg or .webp file', 'sheet.png')
      .option('--recursive', 'enter the folders in folders')
      .option('--cell <pixels>', 'side of the square that each picture is fitted into', cellSize, 256)
      .option('--size <pixels>', 'short side at which contents are painted', positiveInteger, 320);
    for (const flag of optionFlags(stylizeOptions, [...choiceNames, 'styleSize'])) command.addOption(flag);
    for (const flag of modelFlags()) command.addOption(flag);
    command
      .option('--quality <1-100>', 'of JPEG and WebP (default: 90)', integerBetween(1, 100))
      .option('--force', 'write over a file that exists')
      .addHelpText(
        'after',
        `
Contents stand at the left, styles across the top, labelled with their file names. Pictures that cannot be read are
reported and left out.

Examples:
  wasserfarbe sheet --content photos/ --style paintings/ -o sheet.png
  wasserfarbe sheet --content photo.jpg --style paintings/ klee.style -o sheet.webp --cell 384 --size 512`,
      )
      .action(async (flags: SheetFlags) => {
        const { paintSheet } = await import('./sheet-run.ts');
        await paintSheet(flags);
      });
  },
};

function cellSize(text: string): number {
  const value = toNumber(text);
  if (Number.isInteger(value) && value >= SMALLEST_CELL) return value;
  throw new InvalidArgumentError(`Expected a whole number, ${SMALLEST_CELL} or more.`);
}
