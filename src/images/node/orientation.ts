/** EXIF orientations: turning pixels upright, stored areas of upright parts (EXIF 2.32, tag 0x0112). */

import type { ImageArea, Samples } from '../image.ts';
import type { ImageSize } from '../size.ts';

/** Orientations from 5 on exchange width and height. */
function isTransposed(orientation: number): boolean {
  return orientation >= 5;
}

/** The stored size of a picture from its upright size, and vice versa. */
export function turnedSize({ width, height }: ImageSize, orientation: number): ImageSize {
  return isTransposed(orientation) ? { width: height, height: width } : { width, height };
}

/** The stored area that shows rows `top` to `top + height` of the upright picture. */
export function storedArea(
  stored: ImageSize,
  orientation: number,
  { top, height }: { top: number; height: number },
): ImageArea {
  // Upright rows are stored rows or columns; in these orientations they count from the other end.
  const reversed = [3, 4, 7, 8].includes(orientation);
  if (isTransposed(orientation)) {
    const left = reversed ? stored.width - top - height : top;
    return { left, top: 0, width: height, height: stored.height };
  }
  const first = reversed ? stored.height - top - height : top;
  return { left: 0, top: first, width: stored.width, height };
}

/** Turns interleaved samples upright, those of a whole picture or of a {@link storedArea}. */
export function turnSamples(samples: Samples, stored: ImageSize, orientation: number): Samples {
  if (orientation < 2 || orientation > 8) return samples;
  const { width, height } = turnedSize(stored, orientation);
  const channels = samples.length / (width * height);
  const turned = samples.slice();
  // The stored sample of the upright pixel (x, y) is at start + x · alongX + y · alongY.
  const [right, down] = [channels, channels * stored.width];
  const [lastX, lastY] = [right * (stored.width - 1), down * (stored.height - 1)];
  const ways: Readonly<Record<number, readonly [number, number, number]>> = {
    2: [lastX, -right, down],
    3: [lastX + lastY, -right, -down],
    4: [lastY, right, -down],
    5: [0, down, right],
    6: [lastY, -down, right],
    7: [lastX + lastY, -down, -right],
    8: [lastX, down, -right],
  };
  const [start, alongX, alongY] = ways[orientation] ?? [0, right, down];
  let to = 0;
  for (let y = 0; y < height; y++) {
    let from = start + y * alongY;
    for (let x = 0; x < width; x++, from += alongX) {
      for (let c = 0; c < channels; c++) turned[to++] = samples[from + c] ?? 0;
    }
  }
  return turned;
}
