/** The sizes at which style pictures are encoded. */

import type { ImageSize, SizeRequest } from '../images/size.ts';
import { STYLE_SIZE } from './defaults.ts';

/** Sides of the longest picture that keeps its short side. */
const LONGEST = 3 / 2;

/** The size of a style picture of short side `size`. Longer pictures get no more pixels than one of 3:2. */
export function styleRequest(size: number): SizeRequest {
  return { shortSide: size, pixelLimit: LONGEST * size * size };
}

/**
 * The `size` whose {@link styleRequest} has brought a picture to these sides. Beyond 4:1 the rounding of the
 * sides leaves several, next to each other; the default is taken if it is one of them.
 */
export function styleSizeOf({ width, height }: ImageSize): number {
  const side = Math.min(width, height);
  const size = (rounding: number) => Math.sqrt(((width + rounding) * (height + rounding)) / LONGEST);
  if (size(0) <= side) return side;
  return size(-0.5) <= STYLE_SIZE && STYLE_SIZE <= size(0.5) ? STYLE_SIZE : Math.round(size(0));
}
