/** `wasserfarbe stylize`: every content picture in every style. */

import { type Command, Option } from 'commander';
import { methodNames } from '../../networks/methods.ts';
import { devices } from '../../runtime/devices.ts';
import { colourPreservations, type ColourPreservation } from '../../stylize/colours.ts';
import {
  byteCount,
  integerBetween,
  positiveInteger,
  positiveNumbers,
  tileSide,
} from '../shared/arguments.ts';
import { choiceNames, type PaintingChoices } from '../../stylize/choices.ts';
import { choiceFlags } from '../shared/choice-flags.ts';
import type { CommandModule } from '../main.ts';
import type { ModelFlags } from '../shared/model-flags.ts';

/** The flags, as commander hands them over. */
export interface StylizeFlags extends ModelFlags, PaintingChoices {
  readonly content?: string[];
  readonly style?: string[];
  readonly output: string;
  readonly contentSize?: number;
  readonly styleSize?: number;
  readonly styleInterpolationWeights?: number[];
  readonly mask?: string[];
  readonly strengthMap?: string;
  readonly preserveColor?: ColourPreservation;
  readonly tile: 'auto' | number;
  readonly maxMemory?: number;
  readonly jobs?: number;
  readonly format: string;
  readonly quality?: number;
  readonly keepMetadata?: true;
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
    for (const flag of choiceFlags(choiceNames)) command.addOption(flag);
    command
      .option(
        '--content-size <pixels>',
        'short side to bring contents to (default: their own size)',
        positiveInteger,
      )
      .option(
        '--style-size <pixels>',
        'short side to bring styles to (default: 512); a smaller one gives finer patterns',
        positiveInteger,
      )
      .option(
        '--style-interpolation-weights <list>',
        'mix all styles into one picture, so much of each, as in 2,1',
        positiveNumbers,
      )
      .option(
        '--mask <paths...>',
        "one greyscale picture for each style, which are mixed: white is where it is painted; 'alpha' for the content's own",
      )
      .option('--strength-map <path>', 'a greyscale picture: how strongly to paint where')
      .addOption(
        new Option('--preserve-color <way>', "keep the content's colours").choices(colourPreservations),
      )
      .option(
        '--tile <auto|pixels>',
        'longest side of the tiles that large contents are painted in',
        tileSide,
        'auto',
      )
      .option(
        '--max-memory <bytes>',
        'what the whole process may take, as in 2GB: smaller tiles where it is little',
        byteCount,
      )
      .addOption(new Option('--method <name>', 'whose network (default: wasserfarbe)').choices(methodNames))
      .option('--model <name|path>', "a model of the package (default: the method's), or a .safetensors file")
      .addOption(new Option('--device <name>', 'what runs the network').choices(devices).default('auto'))
      .option('--threads <count>', 'threads on the CPU (default: all cores)', positiveInteger)
      .addOption(
        new Option('--format <ending>', 'of pictures in a folder')
          .choices(['jpg', 'png', 'webp', 'avif', 'tif'])
          .default('jpg'),
      )
      .option('--quality <1-100>', 'of JPEG, WebP and AVIF', integerBetween(1, 100))
      .option('--keep-metadata', "carry the content's EXIF and XMP over, with its place and time")
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
