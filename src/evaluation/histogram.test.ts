import { expect, it } from 'vitest';
import { uniform } from '../../test/helpers/numbers.ts';
import { ranked, withHistogram } from './histogram.ts';

it('gives the nth darkest value the nth of the histogram, and ties the mean of theirs', () => {
  const ranking = ranked(Float64Array.of(0.5, 0.1, 0.9, 0.5, 0));
  expect([...withHistogram(ranking, Float64Array.of(0, 0.1, 0.2, 0.4, 1))]).toEqual([
    0.30000000000000004, 0.1, 1, 0.30000000000000004, 0,
  ]);
});

it('treats values that differ only by rounding as equal', () => {
  const ranking = ranked(Float64Array.of(0.3, 0.1 + 0.2, 0.4));
  expect([...withHistogram(ranking, Float64Array.of(0, 1, 1))]).toEqual([0.5, 0.5, 1]);
});

it('keeps a picture with its own histogram and undoes every curve of tones', () => {
  const values = Float64Array.from(uniform(1, 10_000, 0, 1));
  const sorted = Float64Array.from(values).sort();
  const furthest = (own: Float64Array) => Math.max(...own.map((v, i) => Math.abs(v - (values[i] ?? 0))));
  expect(furthest(withHistogram(ranked(values), sorted))).toBeLessThan(1e-5);
  const dark = values.map((v) => 0.2 + 0.5 * v ** 2);
  expect(furthest(withHistogram(ranked(dark), sorted))).toBeLessThan(2e-3);
});

it('requires equally many values on both sides', () => {
  expect(() => withHistogram(ranked(Float64Array.of(1)), Float64Array.of(0, 1))).toThrow('internal: ');
});
