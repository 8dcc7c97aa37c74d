/** Luminance of a picture, what SSIM and the artefact measures look at. */

import type { RgbImage } from '../images/image.ts';

/** 0.299 R + 0.587 G + 0.114 B of each pixel, `[H, W]` row-major, 0–1. */
export interface Luminance {
  readonly width: number;
  readonly height: number;
  readonly values: Float64Array;
}

export function luminance({ width, height, data }: RgbImage): Luminance {
  const size = width * height;
  const values = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    values[i] = 0.299 * (data[i] ?? 0) + 0.587 * (data[i + size] ?? 0) + 0.114 * (data[i + 2 * size] ?? 0);
  }
  return { width, height, values };
}
