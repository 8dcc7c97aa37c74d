import { describe, expect, it } from 'vitest';
import { uniform } from '../../test/helpers/numbers.ts';
import { compare } from './comparison.ts';
import type { PairResult } from './statistics.ts';

const results = (strokes: ArrayLike<number>): PairResult[] =>
  Array.from(strokes, (value, i) => ({ content: `c${i}`, style: 's', metrics: { strokes: value } }));
const reference = uniform(1, 60, 0.1, 1);

describe('compare', () => {
  it('takes the geometric mean of the pairs’ ratios, unlike a ratio of medians', () => {
    // The medians are 1 and 2, but pair by pair neither is ahead.
    const { strokes } = compare(results([4, 1, 0.5]), results([1, 2, 2]), 1);
    expect(strokes).toMatchObject({ pairs: 3, higher: 1, by: 'geometric mean' });
    expect(strokes?.ratio).toBeCloseTo((4 * 0.5 * 0.25) ** (1 / 3), 6);
  });

  it('finds exactly a ratio that all pairs share, however much the pairs differ', () => {
    const { strokes } = compare(results(reference.map((v) => 0.8 * v)), results(reference), 1);
    for (const value of [strokes?.ratio, strokes?.low, strokes?.high]) expect(value).toBeCloseTo(0.8, 6);
  });

  it('gives an interval around the ratio that is narrower with more pairs and repeatable', () => {
    const noise = uniform(2, 60, -0.5, 0.5);
    const own = reference.map((v, i) => v * Math.exp(noise[i] ?? 0));
    const all = compare(results(own), results(reference), 1).strokes;
    const few = compare(results(own.subarray(0, 8)), results(reference), 1).strokes;
    const width = (ratio: typeof all) => Math.log((ratio?.high ?? 0) / (ratio?.low ?? 0));
    expect(all?.low).toBeLessThan(all?.ratio ?? 0);
    expect(all?.high).toBeGreaterThan(all?.ratio ?? 0);
    expect(width(all)).toBeLessThan(width(few));
    // 1.96 standard errors of the mean logarithm on each side.
    expect(width(all)).toBeCloseTo((2 * 1.96 * 0.289) / Math.sqrt(60), 1);
    expect(few?.pairs).toBe(8);
    expect(compare(results(own), results(reference), 1).strokes).toEqual(all);
  });

  it('takes the median difference if a value is not positive; it equals a ratio that all pairs share', () => {
    const tints = reference.map((v, i) => (i % 5 === 0 ? -0.01 : 0.1 * v));
    const { strokes } = compare(results(tints), results(reference), 1);
    expect(strokes?.by).toBe('median difference');
    expect(strokes?.ratio).toBeLessThan(0.3);
    const other = reference.map((v, i) => (i === 0 ? -0.05 : v)).subarray(0, 59);
    const half = other.map((v) => 0.5 * v);
    expect(compare(results(half), results(other), 1).strokes?.ratio).toBeCloseTo(0.5, 6);
  });

  it('gives nothing if the reference’s median is not positive', () => {
    expect(compare(results(reference), results(reference.map((v) => -v)), 1)).toEqual({});
  });

  it('compares only pairs that both have', () => {
    expect(compare(results([1]), [], 1)).toEqual({});
    const other = results([1, 2]).map((result) => ({ ...result, style: 't' }));
    expect(compare(results([1, 2]), other, 1)).toEqual({});
  });
});
