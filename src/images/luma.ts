/** Luma of BT.601: the weighted sum of gamma-coded red, green and blue for all measures of brightness. */

import type { RgbImage } from './image.ts';

/** Luma of pixel `i` of planar `[3, pixels]` values; 0–1 for values 0–1. */
export function lumaAt(data: Float32Array, i: number, pixels: number): number {
  return 0.299 * (data[i] ?? 0) + 0.587 * (data[pixels + i] ?? 0) + 0.114 * (data[2 * pixels + i] ?? 0);
}

/** Luma of every pixel of a picture, `[height, width]`. */
export function lumaPlane({ width, height, data }: RgbImage): Float32Array {
  const pixels = width * height;
  const luma = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) luma[i] = lumaAt(data, i, pixels);
  return luma;
}
