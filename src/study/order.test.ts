import { expect, it } from 'vitest';
import { orderFor } from './order.ts';

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
