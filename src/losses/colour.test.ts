import { expect, test } from 'vitest';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { evaluate } from '../graph/evaluate.ts';
import { input } from '../graph/ops/sources.ts';
import { colourLayer } from './colour.ts';

test('gives scaled luma and colour differences of means over 4×4 pixels', () => {
  const [n, h, w] = [2, 4, 8];
  const x = uniform(1, n * 3 * h * w, 0, 1);
  const mean = (s: number, c: number, block: number): number => {
    let sum = 0;
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 4; j++) sum += x[((s * 3 + c) * h + i) * w + 4 * block + j] ?? 0;
    return sum / 16;
  };
  const wanted: number[] = [];
  for (let s = 0; s < n; s++) {
    const luma = [0, 1].map((b) => 0.299 * mean(s, 0, b) + 0.587 * mean(s, 1, b) + 0.114 * mean(s, 2, b));
    wanted.push(...luma.map((y) => 5 * (y - 0.45)));
    wanted.push(...luma.map((y, b) => 20 * (mean(s, 0, b) - y)));
    wanted.push(...luma.map((y, b) => 20 * (mean(s, 2, b) - y)));
  }
  const y = colourLayer(input('x', [n, 3, h, w]));
  expect(y.shape).toEqual([n, 3, 1, 2]);
  expectClose(evaluate({ y }, { x }).y, Float64Array.from(wanted), 1e-5);
});
