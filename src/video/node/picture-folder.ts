/** A folder of pictures as a clip. Node only. */

import { ImageError } from '../../errors.ts';
import { outputSize } from '../../images/image.ts';
import { inspectImage, readPicture } from '../../images/node/image-file.ts';
import { filesIn } from '../../files/walk.ts';
import { pictureEndings } from '../../images/formats.ts';
import { checkFrame, type Clip, type OpenClipOptions } from './clip.ts';

/**
 * The pictures of a folder, ordered by their names, in which numbers count as numbers. All headers are read,
 * lest the fault of a late frame shows after hours.
 *
 * @throws ImageError if it holds none, or one that is no picture or has another size than the first
 */
export async function openPictureFolder(
  path: string,
  { fps, except, onWarning, ...request }: OpenClipOptions,
): Promise<Clip> {
  const files = await filesIn(path, { endings: pictureEndings, except });
  files.sort(new Intl.Collator('en', { numeric: true }).compare);
  const [first] = files;
  if (first === undefined) {
    const expected = `pictures (${pictureEndings.join(' ')})`;
    throw new ImageError({ expected, name: 'the folder', received: 'none', where: path });
  }
  const sizeOf = async (file: string) => outputSize(await inspectImage(file), request);
  const { width, height } = await sizeOf(first);
  for (const file of files) checkFrame(await sizeOf(file), { width, height }, file);
  return {
    kind: 'folder',
    ...{ width, height, files, count: files.length, seconds: files.length / fps },
    async *frames() {
      for (const [i, file] of files.entries()) {
        const { image, source } = await readPicture(file, request);
        checkFrame(image, { width, height }, file);
        for (const line of source.warnings) onWarning?.(line);
        yield { image, start: i / fps, duration: 1 / fps };
      }
    },
    close: async () => {},
  };
}
