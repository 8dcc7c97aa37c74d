/** Evenly spread parts of lists and folders. */

import { photographs, readPhotograph } from '../demo/photographs.ts';
import { middleSquare, type RgbImage } from '../src/images/image.ts';
import { listImages, readImage } from '../src/images/node/image-file.ts';

/** `count` items of a list, evenly spread; items come again if there are fewer. */
export function spread<T>(list: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, i) => list[Math.floor(((i + 0.5) * list.length) / count)] as T);
}

/** Middle squares of `count` evenly spread pictures of a folder, `size` pixels wide. */
export async function spreadSquares(folder: string, count: number, size: number): Promise<RgbImage[]> {
  const files = spread(await listImages(folder), count);
  const images = files.map((file) => readImage(file, { shortSide: size }));
  return (await Promise.all(images)).map((image) => middleSquare(image, size));
}

/** As {@link spreadSquares}; without a folder, of the demo's photographs. */
export async function photographSquares(
  folder: string | undefined,
  count: number,
  size: number,
): Promise<RgbImage[]> {
  if (folder !== undefined) return spreadSquares(folder, count, size);
  const images = spread(photographs, count).map((label) => readPhotograph(label, size));
  return (await Promise.all(images)).map(({ image }) => middleSquare(image, size));
}
