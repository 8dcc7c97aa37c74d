/** Common expressions made of operations: means, standard deviations, errors, flattened positions. */

import { reduceSum } from './ops/broadcast.ts';
import { add, div, mul, type Operand, sqrt, sub } from './ops/elementwise.ts';
import { reshape } from './ops/layout.ts';
import { constant } from './ops/sources.ts';
import { elementCount, extent, nchw } from './shape.ts';
import type { Tensor } from './tensor.ts';

/** Added to a variance before its root, as AdaIN and SANet do: flat regions divide by √1e-5, never by 0. */
export const VARIANCE_EPSILON = 1e-5;

export function square(x: Tensor): Tensor {
  return mul(x, x);
}

/** Sum of all elements, a scalar. */
export function sum(x: Tensor): Tensor {
  return x.shape.length === 0
    ? x
    : reshape(
        reduceSum(
          x,
          x.shape.map((_, axis) => axis),
        ),
        [],
      );
}

/** Mean of all elements, a scalar. */
export function mean(x: Tensor): Tensor {
  return mul(sum(x), 1 / elementCount(x.shape));
}

/** Mean over `axes`, which stay as extents of 1. */
export function meanOver(x: Tensor, axes: readonly number[]): Tensor {
  return mul(reduceSum(x, axes), 1 / axes.reduce((count, axis) => count * extent(x.shape, axis), 1));
}

/** Mean squared error over all elements, a scalar. */
export function meanSquaredError(a: Tensor, b: Tensor): Tensor {
  return mean(square(sub(a, b)));
}

/** Sum of tensors of one shape; the scalar 0 for none. */
export function total(terms: readonly Tensor[]): Tensor {
  const [first = constant([0], []), ...rest] = terms;
  return rest.reduce(add, first);
}

/** Channel statistics over positions: `[N, C, H, W]` → mean and standard deviation `[N, C, 1, 1]`. */
export interface ChannelStatistics {
  readonly mean: Tensor;
  /** √(unbiased variance + 1e-5), as in AdaIN and SANet; √1e-5 for a single position. */
  readonly deviation: Tensor;
}

export function channelStatistics(x: Tensor): ChannelStatistics {
  const average = meanOver(x, [2, 3]);
  const others = Math.max(1, extent(x.shape, 2) * extent(x.shape, 3) - 1);
  const variance = mul(reduceSum(square(sub(x, average)), [2, 3]), 1 / others);
  return { mean: average, deviation: sqrt(add(variance, VARIANCE_EPSILON)) };
}

/** Mean-variance normalisation of each channel over its positions: mean 0, variance 1. */
export function normalise(x: Tensor, statistics: ChannelStatistics = channelStatistics(x)): Tensor {
  return div(sub(x, statistics.mean), statistics.deviation);
}

/** `[N, C, H, W]` → `[N, C, H·W]`. */
export function flattenPositions(x: Tensor): Tensor {
  const [n, c, h, w] = nchw(x.shape, 'features');
  return reshape(x, [n, c, h * w]);
}

/** √(x + ε), for values that may reach zero, where the root's slope is infinite. */
export function safeSqrt(x: Tensor, epsilon: Operand): Tensor {
  return sqrt(add(x, epsilon));
}
