/** Animated GIF and WebP, by sharp. Node only. */

import sharp from 'sharp';
import { ImageError } from '../../errors.ts';
import { explainFileError } from '../../files/read.ts';
import { writeFileAtomic } from '../../files/write.ts';
import { outputSize } from '../../images/image.ts';
import { inspectImage, readPicture } from '../../images/node/image-file.ts';
import { checkMemory, limitsOf } from '../../images/node/limits.ts';
import { unreadable } from '../../images/node/inspect.ts';
import { openPictureFile } from '../../images/node/picture-file.ts';
import type { Clip, OpenClipOptions } from './clip.ts';

/** Milliseconds for which browsers show a frame that names none, or less than they take. */
const USUAL_DELAY = 100;
const LEAST_DELAY = 11;
/** GIF counts in hundredths of a second, of which browsers take no less than two. */
const GIF = { unit: 10, least: 20 };
const WEBP = { unit: 1, least: LEAST_DELAY };

export interface OpenAnimationOptions extends OpenClipOptions {
  /** Whether the file is cut short: the last frame of a GIF is then read as far as it goes. */
  readonly isPart?: boolean;
}

/**
 * Opens an animated picture.
 *
 * @throws ImageError for a picture of a kind that holds only one
 */
export async function openAnimation(
  path: string,
  { fps: _, onWarning, isPart = false, ...size }: OpenAnimationOptions,
): Promise<Clip> {
  const file = await openPictureFile(path, path, limitsOf({}).limitBytes);
  const { input } = file;
  try {
    const source = await inspectImage(path);
    if (source.format !== 'gif' && source.format !== 'webp') {
      throw new ImageError({
        expected: 'a film, an animated GIF or WebP, or a folder of pictures',
        name: path,
        received: `one picture (${source.format})`,
        remedy: 'paint it with wasserfarbe stylize',
      });
    }
    for (const line of source.warnings) onWarning?.(line);
    // Of WebP, half a frame would be noise.
    const failOn = isPart && source.format === 'gif' ? 'none' : 'warning';
    // The limit is for a picture, not for all frames together.
    const whole = sharp(input, { animated: true, failOn, limitInputPixels: false });
    const { pages = 1, delay = [], loop = 0 } = await whole.metadata().catch(unreadable(path));
    const { width, height } = outputSize(source, size);
    const delays = Array.from({ length: pages }, (_, i) => {
      const given = delay[i] ?? USUAL_DELAY;
      return (given < LEAST_DELAY ? USUAL_DELAY : given) / 1000;
    });
    return {
      kind: 'animation',
      ...{ width, height, count: pages, loop },
      seconds: delays.reduce((sum, delay) => sum + delay, 0),
      async *frames() {
        let start = 0;
        for (const [page, duration] of delays.entries()) {
          // A page on its own is an ordinary picture, which is read as all others.
          const name = `frame ${page + 1} of ${path}`;
          const png = await sharp(input, { page, failOn })
            .autoOrient()
            .png({ compressionLevel: 1 })
            .toBuffer()
            .catch(unreadable(name));
          const { image } = await readPicture(png, { ...size, name });
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

/** A frame that has been painted. */
export interface FrameFile {
  /** Path of its PNG. */
  readonly path: string;
  readonly start: number;
  readonly duration: number;
}

export interface WriteAnimationOptions {
  readonly loop?: number;
  readonly quality?: number | undefined;
  /** Aborting rejects with the signal's reason, and leaves nothing. Frames are encoded to the end. */
  readonly signal?: AbortSignal;
}

/** Bytes that writing takes for each pixel of all frames: measured 3.9 to 5.2. */
const BYTES_PER_PIXEL = 5;

/**
 * Checks that so many frames can be written as one animation: encoders hold all of them at once.
 *
 * @param limit bytes, by default the free memory
 * @throws ImageError if not
 */
export function checkAnimation(
  path: string,
  { width, height, count, seconds }: Pick<Clip, 'width' | 'height' | 'count' | 'seconds'>,
  limit?: number,
): void {
  const kept = Math.min(count, Math.ceil((1000 * seconds) / gridOf(path).least));
  const received = `${kept} frames of ${width}×${height} pixels`;
  checkMemory(kept * width * height * BYTES_PER_PIXEL, path, received, 'write .mp4, or a folder', limit);
}

/** Writes an animated GIF or WebP, whole or not at all. */
export async function writeAnimation(
  path: string,
  frames: readonly FrameFile[],
  { loop = 0, quality, signal }: WriteAnimationOptions,
): Promise<void> {
  const grid = gridOf(path);
  const shownFrames = onGrid(frames, grid);
  const paths = shownFrames.map((frame) => frame.path);
  const joined = paths.length === 1 ? sharp(paths[0]) : sharp(paths, { join: { animated: true } });
  const shown = { loop, delay: shownFrames.map(({ delay }) => delay) };
  const made = grid === GIF ? joined.gif(shown) : joined.webp({ ...shown, quality: quality ?? 90 });
  try {
    const bytes = await made.toBuffer();
    signal?.throwIfAborted();
    await writeFileAtomic(path, bytes);
  } catch (cause) {
    signal?.throwIfAborted();
    const received = explainFileError(cause).split('\n', 1)[0] ?? '';
    throw new ImageError({ expected: 'an animation that can be written', name: path, received }, { cause });
  }
}

function gridOf(path: string): typeof GIF {
  return path.toLowerCase().endsWith('.gif') ? GIF : WEBP;
}

/**
 * The frames that are shown, with milliseconds in whole units; what rounding leaves goes to the next one, so
 * that the whole is as long. Frames below the least delay are left out, and the one before is shown longer.
 */
function onGrid(
  frames: readonly FrameFile[],
  { unit, least }: typeof GIF,
): { path: string; delay: number }[] {
  const kept: { path: string; start: number }[] = [];
  let [seconds, end] = [0, 0];
  for (const { path, duration } of frames) {
    const start = end;
    seconds += duration;
    end = unit * Math.round((1000 * seconds) / unit);
    const last = kept.at(-1);
    if (last === undefined || start - last.start >= least) kept.push({ path, start });
    // A brief frame gives way to a longer one, which must not be lost for it.
    else if (end - start >= least) Object.assign(last, { path, start: kept.length === 1 ? 0 : start });
  }
  if (kept.length > 1 && end - (kept.at(-1)?.start ?? 0) < least) kept.pop();
  return kept.map(({ path, start }, i) => ({
    path,
    delay: Math.max(least, (kept[i + 1]?.start ?? end) - start),
  }));
}
