/** Total variation: how much neighbouring pixels differ. */

import { meanSquaredError } from '../graph/composed.ts';
import { add } from '../graph/ops/elementwise.ts';
import { slice } from '../graph/ops/layout.ts';
import { nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';

/**
 * mean((x[…, i+1, j] − x[…, i, j])²) + mean((x[…, i, j+1] − x[…, i, j])²) of `x [N, C, H, W]`: the squared
 * form, smooth everywhere (Johnson et al. 2016). The paper has no such term; its default weight is 0.
 */
export function totalVariation(x: Tensor): Tensor {
  const [n, c, h, w] = nchw(x.shape, 'picture');
  const part = (top: number, left: number, bottom: number, right: number) =>
    slice(x, [0, 0, top, left], [n, c, bottom, right]);
  return add(
    meanSquaredError(part(1, 0, h, w), part(0, 0, h - 1, w)),
    meanSquaredError(part(0, 1, h, w), part(0, 0, h, w - 1)),
  );
}
