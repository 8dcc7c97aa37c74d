import { describe, expect, it } from 'vitest';
import { uniform } from '../../test/helpers/numbers.ts';
import { chosenPositions, randomDirections, sortedDistance, sortRows } from './sliced.ts';

describe('sortedDistance', () => {
  it('is the mean squared difference of equal lengths', () => {
    expect(sortedDistance(Float32Array.of(1, 2, 5, 6), Float32Array.of(1, 4, 5, 9), 2)).toBeCloseTo(13 / 4);
  });

  it('resamples the longer row at the quantiles of the shorter, in either order', () => {
    const long = Float32Array.of(0, 1, 2, 3);
    const short = Float32Array.of(0.5, 2.5);
    expect(sortedDistance(long, short, 1)).toBeCloseTo(0);
    expect(sortedDistance(short, long, 1)).toBeCloseTo(0);
    expect(sortedDistance(long, Float32Array.of(1), 1)).toBeCloseTo(0.25);
  });

  it('grows with the square of a shift', () => {
    const a = uniform(1, 300).sort();
    expect(
      sortedDistance(
        a,
        a.map((v) => v + 2),
        1,
      ),
    ).toBeCloseTo(4, 4);
  });
});

describe('randomDirections', () => {
  it('are unit vectors in all directions, repeatable by seed', () => {
    const directions = randomDirections(400, 3, 5);
    expect(randomDirections(400, 3, 5)).toEqual(directions);
    expect(randomDirections(400, 3, 6)).not.toEqual(directions);
    const sums = [0, 0, 0];
    for (let k = 0; k < 400; k++) {
      const vector = directions.subarray(3 * k, 3 * k + 3);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
      vector.forEach((v, i) => {
        sums[i] = (sums[i] ?? 0) + v / 400;
      });
    }
    expect(Math.max(...sums.map(Math.abs))).toBeLessThan(0.1);
  });
});

it('chosenPositions are distinct, ascending and repeatable by seed', () => {
  const chosen = chosenPositions(1000, 50, 1);
  expect(chosen).toHaveLength(50);
  expect(new Set(chosen).size).toBe(50);
  expect(Array.from(chosen)).toEqual(Array.from(chosen).sort((a, b) => a - b));
  expect(chosenPositions(1000, 50, 1)).toEqual(chosen);
  expect(Array.from(chosenPositions(4, 50, 1))).toEqual([0, 1, 2, 3]);
});

describe('sortRows', () => {
  it.each([1, 5, 511, 512, 1024, 4096])('sorts rows of %i as the built-in sort does', (length) => {
    const values = uniform(length, 3 * length, -5, 5);
    values.set([0, -0, 1e-40, -1e-40, 3e38, -3e38].slice(0, length));
    const wanted = Float32Array.from(
      [0, 1, 2].flatMap((row) => [...values.slice(row * length, (row + 1) * length).sort()]),
    );
    expect(sortRows(values.slice(), 3)).toEqual(wanted);
  });
});
