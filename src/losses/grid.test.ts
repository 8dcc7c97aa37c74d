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

/** The definition in loops. */
function expected(data: ArrayLike<number>): number {
  const at = (c: number, y: number, x: number) => get(data, (c * H + y) * W + x);
  const power = (period: number, step: readonly [number, number], c: number, left: number) => {
    const tiles = Math.floor(64 / period);
    const folded = new Float64Array(period ** 2);
    for (let y = 0; y < tiles * period; y++) {
      for (let x = 0; x < tiles * period; x++) {
        const cell = (y % period) * period + (x % period);
        const difference = at(c, y + step[0], left + x + step[1]) - at(c, y, left + x);
        folded[cell] = (folded[cell] ?? 0) + difference / tiles ** 2;
      }
    }
    const mean = folded.reduce((a, b) => a + b, 0) / period ** 2;
    return (tiles ** 2 * folded.reduce((a, b) => a + (b - mean) ** 2, 0)) / period ** 2;
  };
  let sum = 0;
  for (const step of [
    [0, 1],
    [1, 0],
  ] as const) {
    for (let c = 0; c < 3; c++) {
      for (const left of [0, 64]) {
        sum += power(8, step, c, left) - (power(7, step, c, left) + power(9, step, c, left)) / 2;
      }
    }
  }
  return sum / 12;
}

describe('grid loss', () => {
  const data = uniform(1, 3 * H * W, 0, 1);

  it('is the excess of power at a period of 8 pixels', () => {
    expectClose(evaluate({ loss }, { picture: data }).loss, [expected(data)], 1e-6);
  });

  it('has the gradient of plain code', () => {
    const [slope] = gradients(loss, [picture]);
    if (slope === undefined) throw new Error('no gradient');
    const values = evaluate({ slope }, { picture: data }).slope;
    const exact = Float64Array.from(data);
    for (const i of [0, 77, 4000, 9001, 25_000]) {
      const moved = (by: number) => expected(exact.with(i, get(exact, i) + by));
      expectClose([get(values, i) * 1e4], [((moved(1e-2) - moved(-1e-2)) / 2e-2) * 1e4], 1e-4);
    }
  });

  it('minds lines every 8 pixels, and neither those of other distances nor slopes', () => {
    const lines = (period: number) => of((_, x) => (x % period === 0 ? 0.6 : 0.5));
    expect(lines(8)).toBeGreaterThan(0.05);
    expect(lines(11)).toBeLessThan(1e-3);
    expect(of((y, x) => (x + y) / 300)).toBeLessThan(1e-9);
  });
});
