/** The work of `wasserfarbe dataset`. */

import { readList } from '../images/node/file-lists.ts';
import { listImages } from '../images/node/image-file.ts';
import { packPictures } from '../training/node/pack.ts';
import type { PackFlags } from './dataset.ts';
import { interruption, leaveNothing } from './shared/failure.ts';
import { createMeter } from './shared/progress.ts';

export async function pack(folder: string, output: string, flags: PackFlags): Promise<void> {
  const { shortSide, quality, maxBytes, force = false } = flags;
  const only = flags.list === undefined ? undefined : await readList(flags.list);
  const { signal, end } = interruption();
  const count = only?.size ?? (await listImages(folder)).length;
  const meter = await createMeter(count, 'pictures', console.error);
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
      overwrite: force,
      signal,
      onProgress,
    };
    const { pictures, skipped } = await packPictures(options);
    meter.stop();
    for (const line of skipped) console.error(`skipped ${line}`);
    const bytes = pictures.reduce((sum, picture) => sum + picture.bytes, 0);
    console.log(`${output}  ${pictures.length} pictures, ${(bytes / 1e6).toFixed(1)} MB`);
  } catch (error) {
    leaveNothing(error, signal);
  } finally {
    meter.stop();
    end();
  }
}
