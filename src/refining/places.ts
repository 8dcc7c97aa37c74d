/** Drawing feature vectors: places of a picture, by chance or by a map, and vectors at places of a style. */

import { type RandomGenerator, uniformFloat64, uniformInt } from '../random.ts';

/** Features of one layer, `[C, places]`. */
export interface Plane {
  readonly data: Float32Array;
  readonly channels: number;
}

/** The chances of places: running sums of a map's values, the last one their total. */
export type Chances = Float64Array;

export function chancesOf(map: Float32Array): Chances {
  let sum = 0;
  return Float64Array.from(map, (value) => {
    sum += value;
    return sum;
  });
}

/**
 * `count` of `of` places. All of them in order, if they are as many and have no chances of their own; else
 * drawn, the same place more than once too.
 */
export function drawPlaces(
  random: RandomGenerator,
  count: number,
  of: number,
  chances?: Chances,
): Float32Array {
  if (chances !== undefined) return Float32Array.from({ length: count }, () => drawByChance(random, chances));
  if (count === of) return Float32Array.from({ length: count }, (_, i) => i);
  return Float32Array.from({ length: count }, () => uniformInt(random, 0, of - 1));
}

function drawByChance(random: RandomGenerator, chances: Chances): number {
  const wanted = uniformFloat64(random) * (chances.at(-1) ?? 0);
  let [low, high] = [0, chances.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((chances[middle] ?? 0) > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Vectors `[count, C]` at places of a style, drawn anew. */
export function drawVectors(random: RandomGenerator, count: number, { data, channels }: Plane): Float32Array {
  const of = data.length / channels;
  const places = drawPlaces(random, count, of);
  const vectors = new Float32Array(count * channels);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < count; i++) vectors[i * channels + c] = data[c * of + (places[i] ?? 0)] ?? 0;
  }
  return vectors;
}
