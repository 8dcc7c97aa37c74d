/** The steps of drafts and revisions that work on pictures, outside a graph. */

import { VARIANCE_EPSILON } from '../graph/composed.ts';
import type { ImageSize, RgbImage } from '../images/image.ts';

/**
 * Means over 2×2 pixels. A last odd row or column stands for itself. The counterpart
 * of the networks' `halved`.
 */
export function halvedPicture({ width, height, data }: RgbImage): RgbImage {
  const small = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  return { ...small, data: halvedPlanes(data, { width, height }) };
}

/** {@link halvedPicture} for any planes `[C, height, width]`. */
export function halvedPlanes(planes: Float32Array, { width, height }: ImageSize): Float32Array {
  const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const count = planes.length / (width * height);
  const result = new Float32Array(count * w * h);
  for (let c = 0; c < count; c++) {
    for (let y = 0; y < h; y++) {
      const above = (c * height + 2 * y) * width;
      const below = (c * height + Math.min(2 * y + 1, height - 1)) * width;
      for (let x = 0; x < w; x++) {
        const [l, r] = [2 * x, Math.min(2 * x + 1, width - 1)];
        const upper = (planes[above + l] ?? 0) + (planes[above + r] ?? 0);
        const lower = (planes[below + l] ?? 0) + (planes[below + r] ?? 0);
        result[(c * h + y) * w + x] = (upper + lower) / 4;
      }
    }
  }
  return result;
}

/**
 * The picture that a revision paints: `content` with a share `[height, width]` of `draft`. The counterpart of
 * the networks' `revisionBase`.
 */
export function revisionPicture(content: RgbImage, draft: RgbImage, share: Float32Array): RgbImage {
  const { width, height } = content;
  const pixels = width * height;
  const small = halvedPicture(content);
  const large = (plane: Float32Array) => enlargedPlane(plane, small, content);
  const data = new Float32Array(3 * pixels);
  const count = small.width * small.height;
  for (let c = 0; c < 3; c++) {
    const plane = content.data.subarray(c * pixels, (c + 1) * pixels);
    const drafted = draft.data.subarray(c * count, (c + 1) * count);
    const [enlarged, blurry] = [large(drafted), large(small.data.subarray(c * count, (c + 1) * count))];
    const [from, to] = [statistics(plane), statistics(drafted)];
    for (let i = 0; i < pixels; i++) {
      const own = plane[i] ?? 0;
      const coloured = ((own - from.mean) / from.deviation) * to.deviation + to.mean;
      const revised = (enlarged[i] ?? 0) + own - (blurry[i] ?? 0);
      data[c * pixels + i] = coloured + (share[i] ?? 0) * (revised - coloured);
    }
  }
  return { width, height, data };
}

/** Enlarges to twice the size, linearly between the centres of pixels, cut to `size`. */
export function enlargedPlane(plane: Float32Array, from: ImageSize, size: ImageSize): Float32Array {
  const result = new Float32Array(size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    const near = (y >> 1) * from.width;
    const far = beside(y, from.height) * from.width;
    for (let x = 0; x < size.width; x++) {
      const [n, f] = [x >> 1, beside(x, from.width)];
      const close = 0.75 * (plane[near + n] ?? 0) + 0.25 * (plane[near + f] ?? 0);
      const away = 0.75 * (plane[far + n] ?? 0) + 0.25 * (plane[far + f] ?? 0);
      result[y * size.width + x] = 0.75 * close + 0.25 * away;
    }
  }
  return result;
}

/** The second of the two small places between which pixel `i` of the large plane lies. */
function beside(i: number, length: number): number {
  return Math.min(length - 1, Math.max(0, (i >> 1) + (i % 2 === 0 ? -1 : 1)));
}

/** Mean and deviation as the networks take them: unbiased, with 1e-5 under the root. */
function statistics(plane: Float32Array) {
  let sum = 0;
  for (const value of plane) sum += value;
  const mean = sum / plane.length;
  let squares = 0;
  for (const value of plane) squares += (value - mean) ** 2;
  return { mean, deviation: Math.sqrt(squares / Math.max(1, plane.length - 1) + VARIANCE_EPSILON) };
}

/** Sizes of the revisions, the smallest first. */
export function revisionSizes({ width, height }: ImageSize, revisions: number): ImageSize[] {
  const sizes: ImageSize[] = [];
  let size = { width, height };
  for (let i = 0; i < revisions; i++) {
    sizes.unshift(size);
    size = { width: Math.ceil(size.width / 2), height: Math.ceil(size.height / 2) };
  }
  return sizes;
}
