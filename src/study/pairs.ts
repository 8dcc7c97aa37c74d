/** The pairs of a study, and the order in which a rater sees its items. */

import { permutation, type RandomGenerator, stream } from '../random.ts';
import type { Item } from './api.ts';
import { SettingError } from '../errors.ts';

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

/** A content and a style, by file name. */
export interface Pair {
  readonly content: string;
  readonly style: string;
}

/**
 * `count` of the pairs, chosen by `seed`. Every style occurs equally often, to within one if each has enough
 * pairs. Every content occurs as evenly as that allows.
 *
 * @throws SettingError if there are fewer pairs
 */
export function spreadPairs(pairs: readonly Pair[], count: number, seed: number): Pair[] {
  if (count > pairs.length) {
    throw new SettingError({
      expected: `at most ${pairs.length}, which is what all methods have painted,`,
      name: '--pairs',
      received: `${count}`,
    });
  }
  const left = Array.from(permutation(stream(seed, 'study pairs'), pairs.length), (i) => pairs[i]).filter(
    (pair) => pair !== undefined,
  );
  const [styles, contents] = [new Map<string, number>(), new Map<string, number>()];
  const uses = ({ content, style }: Pair) => [styles.get(style) ?? 0, contents.get(content) ?? 0] as const;
  const chosen: Pair[] = [];
  while (chosen.length < count) {
    let best = 0;
    for (const [i, pair] of left.entries()) {
      const [style, content] = uses(pair);
      const [leastStyle, leastContent] = uses(left[best] ?? pair);
      if (style < leastStyle || (style === leastStyle && content < leastContent)) best = i;
    }
    for (const pair of left.splice(best, 1)) {
      const [style, content] = uses(pair);
      styles.set(pair.style, style + 1);
      contents.set(pair.content, content + 1);
      chosen.push(pair);
    }
  }
  return chosen;
}
