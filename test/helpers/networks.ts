/** Parameters with random values, for tests of networks. */

import { elementCount, type Shape } from '../../src/graph/shape.ts';
import type { Tensor } from '../../src/graph/tensor.ts';
import { frozen, type Parameters, Variables } from '../../src/networks/parameters.ts';
import type { WeightMap } from '../../src/weights/safetensors.ts';
import { uniform } from './numbers.ts';

/**
 * Constants for all parameters that `build` requests. Kernels are uniform with variance 2 / fan-in, so that
 * activations keep their size; everything else is uniform in ±0.3. No parameter is zero by its initialiser.
 */
export function randomWeights(build: (parameters: Parameters) => unknown, seed = 1): WeightMap {
  const variables = new Variables();
  build(variables);
  let next = seed * 1000;
  const value = (shape: Shape) => {
    const fanIn = elementCount(shape.slice(1));
    const limit = shape.length > 1 && fanIn > 1 ? Math.sqrt(6 / fanIn) : 0.3;
    return { shape, data: uniform(next++, elementCount(shape), -limit, limit) };
  };
  return new Map([...variables.tensors].map(([name, { shape }]: [string, Tensor]) => [name, value(shape)]));
}

/** `randomWeights` as parameters, together with the values. */
export function randomParameters(build: (parameters: Parameters) => unknown, seed = 1) {
  const weights = randomWeights(build, seed);
  const values = (name: string): Float32Array => {
    const found = weights.get(name);
    if (found === undefined) throw new Error(`no parameter ${name} in ${[...weights.keys()].join(', ')}`);
    return found.data;
  };
  return { weights, values, parameters: frozen(weights, 'random weights') };
}
