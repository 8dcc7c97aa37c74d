/** Painting a clip frame by frame, with paint that stays on things. Node only. */

import { ImageError } from '../../errors.ts';
import type { RgbImage } from '../../images/image.ts';
import { readImage } from '../../images/node/image-file.ts';
import { allRefined, fromStored, missingOf, type RefinedPaint, refinedOn, toStored } from '../refined.ts';
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
   * Refines the painting of a key frame: the first of a scene, and one whenever each place has had its turn,
   * or much has come into sight. Other frames take their paint from it, moved along.
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
  /** The paint of the last key frame, moved along. */
  readonly refined?: RefinedPaint | undefined;
}

/** Share of the picture without refined paint from which on a frame is a key frame. */
const MOST_MISSING = 0.1;

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
  /** The last frame that was there before. */
  let before: RgbImage | undefined;
  // As a later run would read them, so that both go on alike.
  const reread = async (i: number, frame: RgbImage): Promise<Last> => ({
    frame,
    painting: await readImage(painted.path(i)),
    ...(refine && { refined: fromStored(await readRefined(painted.refinedPath(i))) }),
  });
  for await (const frame of clip.frames()) {
    signal.throwIfAborted();
    const i = files.length;
    files.push({ path: painted.path(i), start: frame.start, duration: frame.duration });
    if (i < painted.done) {
      before = frame.image;
      continue;
    }
    if (before !== undefined) last ??= await reread(i - 1, before);
    const { painting, refined, isCut } = await nextPainting(last, frame, i, options);
    await painted.write(i, painting, refined && toStored(refined));
    last = await reread(i, frame.image);
    onFrame(i + 1, isCut);
  }
  if (files.length > 0) return files;
  throw new ImageError({ expected: 'a clip with frames', name: 'the clip', received: 'none' });
}

/** @throws ImageError with what to do, since people copy a folder without its hidden files */
function readRefined(path: string): Promise<RgbImage> {
  return readImage(path).catch((cause: unknown) => {
    const problem = { expected: 'the refined paint of the frame before', name: path, received: 'none' };
    throw new ImageError({ ...problem, remedy: 'delete the folder to paint it anew' }, { cause });
  });
}

async function nextPainting(
  last: Last | undefined,
  frame: ClipFrame,
  i: number,
  { steadiness, paint, refine }: PaintClipOptions,
): Promise<{ painting: RgbImage; refined: RefinedPaint | undefined; isCut: boolean }> {
  const succession =
    last === undefined || steadiness === 0 ? undefined : successionOf(last.frame, frame.image);
  const isCut = last !== undefined && steadiness > 0 && succession === undefined;
  if (last === undefined || succession === undefined) {
    const own = refine === undefined ? await paint(frame) : await refine(frame, undefined);
    return { painting: own, refined: refine && allRefined(own), isCut };
  }
  const own = await paint(frame);
  const fresh = freshness(frame.image, i, 1 - steadiness);
  const shown = (from: RgbImage, share: Float32Array) => carriedOn(succession, last.painting, from, share);
  if (refine === undefined || last.refined === undefined) {
    return { painting: shown(own, fresh), refined: undefined, isCut };
  }
  const refined = refinedOn(succession, last.refined, own);
  if (i % framesOfTurn(steadiness) > 0 && missingOf(refined) < MOST_MISSING) {
    return { painting: shown(refined.painting, fresh), refined, isCut };
  }
  const made = await refine(frame, refined.painting);
  // What was not refined shows the new paint at once.
  const share = fresh.map((value, k) => Math.max(value, 1 - (refined.shares[k] ?? 0)));
  return { painting: shown(made, share), refined: allRefined(made), isCut };
}
