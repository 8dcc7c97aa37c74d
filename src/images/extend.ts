/** Pictures too small for a network: enlarged at their right and lower edges, and cropped again. */

import { cropImage, type ImageSize, type RgbImage } from './image.ts';

/**
 * Repeats a picture's last column and row until both sides have at least `minimum` pixels. Returns the
 * picture itself if it is large enough.
 */
export function extendEdges(image: RgbImage, minimum: number): RgbImage {
  const { width, height } = image;
  if (width >= minimum && height >= minimum) return image;
  const size = { width: Math.max(width, minimum), height: Math.max(height, minimum) };
  const data = extendPlanes(image.data, image, size);
  return image.alpha === undefined
    ? { ...size, data }
    : { ...size, data, alpha: extendPlanes(image.alpha, image, size) };
}

/**
 * The upper left part of a picture, `width` × `height` pixels, which must lie inside. Returns the picture
 * itself if that is all of it.
 */
export function cropCorner(image: RgbImage, { width, height }: ImageSize): RgbImage {
  if (image.width === width && image.height === height) return image;
  return cropImage(image, { left: 0, top: 0, width, height });
}

/** Extends planes `[C, height, width]` likewise, to a size that is not smaller. */
export function extendPlanes(
  planes: Float32Array,
  { width, height }: ImageSize,
  size: ImageSize,
): Float32Array {
  if (size.width === width && size.height === height) return planes;
  const count = planes.length / (width * height);
  const extended = new Float32Array(count * size.width * size.height);
  for (let row = 0; row < count * size.height; row++) {
    const plane = Math.floor(row / size.height);
    const y = Math.min(row % size.height, height - 1);
    const from = (plane * height + y) * width;
    const to = row * size.width;
    extended.set(planes.subarray(from, from + width), to);
    extended.fill(planes[from + width - 1] ?? 0, to + width, to + size.width);
  }
  return extended;
}
