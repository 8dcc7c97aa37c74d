/** Choice of the pairs of content and style to judge. */

import { SettingError } from '../errors.ts';
import { permutation, stream } from '../random.ts';

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
