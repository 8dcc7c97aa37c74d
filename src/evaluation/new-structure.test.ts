import { describe, expect, it } from 'vitest';
import { uniform } from '../../test/helpers/numbers.ts';
import { gaussianBlur, type Plane } from './gaussian.ts';
import { bandsOf, newStructureAgainst } from './new-structure.ts';

const SIDE = 96;
/** Soft spots of one size, with contrast like that of a picture. */
const spots = (seed: number): Plane => {
  const blurred = gaussianBlur(
    { width: SIDE, height: SIDE, values: Float64Array.from(uniform(seed, SIDE * SIDE)) },
    2,
  );
  return { ...blurred, values: blurred.values.map((v) => 0.5 + 2 * v) };
};
const [content, style] = [bandsOf(spots(1)), bandsOf(spots(2))];
const measure = newStructureAgainst(content, style);
const times = (plane: Plane, gain: number): Plane => ({
  ...plane,
  values: plane.values.map((v) => gain * v),
});

describe('new structure', () => {
  it('has three bands that sum to the difference of the finest and the coarsest Gaussian', () => {
    const picture = spots(3);
    const bands = bandsOf(picture);
    expect(bands).toHaveLength(3);
    const [fine, coarse] = [gaussianBlur(picture, 1).values, gaussianBlur(picture, 8).values];
    const sum = fine.map((_, i) => bands.reduce((total, { values }) => total + (values[i] ?? 0), 0));
    expect(Math.max(...sum.map((v, i) => Math.abs(v - (fine[i] ?? 0) + (coarse[i] ?? 0))))).toBeLessThan(
      1e-12,
    );
  });

  it('is about 0 for the content, also with more or less contrast', () => {
    for (const gain of [1, 0.5, 2, -1]) {
      expect(measure(bandsOf(times(spots(1), gain))), `${gain}`).toBeLessThan(0.05);
    }
  });

  it('is about 1 for other structure as strong as the style’s and grows with its strength up to 1.5', () => {
    expect(measure(bandsOf(spots(5)))).toBeGreaterThan(0.7);
    expect(measure(bandsOf(spots(5)))).toBeLessThan(1.2);
    expect(measure(bandsOf(times(spots(5), 0.5)))).toBeCloseTo(0.5 * measure(bandsOf(spots(5))), 6);
    expect(measure(bandsOf(times(spots(5), 9)))).toBe(1.5);
  });

  it('is NaN for a flat style', () => {
    const flat = bandsOf(times(spots(1), 0));
    expect(newStructureAgainst(flat, flat)(flat)).toBeNaN();
  });
});
