/** Steadiness: a thing that has moved a little, under other noise, is painted alike. */

import { meanSquaredError } from '../graph/composed.ts';
import { add, mul } from '../graph/ops/elementwise.ts';
import { concat, slice } from '../graph/ops/layout.ts';
import { nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';

/**
 * Pixels down and right, for samples in turn. Together they lead to every place of the decoder's 8×8 cells,
 * so that no pattern which is locked to these is steady.
 */
const SHIFTS = [
  [3, 5],
  [5, 2],
] as const;

/** Deviation of the noise, 0–1: that of a good camera. */
const NOISE = 2 / 255;

/** Pixels at each edge that are not compared: a shift brings other neighbours there. */
export const STEADINESS_BORDER = 32;

/**
 * Pictures whose things have moved: what leaves at one edge comes in at the other.
 *
 * @param content `[N, 3, H, W]`, RGB 0–1
 * @param noise of that shape, standard normal
 */
export function moved(content: Tensor, noise: Tensor): Tensor {
  return add(rolled(content, 1), mul(noise, NOISE));
}

/**
 * Mean squared difference of the painting of a picture and that of the moved picture, moved back.
 *
 * @param painting `[N, 3, H, W]` with H, W > 64
 * @param again the painting of {@link moved} contents, of that shape
 */
export function steadinessLoss(painting: Tensor, again: Tensor): Tensor {
  const [n, c, h, w] = nchw(painting.shape, 'painting');
  const inner = (x: Tensor) =>
    slice(
      x,
      [0, 0, STEADINESS_BORDER, STEADINESS_BORDER],
      [n, c, h - STEADINESS_BORDER, w - STEADINESS_BORDER],
    );
  return meanSquaredError(inner(painting), inner(rolled(again, -1)));
}

/** Each sample moved by its shift, or back by it. */
function rolled(x: Tensor, direction: 1 | -1): Tensor {
  const samples = Array.from({ length: x.shape[0] ?? 1 }, (_, i) => {
    const [down, right] = SHIFTS[i % SHIFTS.length] ?? SHIFTS[0];
    const sample = slice(x, [i, 0, 0, 0], [i + 1, ...x.shape.slice(1)]);
    return rolledAlong(rolledAlong(sample, 2, direction * down), 3, direction * right);
  });
  return concat(samples, 0);
}

function rolledAlong(x: Tensor, axis: 2 | 3, by: number): Tensor {
  const size = x.shape[axis] ?? 1;
  const cut = (size - by) % size;
  const [start, middle] = [x.shape.map(() => 0), x.shape.map((length, i) => (i === axis ? cut : length))];
  const from = x.shape.map((_, i) => (i === axis ? cut : 0));
  return concat([slice(x, from, x.shape), slice(x, start, middle)], axis);
}
