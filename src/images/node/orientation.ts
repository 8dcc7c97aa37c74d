/** EXIF orientations: which stored pixels make a part of the upright picture, and turning them (EXIF 2.32, tag 0x0112). */

import type { ImageArea, Samples } from '../image.ts';
import type { ImageSize } from '../size.ts';

/** Orientations from 5 on exchange width and height. */
function isTransposed(orientation: number): boolean {
  return orientation >= 5;
}

/** The size as stored of a picture with a size upright, and the other way round. */
export function turnedSize({ width, height }: ImageSize, orientation: number): ImageSize {
  return isTransposed(orientation) ? { width: height, height: width } : { width, height };
}

/** The stored area that shows rows `top` to `top + height` of the upright picture. */
export function storedArea(
  stored: ImageSize,
  orientation: number,
  { top, height }: { top: number; height: number },
): ImageArea {
  // Upright rows are stored columns, or rows; from the other end in these orientations.
  const reversed = [3, 4, 7, 8].includes(orientation);
  if (isTransposed(orientation)) {
    const left = reversed ? stored.width - top - height : top;
    return { left, top: 0, width: height, height: stored.height };
  }
  const first = reversed ? stored.height - top - height : top;
  return { left: 0, top: first, width: stored.width, height };
}

/** Turns interleaved samples upright, all of a picture or a {@link storedArea} of it. */
export function turnSamples(samples: Samples, stored: ImageSize, orientation: number): Samples {
  if (orientation < 2 || orientation > 8) return samples;
  const { width, height } = turnedSize(stored, orientation);
  const channels = samples.length / (width * height);
  const turned = samples.slice();
  // Where the stored sample of an upright pixel (x, y) is: start + x · alongX + y · alongY.
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
