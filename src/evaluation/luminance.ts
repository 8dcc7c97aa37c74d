/** Luminance of a picture, what SSIM and the artefact measures look at. */

import type { RgbImage } from '../images/image.ts';
import { lumaAt } from '../images/luma.ts';

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
    values[i] = lumaAt(data, i, size);
  }
  return { width, height, values };
}
