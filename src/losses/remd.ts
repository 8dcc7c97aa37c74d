/**
 * Relaxed earth mover's distance: every place of the output finds the nearest of the style, and vice versa.
 */

import { mean, meanOver, safeSqrt, square } from '../graph/composed.ts';
import { reduceSum } from '../graph/ops/broadcast.ts';
import { add, div, mul, sub } from '../graph/ops/elementwise.ts';
import { matmul, matrixTranspose, softmax } from '../graph/ops/linear.ts';
import { stopGradient } from '../graph/ops/sources.ts';
import type { Tensor } from '../graph/tensor.ts';

/**
 * Slope of the softmax that stands for the nearest. It hardly differs from the minimum, and equally near
 * places share.
 */
const SLOPE = 60;

/**
 * Mean cosine distance, 0–2, of each vector of `fake [N, P, C]` to its nearest in `real [N, Q, C]`, plus that
 * of each vector of `real` to its nearest in `fake`. The mean vector of each picture is taken off first. No
 * gradient reaches `real` or the choice.
 *
 * STROTSS (Kolkin et al. 2019) takes the larger of the two, and vectors as they are. The sum has a gradient
 * on both sides. A vector without the mean says how a place differs from the rest of its picture. The paper
 * has no such term.
 */
export function relaxedEarthMover(fake: Tensor, real: Tensor): Tensor {
  const alike = matmul(unitVectors(fake), matrixTranspose(stopGradient(unitVectors(real))));
  const nearest = (rows: Tensor) => {
    const chosen = stopGradient(softmax(mul(rows, SLOPE)));
    return sub(1, mean(reduceSum(mul(chosen, rows), [2])));
  };
  return add(nearest(alike), nearest(matrixTranspose(alike)));
}

/** `[N, P, C]` minus the mean over P, each vector of length 1. */
function unitVectors(x: Tensor): Tensor {
  const centred = sub(x, meanOver(x, [1]));
  return div(centred, safeSqrt(reduceSum(square(centred), [2]), 1e-6));
}
