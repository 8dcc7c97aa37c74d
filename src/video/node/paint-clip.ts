/** Painting a clip frame by frame, with paint that stays on things. Node only. */

import { ImageError } from '../../errors.ts';
import type { RgbImage } from '../../images/image.ts';
import { readImage } from '../../images/node/image-file.ts';
import { carriedOn, framesOfTurn, freshness, successionOf } from '../steady.ts';
import type { FrameFile } from './animation.ts';
import type { Clip, ClipFrame } from './clip.ts';
import type { PaintedFrames } from './painted-frames.ts';

export interface PaintClipOptions {
  /** See {@link steady}. */
  readonly steadiness: number;
  readonly signal: AbortSignal;
  /** Paints one frame by itself. */
  paint(frame: ClipFrame): Promise<RgbImage>;
  /**
   * Refines the painting of a key frame: the first of a scene, and one whenever each place has had its turn.
   * Other frames take their paint from it, moved along, so that all of a scene is refined.
   *
   * @param from what it begins with; undefined: its painting
   */
  readonly refine?: ((frame: ClipFrame, from: RgbImage | undefined) => Promise<RgbImage>) | undefined;
  /** Called after each frame, with the number of frames that are done. */
  onFrame(done: number, isCut: boolean): void;
}

/** What the next frame goes on with. */
interface Last {
  readonly frame: RgbImage;
  readonly painting: RgbImage;
  /** The refined painting of the last key frame, moved along, and of what has come into sight. */
  readonly refined?: RgbImage | undefined;
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
  options: PaintClipOptions,
): Promise<FrameFile[]> {
  const { signal, refine, onFrame } = options;
  const files: FrameFile[] = [];
  let last: Last | undefined;
  // As a later run would read them, so that both go on alike.
  const reread = async (i: number, frame: RgbImage): Promise<Last> => ({
    frame,
    painting: await readImage(painted.path(i)),
    ...(refine && { refined: await readImage(painted.refinedPath(i)) }),
  });
  for await (const frame of clip.frames()) {
    signal.throwIfAborted();
    const i = files.length;
    files.push({ path: painted.path(i), start: frame.start, duration: frame.duration });
    if (i < painted.done) {
      if (i === painted.done - 1) last = await reread(i, frame.image);
      continue;
    }
    const { painting, refined, isCut } = await nextPainting(last, frame, i, options);
    await painted.write(i, painting, refined);
    last = await reread(i, frame.image);
    onFrame(i + 1, isCut);
  }
  if (files.length > 0) return files;
  throw new ImageError({ expected: 'a clip with frames', name: 'the clip', received: 'none' });
}

async function nextPainting(
  last: Last | undefined,
  frame: ClipFrame,
  i: number,
  { steadiness, paint, refine }: PaintClipOptions,
): Promise<{ painting: RgbImage; refined: RgbImage | undefined; isCut: boolean }> {
  const succession =
    last === undefined || steadiness === 0 ? undefined : successionOf(last.frame, frame.image);
  const isCut = last !== undefined && steadiness > 0 && succession === undefined;
  if (last === undefined || succession === undefined) {
    const own = refine === undefined ? await paint(frame) : await refine(frame, undefined);
    return { painting: own, refined: refine && own, isCut };
  }
  let own = await paint(frame);
  if (refine !== undefined && last.refined !== undefined) {
    own = carriedOn(succession, last.refined, own);
    if (i % framesOfTurn(steadiness) === 0) own = await refine(frame, own);
  }
  const fresh = freshness(frame.image, i, 1 - steadiness);
  const painting = carriedOn(succession, last.painting, own, fresh);
  return { painting, refined: refine && own, isCut };
}
