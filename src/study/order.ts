/** The order in which a rater sees the items. */

import { permutation, type RandomGenerator, stream } from '../random.ts';
import type { Item } from './api.ts';

/**
 * Every rater has an order of their own, a function of the study's seed and their name, so that effects of
 * early and late places average out. It goes through all pairs of content and style, then again, each time in
 * a new order and with another method's picture. Two pictures of one pair are therefore rarely neighbours.
 */
export function orderFor<T extends Item>(items: readonly T[], seed: number, rater: string): T[] {
  const random = stream(seed, 'study order', rater);
  const pairs = new Map<string, T[]>();
  for (const item of shuffled(random, items)) {
    const pair = `${item.content} ${item.style}`;
    pairs.set(pair, [...(pairs.get(pair) ?? []), item]);
  }
  const groups = [...pairs.values()];
  const rounds = Math.max(0, ...groups.map((group) => group.length));
  return Array.from({ length: rounds }, (_, round) =>
    shuffled(
      random,
      groups.flatMap((group) => group.slice(round, round + 1)),
    ),
  ).flat();
}

function shuffled<T>(random: RandomGenerator, list: readonly T[]): T[] {
  return Array.from(permutation(random, list.length)).flatMap((i) => list.slice(i, i + 1));
}
