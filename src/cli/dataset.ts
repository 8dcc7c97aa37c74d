/** `wasserfarbe dataset`: pictures for training, made ready to be carried. */

import type { Command } from 'commander';
import { byteCount, integerBetween, positiveInteger } from './shared/arguments.ts';
import type { CommandModule } from './main.ts';

/** The flags of `dataset pack`, as commander hands them over. */
export interface PackFlags {
  readonly shortSide: number;
  readonly quality: number;
  readonly maxBytes?: number;
  readonly list?: string;
  readonly force?: true;
}

export const datasetCommand: CommandModule = {
  aliases: {},
  configure(command: Command) {
    command.addHelpText(
      'after',
      `
Example:
  wasserfarbe dataset pack photos packed/content --max-bytes 10MB
  wasserfarbe train --content-dir packed/content …`,
    );
    command
      .command('pack')
      .description('decode pictures once, reduce them, and write tar shards with an index')
      .argument('<folder>', 'pictures')
      .argument('<output>', 'a folder for the pack, which train and torch/train.py read')
      .option('--short-side <pixels>', 'smaller pictures are not enlarged', positiveInteger, 320)
      .option('--quality <number>', 'of WebP', integerBetween(1, 100), 85)
      .option('--max-bytes <bytes>', 'of the pack: an even sample of the pictures (default: all)', byteCount)
      .option('--list <file>', 'a text file with one file name a line: only those are used')
      .option('--force', 'replace a pack that is there')
      .action(async (folder: string, output: string, flags: PackFlags) => {
        const { pack } = await import('./dataset-run.ts');
        await pack(folder, output, flags);
      });
  },
};
