/** Gram style loss: which channels occur together (Gatys et al. 2016; Johnson et al. 2016). */

import { flattenPositions, mean, meanSquaredError, square, total } from '../graph/composed.ts';
import { add, div, mul } from '../graph/ops/elementwise.ts';
import { matmul, matrixTranspose } from '../graph/ops/linear.ts';
import { stopGradient } from '../graph/ops/sources.ts';
import { extent } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { layerPairs } from './layer-pairs.ts';

/**
 * Ls = Σ over layers of mean((G(output) − G(style))²) / mean(G(style)²), features `[N, C, H, W]`. Johnson et
 * al. do not divide by the style's Gram matrix; with it the weight is the same for every loss network. No
 * gradient reaches the style. `weights` has one weight per layer, 1 each if it is missing.
 */
export function gramLoss(
  output: readonly Tensor[],
  style: readonly Tensor[],
  weights: readonly number[] = [],
): Tensor {
  const terms = layerPairs(output, style, 'Gram loss').map(([own, target], i) => {
    const wanted = stopGradient(gram(target));
    const distance = div(meanSquaredError(gram(own), wanted), add(mean(square(wanted)), 1e-6));
    return mul(distance, weights[i] ?? 1);
  });
  return total(terms);
}

/**
 * F · diag(chances) · Fᵀ of features `[N, C, H, W]`, `[N, C, C]`: the Gram matrix over the number of
 * positions, which are all as likely without `chances [N, 1, H·W]`.
 */
export function gram(features: Tensor, chances?: Tensor): Tensor {
  const flat = flattenPositions(features);
  return matmul(mul(flat, chances ?? 1 / extent(flat.shape, 2)), matrixTranspose(flat));
}
