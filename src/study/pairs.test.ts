import { expect, it } from 'vitest';
import { orderFor, spreadPairs } from './pairs.ts';

const items = Array.from({ length: 60 }, (_, i) => ({
  id: `item ${i}`,
  content: `content ${i % 5}`,
  style: `style ${Math.floor(i / 5) % 4}`,
}));

it('is always the same for one rater and differs between raters', () => {
  const anna = orderFor(items, 1, 'Anna');
  expect(orderFor(items, 1, 'Anna')).toEqual(anna);
  expect(orderFor(items, 1, 'Berta')).not.toEqual(anna);
  expect(orderFor(items, 2, 'Anna')).not.toEqual(anna);
  expect(new Set(anna)).toEqual(new Set(items));
  expect(anna).toHaveLength(60);
});

it('goes through all pairs before one repeats', () => {
  const order = orderFor(items, 3, 'Anna').map(({ content, style }) => `${content} ${style}`);
  for (const round of [0, 1, 2]) expect(new Set(order.slice(20 * round, 20 * round + 20)).size).toBe(20);
});

it('places every item in the middle on average over raters', () => {
  const places = new Map<string, number>();
  const raters = 400;
  for (let r = 0; r < raters; r++) {
    for (const [i, { id }] of orderFor(items, 1, `rater ${r}`).entries()) {
      places.set(id, (places.get(id) ?? 0) + i / raters);
    }
  }
  // The mean place is 29.5 with a standard error of 0.87.
  for (const place of places.values()) expect(Math.abs(place - 29.5)).toBeLessThan(3.5);
});

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
