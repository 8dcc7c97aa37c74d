/**
 * Paint that stays where it is on things from frame to frame: the last frame's painting, moved along, is laid
 * over the new one wherever the frames themselves agree.
 */

import type { ImageSize, RgbImage } from '../images/image.ts';
import { blurred } from '../images/planes.ts';
import { motionBetween } from './motion.ts';
import { moved } from './moved.ts';

/** A frame and its painting, of one size. */
export interface PaintedFrame {
  readonly frame: RgbImage;
  readonly painting: RgbImage;
}

/**
 * Difference of two frames, 0–1, that halves the last painting's share. Noise and light of films differ by
 * less, other things by more.
 */
const AGREEMENT = 0.07;
/** Share of places that must agree. With fewer, the frame begins another scene. */
const LEAST_AGREEING = 0.35;
/** Standard deviation in pixels of what is finer than a stroke. */
const BREADTH = 3;
/** Variance below which ground is plain, and its noise is not made stronger. */
const LEAST_VARIANCE = 1e-5;
/** Most that contrast is raised from one frame to the next. */
const MOST_GAIN = 1.25;

/** The new frame's painting with as much of the last one as agrees. */
export interface Steadied {
  readonly painting: RgbImage;
  /** Whether another scene begins, of whose painting nothing is kept. */
  readonly isCut: boolean;
}

/**
 * Carries paint from the last frame to the new one.
 *
 * @param steadiness share of the last painting where both frames agree: 0 paints each frame for itself, 1
 *   never paints a place again that stays in sight
 */
export function steady(last: PaintedFrame, { frame, painting }: PaintedFrame, steadiness: number): Steadied {
  if (steadiness === 0) return { painting, isCut: false };
  const motion = motionBetween(last.frame, frame);
  const agreement = agreementOf(moved(last.frame, motion), frame);
  const { width, height } = frame;
  const pixels = width * height;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [u, v] = [x + (motion.x[i] ?? 0), y + (motion.y[i] ?? 0)];
      if (u < 0 || v < 0 || u > width - 1 || v > height - 1) agreement[i] = 0;
    }
  }
  if (agreement.reduce((sum, value) => sum + value, 0) < LEAST_AGREEING * pixels) {
    return { painting, isCut: true };
  }
  const carried = moved(last.painting, motion);
  const data = painting.data.map((value, i) => {
    const share = steadiness * (agreement[i % pixels] ?? 0);
    return value + share * ((carried.data[i] ?? 0) - value);
  });
  return { painting: { ...painting, data: withContrast(data, painting) }, isCut: false };
}

/**
 * Gives fine structure the contrast that it has in the new painting: blending strokes of two paintings, and
 * moving them by parts of a pixel, makes them pale.
 */
function withContrast(data: Float32Array, painting: RgbImage): Float32Array {
  const pixels = painting.width * painting.height;
  const made = new Float32Array(data.length);
  for (let c = 0; c < data.length; c += pixels) {
    const own = detailOf(data.subarray(c, c + pixels), painting);
    const wanted = detailOf(painting.data.subarray(c, c + pixels), painting);
    for (let i = 0; i < pixels; i++) {
      const gain = Math.sqrt(
        ((wanted.variance[i] ?? 0) + LEAST_VARIANCE) / ((own.variance[i] ?? 0) + LEAST_VARIANCE),
      );
      const by = Math.min(MOST_GAIN, Math.max(1, gain));
      made[c + i] = Math.min(1, Math.max(0, (data[c + i] ?? 0) + (by - 1) * (own.detail[i] ?? 0)));
    }
  }
  return made;
}

/** What is finer than strokes are broad, and its variance around each place. */
function detailOf(plane: Float32Array, size: ImageSize): { detail: Float32Array; variance: Float32Array } {
  const ground = blurred(plane, size, BREADTH);
  const detail = plane.map((value, i) => value - (ground[i] ?? 0));
  return {
    detail,
    variance: blurred(
      detail.map((value) => value * value),
      size,
      2 * BREADTH,
    ),
  };
}

/** How well two pictures agree at each place, 0–1, by the mean difference of its neighbourhood of 3 × 3. */
function agreementOf(a: RgbImage, b: RgbImage): Float32Array {
  const { width, height } = a;
  const pixels = width * height;
  const difference = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) {
    let sum = 0;
    for (let c = 0; c < 3 * pixels; c += pixels) sum += Math.abs((a.data[c + i] ?? 0) - (b.data[c + i] ?? 0));
    difference[i] = sum / 3;
  }
  const agreement = new Float32Array(pixels);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      let [sum, count] = [0, 0];
      for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
        for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
          sum += difference[row * width + column] ?? 0;
          count++;
        }
      }
      agreement[i] = 2 ** -((sum / count / AGREEMENT) ** 2);
    }
  }
  return agreement;
}
