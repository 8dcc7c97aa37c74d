/** `wasserfarbe dataset`: pictures for training, packed for transport. */

import type { Command } from 'commander';
import { byteCount, integerBetween, positiveInteger } from './shared/flags.ts';
import type { CommandModule } from './main.ts';
import { interruption, leaveNothing } from './shared/failure.ts';
import { createMeter } from './shared/progress.ts';
import { say, tell } from './shared/output.ts';
import { visible } from '../visible.ts';

/** The flags of `dataset pack`, in commander's form. */
interface PackFlags {
  readonly shortSide: number;
  readonly quality: number;
  readonly maxBytes?: number;
  readonly list?: string;
  readonly recursive?: true;
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
      .option('--recursive', 'enter the folders in the folder')
      .option('--list <file>', 'a text file with one file name a line: only those are used')
      .option('--force', 'replace a pack that is there')
      .action(pack);
  },
};

async function pack(folder: string, output: string, flags: PackFlags): Promise<void> {
  const [{ readList }, { listImages }, { packPictures }] = await Promise.all([
    import('../images/node/file-lists.ts'),
    import('../images/node/image-file.ts'),
    import('../training/node/pack.ts'),
  ]);
  const { shortSide, quality, maxBytes, recursive = false, force = false } = flags;
  const only = flags.list === undefined ? undefined : await readList(flags.list, '--list');
  const { signal, end } = interruption();
  const count = only?.size ?? (await listImages(folder, { recursive })).length;
  const meter = await createMeter(count, 'pictures', tell);
  const onProgress = (done: number, total: number) =>
    meter.update(done, () => `${done} of ${total} pictures`);
  try {
    const options = {
      folder,
      output,
      shortSide,
      quality,
      maxBytes,
      only,
      recursive,
      overwrite: force,
      signal,
      onProgress,
    };
    const { pictures, skipped } = await packPictures(options);
    meter.stop();
    for (const line of skipped) tell(`skipped ${visible(line)}`);
    const bytes = pictures.reduce((sum, picture) => sum + picture.bytes, 0);
    say(`${output}  ${pictures.length} pictures, ${(bytes / 1e6).toFixed(1)} MB`);
  } catch (error) {
    leaveNothing(error, signal);
  } finally {
    meter.stop();
    end();
  }
}
