/** What a stylizer answers where memory does not suffice. */

import { DeviceError } from '../errors.ts';
import type { ImageSize } from '../images/image.ts';

/** What a run would take. */
export interface Demand {
  readonly picture: ImageSize;
  readonly name: 'painting' | 'style';
  readonly bytes: number;
  /** The same of another size. */
  bytesAt(size: ImageSize): number;
}

/** Says what the run would take, and at which size it would fit. */
export function refusal({ picture, name, bytes, bytesAt }: Demand, available: number): DeviceError {
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
  const { width, height } = picture;
  const short = Math.min(width, height);
  // Bisection: memory grows with the picture, but not in proportion.
  let [fits, tooLarge] = [0, short];
  while (tooLarge - fits > 1) {
    const side = Math.floor((fits + tooLarge) / 2);
    const size = { width: Math.ceil((width * side) / short), height: Math.ceil((height * side) / short) };
    if (bytesAt(size) <= available) fits = side;
    else tooLarge = side;
  }
  return new DeviceError({
    expected: `a picture that fits into the ${gigabytes(available)} GB of free memory`,
    name: `the ${name}`,
    received: `${width}×${height} pixels, which take about ${gigabytes(bytes)} GB`,
    remedy: `set the ${name === 'painting' ? 'finest' : name} size (its short side) to ${Math.max(1, fits)} or less`,
  });
}
