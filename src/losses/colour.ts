/** The colour layer: the palette itself as a layer for style losses, independent of any network. */

import { mul, sub } from '../graph/ops/elementwise.ts';
import { constant } from '../graph/ops/sources.ts';
import { sumPool } from '../graph/ops/spatial.ts';
import type { Tensor } from '../graph/tensor.ts';
import { inDifferences } from '../networks/palette.ts';

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
  const blocks = mul(sumPool(sumPool(x)), 1 / 16);
  const spread = constant([5, 20, 20], [1, 3, 1, 1]);
  return mul(sub(inDifferences(blocks), constant([0.45, 0, 0], [1, 3, 1, 1])), spread);
}
