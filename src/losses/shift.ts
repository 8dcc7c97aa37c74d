/** Shift loss: the painting of a moved picture is the painting, moved. */

import { meanSquaredError } from '../graph/derived.ts';
import { mul } from '../graph/ops/elementwise.ts';
import { concat, slice } from '../graph/ops/layout.ts';
import { nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';

/** Pixels downwards and rightwards: odd, and different from one another, so that no grid of 2, 4 or 8 fits both. */
const DOWN = 3;
const RIGHT = 5;
/** Pixels at the border that are not compared: there the moved picture has other neighbours. */
const MARGIN = 48;

/** Sides of pictures must be above this. */
export const SHIFT_LEAST_SIDE = 2 * MARGIN + Math.max(DOWN, RIGHT);

/** Picture `[N, C, H, W]` with its first three rows and five columns moved to the end. */
export function shifted(picture: Tensor): Tensor {
  const rolled = roll(picture, 2, DOWN);
  return roll(rolled, 3, RIGHT);
}

/**
 * 50 · mean((a − b)²) of the paintings of a picture and of the same one {@link shifted}, `[N, 3, H, W]`, where both show the same
 * and are 48 pixels from any border; H and W above 101. Both have a gradient.
 *
 * Difference from the paper, which has no such term: a decoder that starts from places 8 pixels apart makes up texture for plain
 * ground out of its own grid, a weave that stays in place whatever the picture does.
 */
export function shiftLoss(painting: Tensor, ofShifted: Tensor): Tensor {
  const [n, c, h, w] = nchw(painting.shape, 'painting');
  const inner = (x: Tensor, down: number, right: number) =>
    slice(
      x,
      [0, 0, MARGIN + down, MARGIN + right],
      [n, c, h - MARGIN - DOWN + down, w - MARGIN - RIGHT + right],
    );
  return mul(meanSquaredError(inner(painting, DOWN, RIGHT), inner(ofShifted, 0, 0)), 50);
}

function roll(x: Tensor, axis: number, by: number): Tensor {
  const from = (start: number, end: number) =>
    slice(
      x,
      x.shape.map((_, i) => (i === axis ? start : 0)),
      x.shape.map((extent, i) => (i === axis ? end : extent)),
    );
  return concat([from(by, x.shape[axis] ?? 0), from(0, by)], axis);
}
