/** A folder of pictures as a clip. Node only. */

import { ImageError } from '../../errors.ts';
import { readPicture } from '../../images/node/image-file.ts';
import { filesIn } from '../../files/walk.ts';
import { pictureEndings } from '../../images/formats.ts';
import { checkFrame, type Clip, type OpenClipOptions } from './clip.ts';

/**
 * The pictures of a folder, ordered by their names, in which numbers count as numbers.
 *
 * @throws ImageError if it holds none, or the first cannot be read
 */
export async function openPictureFolder(path: string, { fps, ...size }: OpenClipOptions): Promise<Clip> {
  const files = await filesIn(path, { endings: pictureEndings });
  files.sort(new Intl.Collator('en', { numeric: true }).compare);
  const [first] = files;
  if (first === undefined) {
    const expected = `pictures (${pictureEndings.join(' ')})`;
    throw new ImageError({ expected, name: 'the folder', received: 'none', where: path });
  }
  const { image, source } = await readPicture(first, size);
  return {
    kind: 'folder',
    ...{ width: image.width, height: image.height, warnings: source.warnings },
    ...{ files, count: files.length, seconds: files.length / fps },
    async *frames() {
      for (const [i, file] of files.entries()) {
        const read = i === 0 ? image : (await readPicture(file, size)).image;
        checkFrame(read, image, file);
        yield { image: read, start: i / fps, duration: 1 / fps };
      }
    },
    close: async () => {},
  };
}
