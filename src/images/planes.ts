/** Planes of values: luma of a picture, and a fast blur. */

import { LUMA } from '../luma.ts';
import type { RgbImage } from './image.ts';
import type { ImageSize } from './size.ts';

const [RED, GREEN, BLUE] = LUMA;

/** Luma of pixel `i` of planar `[3, pixels]` values; 0–1 for values 0–1. */
export function lumaAt(data: Float32Array, i: number, pixels: number): number {
  return RED * (data[i] ?? 0) + GREEN * (data[pixels + i] ?? 0) + BLUE * (data[2 * pixels + i] ?? 0);
}

/** Luma of every pixel of a picture, `[height, width]`. */
export function lumaPlane({ width, height, data }: RgbImage): Float32Array {
  const pixels = width * height;
  const luma = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) luma[i] = lumaAt(data, i, pixels);
  return luma;
}

/** Number of box means in a row: three are nearly a Gaussian. */
const PASSES = 3;

/**
 * A plane `[height, width]` blurred by nearly a Gaussian of `deviation` pixels. Beyond its borders the
 * outermost values are repeated.
 */
export function blurred(plane: Float32Array, { width, height }: ImageSize, deviation: number): Float32Array {
  // The variance of a box of 2 r + 1 is r (r + 1) / 3.
  const radius = Math.round((Math.sqrt(1 + (12 * deviation ** 2) / PASSES) - 1) / 2);
  if (radius < 1) return plane.slice();
  let [from, to] = [plane.slice(), new Float32Array(plane.length)];
  for (let pass = 0; pass < PASSES; pass++) {
    for (let y = 0; y < height; y++) boxMeans(from, to, y * width, 1, width, radius);
    [from, to] = [to, from];
    for (let x = 0; x < width; x++) boxMeans(from, to, x, width, height, radius);
    [from, to] = [to, from];
  }
  return from;
}

/** Means over 2 · radius + 1 of `count` values that lie `step` apart. */
function boxMeans(
  from: Float32Array,
  to: Float32Array,
  start: number,
  step: number,
  count: number,
  radius: number,
): void {
  const at = (i: number) => from[start + (i < 0 ? 0 : i >= count ? count - 1 : i) * step] ?? 0;
  let sum = 0;
  for (let i = -radius; i <= radius; i++) sum += at(i);
  for (let i = 0; i < count; i++) {
    to[start + i * step] = sum / (2 * radius + 1);
    sum += at(i + radius + 1) - at(i - radius);
  }
}
