/** Luminance of a picture as a plane, and its reduction. */

import type { RgbImage } from '../images/image.ts';
import { lumaAt } from '../images/planes.ts';
import type { Plane } from './gaussian.ts';

/** 0.299 R + 0.587 G + 0.114 B of each pixel, 0–1. */
export type Luminance = Plane;

export function luminance({ width, height, data }: RgbImage): Luminance {
  const size = width * height;
  const values = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    values[i] = lumaAt(data, i, size);
  }
  return { width, height, values };
}

/** Reduced by area: means of blocks of `factor` × `factor`. The factor must divide both sides. */
export function reducedBy({ width, height, values }: Plane, factor: number): Plane {
  const [narrow, low] = [width / factor, height / factor];
  const result = new Float64Array(narrow * low);
  for (let y = 0; y < height; y++) {
    const to = Math.floor(y / factor) * narrow;
    for (let x = 0; x < width; x++) {
      const place = to + Math.floor(x / factor);
      result[place] = (result[place] ?? 0) + (values[y * width + x] ?? 0);
    }
  }
  return { width: narrow, height: low, values: result.map((sum) => sum / factor ** 2) };
}
