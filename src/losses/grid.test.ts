import { describe, expect, it } from 'vitest';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { get } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import { gridLoss } from './grid.ts';

const [H, W] = [65, 130];
const picture = input('picture', [1, 3, H, W]);
const loss = gridLoss(picture);

function of(value: (y: number, x: number) => number): number {
  const data = Float32Array.from({ length: 3 * H * W }, (_, i) => value(Math.floor(i / W) % H, i % W));
  return get(evaluate({ loss }, { picture: data }).loss, 0);
}

/** The definition in loops; the powers at 7 and 9 are those of `reference`. */
function expected(data: ArrayLike<number>, reference = data): number {
  const power = (from: ArrayLike<number>, period: number, [down, right]: readonly [number, number]) => {
    const at = (c: number, y: number, x: number) => get(from, (c * H + y) * W + x);
    const tiles = Math.floor(64 / period);
    let sum = 0;
    for (const [c, left] of [0, 1, 2].flatMap((c) => [0, 64].map((left) => [c, left] as const))) {
      const folded = new Float64Array(period ** 2);
      for (let y = 0; y < tiles * period; y++) {
        for (let x = 0; x < tiles * period; x++) {
          const cell = (y % period) * period + (x % period);
          const difference = at(c, y + down, left + x + right) - at(c, y, left + x);
          folded[cell] = (folded[cell] ?? 0) + difference / tiles ** 2;
        }
      }
      const mean = folded.reduce((a, b) => a + b, 0) / period ** 2;
      sum += (tiles ** 2 * folded.reduce((a, b) => a + (b - mean) ** 2, 0)) / period ** 2;
    }
    return sum / 6;
  };
  const excess = (step: readonly [number, number]) => {
    const others = (power(reference, 7, step) + power(reference, 9, step)) / 2;
    return Math.max(0, power(data, 8, step) / (others + 4e-6) - 1);
  };
  return (excess([0, 1]) + excess([1, 0])) / 2;
}

describe('grid loss', () => {
  const data = uniform(1, 3 * H * W, 0, 1).map((v, i) => v * ((i % W) % 8 === 0 ? 2 : 1));

  it('is the excess of power at a period of 8 pixels', () => {
    const value = expected(data);
    expect(value).toBeGreaterThan(1);
    expectClose(evaluate({ loss }, { picture: data }).loss, [value], 1e-6);
  });

  it('has the gradient of plain code in which the powers at 7 and 9 are constant', () => {
    const [slope] = gradients(loss, [picture]);
    if (slope === undefined) throw new Error('no gradient');
    const values = evaluate({ slope }, { picture: data }).slope;
    const exact = Float64Array.from(data);
    for (const i of [0, 77, 4000, 9001, 25_000]) {
      const moved = (by: number) => expected(exact.with(i, get(exact, i) + by), exact);
      expectClose([get(values, i) * 1e3], [((moved(1e-3) - moved(-1e-3)) / 2e-3) * 1e3], 1e-4);
    }
  });

  it('punishes lines every 8 pixels, but neither lines of other distances nor slopes', () => {
    const lines = (period: number) => of((_, x) => (x % period === 0 ? 0.6 : 0.5));
    expect(lines(8)).toBeGreaterThan(5);
    expect(lines(11)).toBeLessThan(0.5);
    expect(of((y, x) => (x + y) / 300)).toBeLessThan(1e-9);
  });
});
