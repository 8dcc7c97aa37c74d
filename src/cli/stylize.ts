/** `wasserfarbe stylize`: every content picture in every style. */

import { type Command, Option } from 'commander';
import { type MethodName, methodNames } from '../networks/methods.ts';
import { type Device, devices } from '../runtime/devices.ts';
import { integerBetween, numberBetween, positiveInteger } from './arguments.ts';
import type { CommandModule } from './main.ts';

/** The flags, as commander hands them over. */
export interface StylizeFlags {
  readonly content?: string[];
  readonly style?: string[];
  readonly output: string;
  readonly strength: number;
  readonly contentSize?: number;
  readonly styleSize?: number;
  readonly device: Device;
  readonly method?: MethodName;
  readonly model?: string;
  readonly threads?: number;
  readonly format: string;
  readonly quality?: number;
  readonly force?: true;
  readonly json?: true;
}

export const stylizeCommand: CommandModule = {
  aliases: { alpha: 'strength', save: 'output', 'output-dir': 'output', 'n-threads': 'threads' },
  configure(command: Command) {
    command
      .option('-c, --content <paths...>', 'pictures, folders or patterns to paint')
      .option('-s, --style <paths...>', 'pictures, folders or patterns to take the style from')
      .option('-o, --output <path>', 'a file for one picture, otherwise a folder', '.')
      .option(
        '--strength <0-1>',
        'how strongly to paint; 0 gives the content back (alias --alpha)',
        numberBetween(0, 1),
        1,
      )
      .option(
        '--content-size <pixels>',
        'short side to bring contents to (default: their own size)',
        positiveInteger,
      )
      .option(
        '--style-size <pixels>',
        'short side to bring styles to (default: 512); smaller gives finer strokes',
        positiveInteger,
      )
      .addOption(new Option('--method <name>', 'whose network (default: wasserfarbe)').choices(methodNames))
      .option('--model <name|path>', "a model of the package (default: the method's), or a .safetensors file")
      .addOption(new Option('--device <name>', 'what runs the network').choices(devices).default('auto'))
      .option('--threads <count>', 'threads on the CPU (default: all cores)', positiveInteger)
      .addOption(
        new Option('--format <ending>', 'of pictures in a folder')
          .choices(['jpg', 'png', 'webp', 'avif'])
          .default('jpg'),
      )
      .option('--quality <1-100>', 'of JPEG, WebP and AVIF', integerBetween(1, 100))
      .option('--force', 'write over files that exist')
      .option('--json', 'print one JSON document on stdout')
      .addHelpText(
        'after',
        `
More than one picture, or an --output that is a folder, gives {content}_stylized_{style}.jpg for every content
with every style. Files that exist are kept. Lists may be repeated flags or separated by commas.

Examples:
  wasserfarbe stylize --content photo.jpg --style painting.jpg -o out.png
  wasserfarbe stylize --content photos/ --style monet.jpg,klee.png -o painted/ --strength 0.8`,
      )
      .action(async (flags: StylizeFlags) => {
        const { stylizeAll } = await import('./stylize-run.ts');
        await stylizeAll(flags);
      });
  },
};
