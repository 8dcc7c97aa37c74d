/** Animated GIF and WebP, by sharp. Node only. */

import sharp from 'sharp';
import { ImageError } from '../../errors.ts';
import { writeFileAtomic } from '../../files/write.ts';
import { outputSize } from '../../images/image.ts';
import { inspectImage, readPicture } from '../../images/node/image-file.ts';
import { limitsOf } from '../../images/node/limits.ts';
import { openPictureFile } from '../../images/node/picture-file.ts';
import type { Clip, OpenClipOptions } from './clip.ts';

/** Milliseconds for frames that name none or less than browsers show. */
const USUAL_DELAY = 100;
const LEAST_DELAY = 20;

/**
 * Opens an animated picture; undefined if the file is no picture.
 *
 * @throws ImageError for a picture with one frame
 */
export async function openAnimation(
  path: string,
  { fps: _, ...size }: OpenClipOptions,
): Promise<Clip | undefined> {
  const file = await openPictureFile(path, path, limitsOf({}).limitBytes);
  const { input } = file;
  try {
    const metadata = await sharp(input, { animated: true })
      .metadata()
      .catch(() => undefined);
    if (metadata?.format !== 'gif' && metadata?.format !== 'webp') {
      if (metadata === undefined) return await closed(file);
      throw new ImageError({
        expected: 'a film, an animated GIF or WebP, or a folder of pictures',
        name: path,
        received: `one picture (${metadata.format})`,
        remedy: 'paint it with wasserfarbe stylize',
      });
    }
    const { pages = 1, delay = [], loop = 0 } = metadata;
    const source = await inspectImage(path);
    const { width, height } = outputSize(source, size);
    const delays = Array.from({ length: pages }, (_, i) => {
      const given = delay[i] ?? USUAL_DELAY;
      return (given < LEAST_DELAY ? USUAL_DELAY : given) / 1000;
    });
    return {
      kind: 'animation',
      ...{ width, height, count: pages, loop, warnings: source.warnings },
      seconds: delays.reduce((sum, delay) => sum + delay, 0),
      async *frames() {
        let start = 0;
        for (const [page, duration] of delays.entries()) {
          // A page on its own is an ordinary picture, which is read as all others.
          const png = await sharp(input, { page }).png({ compressionLevel: 1 }).toBuffer();
          const { image } = await readPicture(png, { ...size, name: `frame ${page + 1} of ${path}` });
          yield { image, start, duration };
          start += duration;
        }
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function closed(file: { close(): Promise<void> }): Promise<undefined> {
  await file.close();
  return undefined;
}

/** A frame that has been painted. */
export interface FrameFile {
  /** Path of its PNG. */
  readonly path: string;
  readonly start: number;
  readonly duration: number;
}

/** Writes an animated GIF or WebP, whole or not at all. */
export async function writeAnimation(
  path: string,
  frames: readonly FrameFile[],
  { loop = 0, quality }: { readonly loop?: number; readonly quality?: number | undefined },
): Promise<void> {
  const joined = sharp(
    frames.map((frame) => frame.path),
    { join: { animated: true } },
  );
  const delay = frames.map(({ duration }) => Math.round(1000 * duration));
  const made = path.toLowerCase().endsWith('.gif')
    ? joined.gif({ loop, delay })
    : joined.webp({ loop, delay, quality: quality ?? 90 });
  await writeFileAtomic(path, await made.toBuffer());
}
