/** Covariances of features and their roots, by matrix products alone, as a static graph needs. */

import { meanOver, flattenPositions, safeSqrt, square } from '../../graph/composed.ts';
import { reduceSum } from '../../graph/ops/broadcast.ts';
import { add, div, mul, sqrt, sub } from '../../graph/ops/elementwise.ts';
import { matmul, matrixTranspose } from '../../graph/ops/linear.ts';
import { constant } from '../../graph/ops/sources.ts';
import { extent, nchw } from '../../graph/shape.ts';
import type { Tensor } from '../../graph/tensor.ts';

/** Mean and covariance of features over their positions. */
export interface Covariance {
  /** `[N, C, 1]`. */
  readonly mean: Tensor;
  /** `[N, C, P]`, the features minus their mean. */
  readonly centred: Tensor;
  /** `[N, C, C]`, divided by P − 1; of a single position, zeros. */
  readonly matrix: Tensor;
}

/** The covariance of `x [N, C, H, W]`. */
export function covarianceOf(x: Tensor): Covariance {
  const [, , h, w] = nchw(x.shape, 'features');
  const flat = flattenPositions(x);
  const mean = meanOver(flat, [2]);
  const centred = sub(flat, mean);
  const product = matmul(centred, matrixTranspose(centred));
  return { mean, centred, matrix: mul(product, 1 / Math.max(1, h * w - 1)) };
}

const [RIDGE, FLOOR] = [1e-4, 1e-6];

/** The root of an eigenvalue of c / 10⁶ is then right within 1 %. */
const ITERATIONS = 20;

/** Roots of `matrix [N, C, C]`, symmetric and positive semidefinite. */
export interface Roots {
  readonly root: Tensor;
  /** The inverse of the root. */
  readonly inverse: Tensor;
}

/**
 * (A + ρI)^½ and (A + ρI)^-½ by coupled Newton–Schulz iterations (Higham 2008): c = ‖A + ρI‖, Y = (A + ρI)
 * / c, Z = I; then T = (3I − ZY) / 2, Y ← YT, Z ← TZ; the roots are √c · Y and Z / √c. ρ is 1e-4 of the mean
 * variance, and 1e-6: directions without variance have finite inverses. WCT's own code drops them (its
 * eigenvalues below 1e-5).
 */
export function rootsOf(matrix: Tensor): Roots {
  const channels = extent(matrix.shape, 1);
  const identity = constant(
    Float32Array.from({ length: channels ** 2 }, (_, i) => (i % (channels + 1) === 0 ? 1 : 0)),
    [channels, channels],
  );
  const trace = reduceSum(mul(matrix, identity), [1, 2]);
  const ridge = add(mul(trace, RIDGE / channels), FLOOR);
  const regular = add(matrix, mul(identity, ridge));
  const norm = safeSqrt(reduceSum(square(regular), [1, 2]), 0);
  let y = div(regular, norm);
  // The first iteration, whose Z is the identity.
  const first = sub(mul(identity, 1.5), mul(y, 0.5));
  [y] = [matmul(y, first)];
  let z = first;
  for (let i = 1; i < ITERATIONS; i++) {
    const t = sub(mul(identity, 1.5), mul(matmul(z, y), 0.5));
    [y, z] = [matmul(y, t), matmul(t, z)];
  }
  return { root: mul(y, sqrt(norm)), inverse: div(z, sqrt(norm)) };
}
