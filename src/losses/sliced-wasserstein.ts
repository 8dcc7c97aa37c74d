/** Sliced Wasserstein style loss of one layer: exact distances along random directions, no critic. */

import { mean, safeSqrt, square } from '../graph/composed.ts';
import { reduceSum } from '../graph/ops/broadcast.ts';
import { div, sub } from '../graph/ops/elementwise.ts';
import { matmul, matrixTranspose } from '../graph/ops/linear.ts';
import { argsort, reorder } from '../graph/ops/sorting.ts';
import { stopGradient } from '../graph/ops/sources.ts';
import type { Tensor } from '../graph/tensor.ts';

/**
 * Mean over directions of the mean squared difference of the sorted projections: the squared 2-Wasserstein
 * distance in one dimension, without a root (Heitz et al. 2021). `fake` and `real` are equally many feature
 * vectors of the output and of the style, `[N, P, C]`. `directions [C, K]` are normal numbers, fresh at each
 * step, brought to length 1 here. No gradient reaches `real`. Difference from the paper: it has critics in
 * this place.
 */
export function slicedWassersteinLoss(fake: Tensor, real: Tensor, directions: Tensor): Tensor {
  const unit = div(directions, safeSqrt(reduceSum(square(directions), [0]), 1e-12));
  const sorted = (x: Tensor) => {
    const rows = matrixTranspose(matmul(x, unit));
    return reorder(rows, argsort(rows));
  };
  return mean(square(sub(sorted(fake), stopGradient(sorted(real)))));
}
