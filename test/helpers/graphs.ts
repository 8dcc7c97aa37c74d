/** Small graphs for several tests. */

import { sum } from '../../src/graph/composed.ts';
import { mul } from '../../src/graph/ops/elementwise.ts';
import { constant } from '../../src/graph/ops/sources.ts';
import { elementCount } from '../../src/graph/shape.ts';
import { isOp, type Outputs, type Tensor, topologicalOrder } from '../../src/graph/tensor.ts';
import { randomSource, uniform } from './numbers.ts';

/**
 * Sum of all elements, each times a fixed random weight of ±0.5 to ±1.5, so that nothing cancels by symmetry.
 */
export function weightedSum(x: Tensor, seed: number): Tensor {
  const random = randomSource(seed);
  const weights = Float32Array.from(
    { length: elementCount(x.shape) },
    () => (0.5 + random()) * (random() < 0.5 ? -1 : 1),
  );
  return sum(mul(x, constant(weights, x.shape)));
}

/** Random values from −1 to 1 for every input of a graph. */
export function randomFeeds(outputs: Outputs, seed: number): Record<string, Float32Array> {
  const inputs = topologicalOrder(Object.values(outputs)).filter((t) => isOp(t, 'input'));
  return Object.fromEntries(
    inputs.map((t, i) => [t.attributes.name, uniform(seed + i, elementCount(t.shape))]),
  );
}
