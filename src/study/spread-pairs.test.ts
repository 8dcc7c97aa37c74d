import { expect, it } from 'vitest';
import { spreadPairs } from './spread-pairs.ts';

const grid = (contents: number, styles: number) =>
  Array.from({ length: contents * styles }, (_, i) => ({
    content: `c${i % contents}`,
    style: `s${Math.floor(i / contents)}`,
  }));

it.each([
  [10, 10, 60],
  [20, 40, 60],
  [7, 12, 30],
])('spreads pairs of %i contents and %i styles evenly', (contents, styles, count) => {
  const chosen = spreadPairs(grid(contents, styles), count, 1);
  expect(new Set(chosen).size).toBe(count);
  for (const part of ['content', 'style'] as const) {
    const uses = new Map<string, number>();
    for (const pair of chosen) uses.set(pair[part], (uses.get(pair[part]) ?? 0) + 1);
    const all = part === 'content' ? contents : styles;
    expect(Math.max(...uses.values())).toBeLessThanOrEqual(
      Math.ceil(count / all) + (part === 'content' ? 1 : 0),
    );
  }
});

it('depends on the seed only', () => {
  expect(spreadPairs(grid(5, 5), 10, 4)).toEqual(spreadPairs(grid(5, 5), 10, 4));
  expect(spreadPairs(grid(5, 5), 10, 4)).not.toEqual(spreadPairs(grid(5, 5), 10, 5));
});

it('refuses more pairs than there are', () => {
  expect(() => spreadPairs(grid(2, 2), 5, 1)).toThrow(
    'expected at most 4, which is what all methods have painted, for --pairs but received 5',
  );
});
