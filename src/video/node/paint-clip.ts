/** Painting a clip frame by frame, with paint that stays on things. Node only. */

import { ImageError } from '../../errors.ts';
import type { RgbImage } from '../../images/image.ts';
import { readImage } from '../../images/node/image-file.ts';
import { type PaintedFrame, steady } from '../steady.ts';
import type { FrameFile } from './animation.ts';
import type { Clip, ClipFrame } from './clip.ts';
import type { PaintedFrames } from './painted-frames.ts';

export interface PaintClipOptions {
  /** See {@link steady}. */
  readonly steadiness: number;
  readonly signal: AbortSignal;
  /** Paints one frame by itself. */
  paint(frame: ClipFrame): Promise<RgbImage>;
  /** Called after each frame, with the number of frames that are done. */
  onFrame(done: number, isCut: boolean): void;
}

/**
 * Paints the frames that are not there yet.
 *
 * @returns all frames
 * @throws the signal's reason if aborted; finished frames stay
 */
export async function paintClip(
  clip: Clip,
  painted: PaintedFrames,
  { steadiness, signal, paint, onFrame }: PaintClipOptions,
): Promise<FrameFile[]> {
  const files: FrameFile[] = [];
  let last: PaintedFrame | undefined;
  for await (const frame of clip.frames()) {
    signal.throwIfAborted();
    const i = files.length;
    const file = { path: painted.path(i), start: frame.start, duration: frame.duration };
    files.push(file);
    if (i < painted.done) {
      // The frame before the next one carries its paint on.
      if (i === painted.done - 1) last = { frame: frame.image, painting: await readImage(file.path) };
      continue;
    }
    const own = await paint(frame);
    const next = { frame: frame.image, painting: own };
    const { painting, isCut } =
      last === undefined ? { painting: own, isCut: false } : steady(last, next, i, steadiness);
    await painted.write(i, painting);
    // As a later run would read it, so that both go on alike.
    last = { frame: frame.image, painting: await readImage(file.path) };
    onFrame(i + 1, isCut);
  }
  if (files.length > 0) return files;
  throw new ImageError({ expected: 'a clip with frames', name: 'the clip', received: 'none' });
}
