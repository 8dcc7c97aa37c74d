/** Seeded random numbers: independent streams that are functions of a seed and a few whole numbers. */

import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

export { type RandomGenerator, uniformFloat64, uniformInt };

/**
 * The stream named by `seed` and `path`, always the same one. A training step asks for
 * `stream(seed, 'batch', step)`. Its random state is only its number, so nothing has to be replayed on
 * resuming.
 */
export function stream(seed: number, ...path: readonly (string | number)[]): RandomGenerator {
  return xoroshiro128plus(hash(`${seed}/${path.join('/')}`));
}

/** A number from the standard normal distribution (Box-Muller). */
export function standardNormal(random: RandomGenerator): number {
  const radius = Math.sqrt(-2 * Math.log(1 - uniformFloat64(random)));
  return radius * Math.cos(2 * Math.PI * uniformFloat64(random));
}

/** A uniformly random order of 0 … count − 1 (Fisher-Yates). */
export function permutation(random: RandomGenerator, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = uniformInt(random, 0, i);
    const other = order[j] ?? 0;
    order[j] = order[i] ?? 0;
    order[i] = other;
  }
  return order;
}

/** FNV-1a, 32 bits, with a final mix that gives neighbouring step numbers unrelated seeds. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
