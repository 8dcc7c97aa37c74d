/**
 * Paint that stays where it is on things from frame to frame: the last frame's painting, moved along, takes
 * the new one's place wherever the frames themselves agree. Patches are painted anew in turn, so that paint
 * does not drag behind. Blending all places a little would average strokes away.
 */

import type { ImageSize, RgbImage } from '../images/image.ts';
import { blurred } from '../images/planes.ts';
import { stream, uniformFloat64 } from '../random.ts';
import { unit } from '../unit.ts';
import { type Motion, motionBetween, wasSeen } from './motion.ts';
import { moved } from './moved.ts';

/** A frame and its painting, of one size. */
export interface PaintedFrame {
  readonly frame: RgbImage;
  readonly painting: RgbImage;
}

/** The usual steadiness: at 25 frames a second each place is painted anew in 1.3 seconds. */
export const STEADINESS = 0.97;

/** Difference of two frames, 0–1, from which on a place is painted anew. Noise and light differ by less. */
const DISAGREEMENT = 0.08;
/** Standard deviation in pixels of the neighbourhood that must agree with a place. */
const AROUND = 5;
/** Share of that difference up to which paint is kept whole. */
const AGREEMENT = 0.5;
/** Share of places that must agree. With fewer, the frame begins another scene. */
const LEAST_AGREEING = 0.35;
/** Frames in which a patch is painted anew. */
const TURN = 3;
/** Standard deviation of the edges of patches, as a share of the short side. */
const SOFT = 1 / 150;
/** Width of patches, as a share of the short side. */
const PATCH = 1 / 18;

/** The new frame's painting with as much of the last one as agrees. */
export interface Steadied {
  readonly painting: RgbImage;
  /** Whether another scene begins, of whose painting nothing is kept. */
  readonly isCut: boolean;
}

/**
 * Carries paint from the last frame to the new one.
 *
 * @param number of the new frame: it says whose turn it is to be painted anew
 * @param steadiness share of places that keep their paint where both frames agree: 0 paints each frame for
 *   itself, 1 never paints a place again that stays in sight
 */
export function steady(
  last: PaintedFrame,
  { frame, painting }: PaintedFrame,
  number: number,
  steadiness: number,
): Steadied {
  if (steadiness === 0) return { painting, isCut: false };
  const succession = successionOf(last.frame, frame);
  if (succession === undefined) return { painting, isCut: true };
  const fresh = freshness(frame, number, 1 - steadiness);
  return { painting: carriedOn(succession, last.painting, painting, fresh), isCut: false };
}

/** How a frame follows another of its scene. */
export interface Succession {
  readonly motion: Motion;
  /** How well both agree at each place, 0–1. */
  readonly agreement: Float32Array;
}

/** How a frame follows another; undefined if it begins another scene. */
export function successionOf(before: RgbImage, after: RgbImage): Succession | undefined {
  const motion = motionBetween(before, after);
  const agreement = agreementOf(before, after, motion);
  const agreeing = agreement.reduce((sum, value) => sum + value, 0);
  return agreeing < LEAST_AGREEING * agreement.length ? undefined : { motion, agreement };
}

/**
 * The new frame's own painting, with the paint of the one before wherever both frames agree.
 *
 * @param fresh share of its own paint that each place has in any case, 0–1; default: none
 */
export function carriedOn(
  { motion, agreement }: Succession,
  before: RgbImage,
  own: RgbImage,
  fresh?: Float32Array,
): RgbImage {
  const pixels = own.width * own.height;
  const carried = moved(before, motion);
  const data = own.data.map((value, i) => {
    const kept = (agreement[i % pixels] ?? 0) * (1 - (fresh?.[i % pixels] ?? 0));
    return value + kept * ((carried.data[i] ?? 0) - value);
  });
  return { ...own, data };
}

/** The paintings of a whole clip that is in memory, each steadied by the one before. */
export function steadyAll(
  frames: readonly RgbImage[],
  paintings: readonly RgbImage[],
  steadiness: number,
): RgbImage[] {
  const held: RgbImage[] = [];
  for (const [i, painting] of paintings.entries()) {
    const [before, frame, last] = [frames[i - 1], frames[i], held.at(-1)];
    held.push(
      before && frame && last
        ? steady({ frame: before, painting: last }, { frame, painting }, i, steadiness).painting
        : painting,
    );
  }
  return held;
}

/** How well two frames agree at each place, 0–1, by the mean difference of its neighbourhood. */
function agreementOf(before: RgbImage, after: RgbImage, motion: Motion): Float32Array {
  const pixels = after.width * after.height;
  const seen = moved(before, motion);
  const difference = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) {
    let sum = 0;
    for (let c = i; c < 3 * pixels; c += pixels) sum += Math.abs((seen.data[c] ?? 0) - (after.data[c] ?? 0));
    difference[i] = sum / 3;
  }
  return blurred(difference, after, AROUND).map((value, i) => {
    if (!wasSeen(motion, i)) return 0;
    return unit((DISAGREEMENT - value) / (DISAGREEMENT * (1 - AGREEMENT)));
  });
}

/** Number of frames in which each place has its turn once. */
export function framesOfTurn(steadiness: number): number {
  return Math.round(1 / (1 - steadiness));
}

/**
 * How much each place is painted anew in a frame, 0–1. Each has its turn once in `1 / share` frames and is
 * blended over {@link TURN} of them.
 */
export function freshness(size: ImageSize, number: number, share: number): Float32Array {
  // Where most places are painted anew, blending them would only smear.
  const turn = Math.max(1, Math.min(TURN, Math.floor(1 / (2 * share))));
  const own = patchesOf(size).map((patch) => {
    const since = (((patch + number * share) % 1) / share) | 0;
    // Thirds of the way: a third, half of the rest, and the rest.
    return share > 0 && since < turn ? 1 / (turn - since) : 0;
  });
  // Patches with edges would be seen as wrinkles.
  return blurred(own, size, SOFT * Math.min(size.width, size.height));
}

let patches: (ImageSize & { readonly data: Float32Array }) | undefined;

/** The turn of each place, 0–1: that of the nearest of points that are scattered over a grid. */
function patchesOf({ width, height }: ImageSize): Float32Array {
  if (patches?.width === width && patches.height === height) return patches.data;
  const step = Math.max(2, PATCH * Math.min(width, height));
  const columns = Math.ceil(width / step) + 2;
  const random = stream(1, 'patches');
  const points = Array.from({ length: columns * (Math.ceil(height / step) + 2) }, (_, i) => ({
    x: ((i % columns) - 1 + uniformFloat64(random)) * step,
    y: (Math.floor(i / columns) - 1 + uniformFloat64(random)) * step,
    turn: uniformFloat64(random),
  }));
  const data = new Float32Array(width * height);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const near = Math.floor(y / step) * columns + Math.floor(x / step);
      let least = Number.POSITIVE_INFINITY;
      for (let k = 0; k < 9; k++) {
        const point = points[near + Math.floor(k / 3) * columns + (k % 3)];
        const far = point === undefined ? least : (point.x - x) ** 2 + (point.y - y) ** 2;
        if (far < least) [least, data[i]] = [far, point?.turn ?? 0];
      }
    }
  }
  patches = { width, height, data };
  return data;
}
