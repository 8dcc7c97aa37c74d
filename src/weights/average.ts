/** Means of weights: "model soups" (Wortsman et al. 2022). */

import { WeightsError } from '../errors.ts';
import type { WeightMap, WeightTensor } from './safetensors.ts';

/** Weights of a file, and its name for messages. */
export interface NamedWeights {
  readonly file: string;
  readonly weights: WeightMap;
}

/**
 * The arithmetic mean of each tensor, summed in float64.
 *
 * @throws WeightsError if the files do not have the same tensors in the same shapes
 */
export function averageWeights([first, ...others]: readonly [NamedWeights, ...NamedWeights[]]): WeightMap {
  for (const { file, weights } of others) checkSame(first, { file, weights });
  const share = 1 / (others.length + 1);
  const mean = ([name, { shape, data }]: [string, WeightTensor]): [string, WeightTensor] => {
    const rest = others.map(({ weights }) => weights.get(name)?.data ?? data);
    const sums = Float64Array.from(data, (value, i) => rest.reduce((sum, own) => sum + (own[i] ?? 0), value));
    return [name, { shape, data: Float32Array.from(sums, (sum) => sum * share) }];
  };
  return new Map([...first.weights].map(mean));
}

function checkSame(first: NamedWeights, { file, weights }: NamedWeights): void {
  for (const name of new Set([...first.weights.keys(), ...weights.keys()])) {
    const [wanted, found] = [shapeOf(first.weights, name), shapeOf(weights, name)];
    if (wanted === found) continue;
    throw new WeightsError({
      expected: `${wanted}, as in ${first.file},`,
      name: `tensor ${name}`,
      received: found,
      where: file,
      remedy: 'only weights of one form have a mean',
    });
  }
}

function shapeOf(weights: WeightMap, name: string): string {
  const shape = weights.get(name)?.shape;
  return shape === undefined ? 'none' : `shape [${shape.join(', ')}]`;
}
