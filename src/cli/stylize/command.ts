/** `wasserfarbe stylize`: every content picture in every style. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type LoadStylizerOptions,
  loadStylizerOptions,
  type SaveImageOptions,
  saveImageOptions,
} from '../../stylize/node/options.ts';
import { REFINING_STEPS } from '../../stylize/defaults.ts';
import {
  type RefineOptions,
  refineOptions,
  type StylizeOptions,
  stylizeOptions,
} from '../../stylize/options.ts';
import type { CommandModule } from '../main.ts';
import {
  type ModelFlags,
  modelFlags,
  optionFlags,
  positiveInteger,
  positiveNumbers,
  toNumber,
} from '../shared/flags.ts';

/** How long a painting is refined. */
export type RefiningTime = Pick<RefineOptions, 'steps' | 'seconds'>;

/** For commander: `50` steps or `30s`. */
function refiningTime(text: string): RefiningTime {
  const isTime = text.endsWith('s');
  const number = toNumber(isTime ? text.slice(0, -1) : text);
  if (isTime && number > 0 && Number.isFinite(number)) return { seconds: number };
  if (!isTime && number >= 1 && Number.isSafeInteger(number)) return { steps: number };
  throw new InvalidArgumentError('Expected a number of steps, as in 50, or of seconds, as in 30s.');
}

/** The flags, in commander's form. */
export interface StylizeFlags
  extends ModelFlags,
    Pick<LoadStylizerOptions, 'lossNetwork'>,
    Omit<StylizeOptions, 'strengthMap' | 'signal' | 'onProgress'>,
    Pick<RefineOptions, 'refineMethod' | 'seed'>,
    Pick<SaveImageOptions, 'quality' | 'keepMetadata'> {
  readonly content?: string[];
  readonly style?: string[];
  readonly output: string;
  readonly styleInterpolationWeights?: number[];
  readonly mask?: string[];
  /** Path of a file. */
  readonly strengthMap?: string;
  readonly jobs?: number;
  readonly refine?: RefiningTime | true;
  readonly format: string;
  readonly force?: true;
  readonly skipExisting?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

export const stylizeCommand: CommandModule = {
  aliases: { alpha: 'strength', save: 'output', 'output-dir': 'output', 'n-threads': 'threads' },
  replaced: { 'paint-size': 'finest-size', 'style-scale': 'stroke-size', 'draft-share': 'stroke-size' },
  configure(command: Command) {
    command
      .option('-c, --content <paths...>', 'pictures, folders or patterns to paint')
      .option('-s, --style <paths...>', 'pictures, style files, folders or patterns to take the style from')
      .option('-o, --output <path>', 'a file for one picture, otherwise a folder', '.');
    for (const flag of optionFlags(stylizeOptions)) command.addOption(flag);
    command
      .option(
        '--style-interpolation-weights <list>',
        'mix all styles into one picture, so much of each, as in 2,1',
        positiveNumbers,
      )
      .option(
        '--refine [steps|seconds]',
        `optimise each painting, for so many steps at each of two sizes, or as long as in 30s (default: ${REFINING_STEPS} steps)`,
        refiningTime,
      )
      .option(
        '--mask <paths...>',
        "one greyscale picture for each style, which are mixed: white is where it is painted; 'alpha' for the content's own",
      );
    const refining = [
      ...optionFlags(refineOptions, ['refineMethod', 'seed']),
      ...optionFlags(loadStylizerOptions, ['lossNetwork']),
    ];
    for (const flag of [...refining, ...modelFlags()]) command.addOption(flag);
    command.addOption(
      new Option('--format <ending>', 'of pictures in a folder')
        .choices(['jpg', 'png', 'webp', 'avif', 'tif'])
        .default('jpg'),
    );
    for (const flag of optionFlags(saveImageOptions, ['quality', 'keepMetadata'])) command.addOption(flag);
    command
      .option(
        '--jobs <count>',
        'pictures that are decoded, and that are encoded, at once beside the network (default: as many as cores, 2 to 4)',
        positiveInteger,
      )
      .option('--force', 'write over files that exist')
      .option('--skip-existing', 'go on where an earlier run has stopped; a file that exists is no error')
      .option('--dry-run', 'look at the contents and print what would be written, and write nothing')
      .option('--json', 'print one JSON document on stdout')
      .addHelpText(
        'after',
        `
More than one picture, or an --output that is a folder, gives {content}_stylized_{style}.jpg for every content
with every style; --style-interpolation-weights or --mask mix all styles into one. Files that exist are kept. Lists may
be repeated flags or separated by commas. Large pictures are read, painted and written in bands.

--refine takes half a minute for 512², and Ctrl-C ends it with the picture as it is. Its styles must be pictures.

Aliases: --alpha for --strength, --save and --output-dir for --output, --n-threads for --threads.

Examples:
  wasserfarbe stylize --content photo.jpg --style painting.jpg -o out.png
  wasserfarbe stylize --content photos/ --style monet.jpg,klee.png -o painted/ --strength 0.8`,
      )
      .action(async (flags: StylizeFlags) => {
        const { stylizeAll } = await import('./run.ts');
        await stylizeAll(flags);
      });
  },
};
