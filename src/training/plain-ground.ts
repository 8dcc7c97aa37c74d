/** Contents with plain ground: what lies behind objects loses its texture. */

import { lumaAt } from '../images/luma.ts';
import { type RandomGenerator, uniformFloat64 } from '../random.ts';

/** Quantiles of luma between which the threshold is drawn. */
const THRESHOLDS = [0.3, 0.7] as const;
/** Share of its differences from the mean that ground keeps at most: grain of film or paper. */
const GRAIN = 0.12;
/** Ground is what most pixels within so many are, so that no speckles are left of texture. */
const RADIUS = 6;

/**
 * Makes all that is brighter than a random quantile of luma, or all that is darker, nearly of one colour, its mean. In
 * place, in a picture `[3, side, side]`, RGB 0–1.
 *
 * Photographs seldom have flat ground right up to a contour, and a network that never sees it fills it with ripples: a
 * flower on paper, a mast before the sky.
 */
export function plainGround(picture: Float32Array, side: number, random: RandomGenerator): void {
  const plane = side ** 2;
  const luma = Float32Array.from({ length: plane }, (_, i) => lumaAt(picture, i, plane));
  const [low, high] = THRESHOLDS;
  const at = Math.floor((low + uniformFloat64(random) * (high - low)) * plane);
  const threshold = luma.slice().sort()[at] ?? 0;
  const bright = uniformFloat64(random) < 0.5;
  const keep = uniformFloat64(random) * GRAIN;
  const ground = majority(
    luma.map((value) => (value > threshold === bright ? 1 : 0)),
    side,
  );
  const count = ground.reduce((sum, value) => sum + value, 0);
  for (let channel = 0; channel < 3; channel++) {
    const values = picture.subarray(channel * plane, (channel + 1) * plane);
    const mean = values.reduce((sum, value, i) => sum + value * (ground[i] ?? 0), 0) / Math.max(1, count);
    for (let i = 0; i < plane; i++) if (ground[i] === 1) values[i] = mean + keep * ((values[i] ?? 0) - mean);
  }
}

/** 1 where most of `mask [side, side]` is 1 within {@link RADIUS}, else 0. */
function majority(mask: Float32Array, side: number): Float32Array {
  const share = boxMean(boxMean(mask, side, 1, side), side, side, 1);
  return share.map((value) => (value > 0.5 ? 1 : 0));
}

/** Means over 2 · RADIUS + 1 values along one axis, fewer at the borders. */
function boxMean(values: Float32Array, side: number, along: number, across: number): Float32Array {
  const means = new Float32Array(values.length);
  for (let line = 0; line < side; line++) {
    const at = (i: number) => line * across + i * along;
    const sums = new Float64Array(side + 1);
    for (let i = 0; i < side; i++) sums[i + 1] = (sums[i] ?? 0) + (values[at(i)] ?? 0);
    for (let i = 0; i < side; i++) {
      const first = Math.max(0, i - RADIUS);
      const end = Math.min(side, i + RADIUS + 1);
      means[at(i)] = ((sums[end] ?? 0) - (sums[first] ?? 0)) / (end - first);
    }
  }
  return means;
}
