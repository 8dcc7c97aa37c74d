/** Grid loss: patterns that are locked to the decoder's grid of 8 pixels. */

import { meanSquaredError, total } from '../graph/composed.ts';
import { reduceSum } from '../graph/ops/broadcast.ts';
import { add, div, mul, relu, sub } from '../graph/ops/elementwise.ts';
import { reshape, slice } from '../graph/ops/layout.ts';
import { constant, stopGradient } from '../graph/ops/sources.ts';
import { nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';

/** Side in pixels of the blocks that are searched for patterns. 64 = 8 · 8 is only one more than 7 · 9. */
const BLOCK = 64;
const PERIOD = 8;
/** Power of differences of half a level of 8 bits; it makes flat pictures count as free of patterns. */
const FLOOR = 4e-6;

/**
 * max(0, power(8) / ((power(7) + power(9)) / 2) − 1) of the differences between neighbouring pixels,
 * rightwards and downwards, in blocks of 64×64 of pictures `[N, 3, H, W]` with sides above 64. power(p) is
 * the variance of the mean over a block's tiles of p×p, times their number; its mean over blocks counts. The
 * loss is around zero where nothing is locked to the grid, whatever the texture. The evaluation's `grid`
 * measures the same patterns. Pixels beyond the last whole block are left out. Only power(8) has a gradient.
 *
 * Difference from the paper, which has no such term. A decoder starts from places 8 pixels apart and paints
 * lines between them, a weave around objects on flat ground.
 */
export function gridLoss(picture: Tensor): Tensor {
  const [n, c, height, width] = nchw(picture.shape, 'picture');
  const [rows, columns] = [height, width].map((side) => Math.floor((side - 1) / BLOCK)) as [number, number];
  const moved = (down: number, right: number) =>
    slice(picture, [0, 0, down, right], [n, c, down + rows * BLOCK, right + columns * BLOCK]);
  const here = moved(0, 0);
  const powers = [moved(0, 1), moved(1, 0)].map((later) => {
    const blocks = reshape(sub(later, here), [n * c * rows, BLOCK, columns, BLOCK]);
    const others = mul(add(power(blocks, PERIOD - 1), power(blocks, PERIOD + 1)), 0.5);
    // Without the stop, the loss could also fall by ever more power at 7 and 9.
    return relu(sub(div(power(blocks, PERIOD), add(stopGradient(others), FLOOR)), 1));
  });
  return mul(total(powers), 0.5);
}

/** Mean over blocks of power(p), of `blocks [B, 64, columns, 64]` folded by the period p. */
function power(blocks: Tensor, period: number): Tensor {
  const [count = 0, , columns = 0] = blocks.shape;
  const tiles = Math.floor(BLOCK / period);
  const side = tiles * period;
  const whole = slice(blocks, [0, 0, 0, 0], [count, side, columns, side]);
  const folded = mul(
    reduceSum(reshape(whole, [count, tiles, period, columns, tiles, period]), [1, 4]),
    1 / tiles ** 2,
  );
  const mean = mul(reduceSum(folded, [2, 5]), 1 / period ** 2);
  return mul(meanSquaredError(sub(folded, mean), constant([0], [])), tiles ** 2);
}
