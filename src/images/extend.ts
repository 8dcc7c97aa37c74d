/** Pictures too small for a network, made larger at their right and lower edges, and cut back again. */

import type { ImageSize, RgbImage } from './image.ts';

/** The picture with its last column and row repeated until both sides have at least `minimum` pixels; itself if they do. */
export function extendEdges(image: RgbImage, minimum: number): RgbImage {
  const { width, height, data } = image;
  if (width >= minimum && height >= minimum) return image;
  const size = { width: Math.max(width, minimum), height: Math.max(height, minimum) };
  const extended = new Float32Array(3 * size.width * size.height);
  for (let row = 0; row < 3 * size.height; row++) {
    const channel = Math.floor(row / size.height);
    const y = Math.min(row % size.height, height - 1);
    const from = (channel * height + y) * width;
    const to = row * size.width;
    extended.set(data.subarray(from, from + width), to);
    extended.fill(data[from + width - 1] ?? 0, to + width, to + size.width);
  }
  return { ...size, data: extended };
}

/** The upper left part of a picture, `width` × `height` pixels, none of them beyond it; itself if that is all of it. */
export function cropCorner(image: RgbImage, { width, height }: ImageSize): RgbImage {
  if (image.width === width && image.height === height) return image;
  const data = new Float32Array(3 * width * height);
  for (let row = 0; row < 3 * height; row++) {
    const from = (Math.floor(row / height) * image.height + (row % height)) * image.width;
    data.set(image.data.subarray(from, from + width), row * width);
  }
  return { width, height, data };
}
