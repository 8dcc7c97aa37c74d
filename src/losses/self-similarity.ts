/** Self-similarity content loss: places of the output are as alike as the same places of the content. */

import { mean, safeSqrt, square } from '../graph/composed.ts';
import { reduceSum } from '../graph/ops/broadcast.ts';
import { add, div, mul, neg, relu, sub } from '../graph/ops/elementwise.ts';
import { matmul, matrixTranspose } from '../graph/ops/linear.ts';
import { stopGradient } from '../graph/ops/sources.ts';
import { extent } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';

/**
 * P · mean |D(output) − D(content)| of feature vectors at the same P places, `[N, P, C]`. D holds the cosine
 * distances between all pairs of places, each column divided by its sum (STROTSS, Kolkin et al. 2019).
 * Colours and textures may change as long as places that were alike stay alike. No gradient reaches the
 * content.
 */
export function selfSimilarityLoss(output: Tensor, content: Tensor): Tensor {
  const difference = sub(distances(output), stopGradient(distances(content)));
  const size = add(relu(difference), relu(neg(difference)));
  return mul(mean(size), extent(output.shape, 1));
}

function distances(x: Tensor): Tensor {
  const unit = div(x, safeSqrt(reduceSum(square(x), [2]), 1e-6));
  const apart = sub(1, matmul(unit, matrixTranspose(unit)));
  return div(apart, add(reduceSum(apart, [1]), 1e-6));
}
