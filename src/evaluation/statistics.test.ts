import { expect, it } from 'vitest';
import { type PairResult, quantile, rounded, styleMedians, summarise } from './statistics.ts';

it('quantile interpolates', () => {
  const values = Float64Array.of(4, 1, 3, 2);
  expect([0, 0.5, 1].map((q) => quantile(values, q))).toEqual([1, 2.5, 4]);
  expect(quantile(values, 0.25)).toBeCloseTo(1.75);
});

function pairs(count: number): PairResult[] {
  return Array.from({ length: count }, (_, i) => {
    const v = (i * 7919) % 101;
    return { content: 'c', style: `s${i % 10}`, metrics: { content: v, style: v + (i % 10) * 1000 } };
  });
}

it('summarise gives medians, intervals that narrow with more pairs, and the spread of styles', () => {
  const [few, many] = [summarise(pairs(20), 1), summarise(pairs(500), 1)];
  const width = ({ content }: typeof few) => (content?.high ?? 0) - (content?.low ?? 0);
  expect(many.content?.median).toBeCloseTo(50, -1);
  expect(width(many)).toBeLessThan(width(few));
  expect((many.style?.styleHigh ?? 0) - (many.style?.styleLow ?? 0)).toBeGreaterThan(5000);
  expect(summarise(pairs(20), 1)).toEqual(few);
});

it('summarise takes each metric from the results that have it', () => {
  const [first, ...rest] = pairs(3);
  if (first === undefined) throw new Error('no pair');
  const results = [{ ...first, metrics: { content: 1, diversity: 0.5 } }, ...rest];
  const { diversity, ...others } = summarise(results, 1);
  expect(diversity).toEqual({ median: 0.5, low: 0.5, high: 0.5, styleLow: 0.5, styleHigh: 0.5 });
  expect(Object.keys(others)).toEqual(['content', 'style']);
  expect(summarise([], 1)).toEqual({});
});

it('styleMedians groups by style', () => {
  const result = (style: string, content: number) => ({ content: 'c', style, metrics: { content } });
  const without = { content: 'c', style: 'd', metrics: {} };
  const medians = styleMedians([result('a', 1), result('b', 5), result('a', 3), without], 'content');
  expect([...medians]).toEqual([
    ['a', 2],
    ['b', 5],
  ]);
});

it('rounded keeps seven digits', () => {
  expect([rounded(0), rounded(1.23456789), rounded(1.5e-9)]).toEqual([0, 1.234568, 1.5e-9]);
});
