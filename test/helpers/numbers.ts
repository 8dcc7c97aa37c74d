/** Reproducible numbers for tests, and comparison of numbers. */

import { expect } from 'vitest';

/** Mulberry32: uniform numbers from 0 to below 1, the same for the same seed. */
export function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` uniform float32 numbers from `low` to `high`. */
export function uniform(seed: number, count: number, low = -1, high = 1): Float32Array {
  const random = randomSource(seed);
  return Float32Array.from({ length: count }, () => low + (high - low) * random());
}

/**
 * `count` float32 numbers from `low` to `high`, evenly spaced and shuffled, so that none are close to each
 * other. `offset`, 0–1, moves them by that part of a step, so that two lists stay apart too.
 */
export function spaced(seed: number, count: number, low: number, high: number, offset: number): Float32Array {
  const random = randomSource(seed);
  const values = Float32Array.from({ length: count }, (_, i) => low + ((high - low) * (i + offset)) / count);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const [a = 0, b = 0] = [values[i], values[j]];
    values[i] = b;
    values[j] = a;
  }
  return values;
}

/** Expects every value to be within `tolerance` of the expected one, relative to the largest of them or 1. */
export function expectClose(
  actual: ArrayLike<number> | undefined,
  expected: ArrayLike<number> | undefined,
  tolerance: number,
): void {
  const [a, b] = [Array.from(actual ?? []), Array.from(expected ?? [])];
  expect(a).toHaveLength(b.length);
  expect(a.length).toBeGreaterThan(0);
  const scale = Math.max(1, ...b.map(Math.abs));
  const wrong = a.flatMap((value, i) =>
    Math.abs(value - (b[i] ?? Number.NaN)) <= tolerance * scale ? [] : [`${i}: ${value} for ${b[i]}`],
  );
  expect(wrong).toEqual([]);
}

/** Derivative of `f` with respect to each value of `feeds[name]`, by central differences. */
export function finiteDifferences(
  f: (feeds: Readonly<Record<string, ArrayLike<number>>>) => number,
  feeds: Readonly<Record<string, ArrayLike<number>>>,
  name: string,
  step = 1e-4,
): Float64Array {
  const at = Float64Array.from(feeds[name] ?? []);
  return at.map((value, i) => {
    const moved = (by: number) => f({ ...feeds, [name]: at.with(i, value + by) });
    return (moved(step) - moved(-step)) / (2 * step);
  });
}
