/** The colour layer: the palette itself as a layer for style losses, independent of any network. */

import { LUMA } from '../luma.ts';
import { add, mul, sub } from '../graph/ops/elementwise.ts';
import { concat, slice } from '../graph/ops/layout.ts';
import { sumPool } from '../graph/ops/spatial.ts';
import { nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';

/**
 * `x [N, 3, H, W]` (RGB 0–1; H and W multiples of 4) → `[N, 3, H/4, W/4]`: means over 4×4 pixels as luma and
 * two colour differences, 5 · (Y − 0.45), 20 · (R − Y), 20 · (B − Y) with BT.601's Y, so that each varies by
 * about 1.
 *
 * Difference from the paper, which has no such layer. Two tones with coloured fringes can meet the mean and
 * deviation of relu1_1, since its channels hardly tell hues apart. Blocks measure areas instead of fringes,
 * and the differences give hue a weight of its own.
 */
export function colourLayer(x: Tensor): Tensor {
  const [n, , h, w] = nchw(x.shape, 'picture');
  const blocks = mul(sumPool(sumPool(x)), 1 / 16);
  const channel = (c: number) => slice(blocks, [0, c, 0, 0], [n, c + 1, h / 4, w / 4]);
  const [red, green, blue] = [channel(0), channel(1), channel(2)];
  const luma = add(add(mul(red, LUMA[0]), mul(green, LUMA[1])), mul(blue, LUMA[2]));
  return concat([mul(sub(luma, 0.45), 5), mul(sub(red, luma), 20), mul(sub(blue, luma), 20)], 1);
}
