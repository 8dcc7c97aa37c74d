import { expect, it } from 'vitest';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { blurredInside, gaussianBlur, gaussianWindow } from './gaussian.ts';

const values = Float64Array.from(uniform(1, 9 * 7));
const plane = { width: 9, height: 7, values };

it('the window sums to 1 and falls as a Gaussian does', () => {
  const window = gaussianWindow(2, 3);
  expect(window.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
  expect((window[5] ?? 0) / (window[3] ?? 0)).toBeCloseTo(Math.exp(-0.5), 12);
});

it('blurs like the sum over all taps, mirrored at the borders', () => {
  const window = gaussianWindow(1, 3);
  const mirror = (i: number, n: number) => (i < 0 ? -i : i >= n ? 2 * n - 2 - i : i);
  const wanted = values.map((_, at) => {
    let sum = 0;
    for (let dy = -3; dy <= 3; dy++) {
      for (let dx = -3; dx <= 3; dx++) {
        const [x, y] = [mirror((at % 9) + dx, 9), mirror(Math.floor(at / 9) + dy, 7)];
        sum += (window[dx + 3] ?? 0) * (window[dy + 3] ?? 0) * (values[y * 9 + x] ?? 0);
      }
    }
    return sum;
  });
  const blurred = gaussianBlur(plane, 1);
  expect(blurred).toMatchObject({ width: 9, height: 7 });
  expectClose(blurred.values, wanted, 1e-12);
});

it('blurredInside keeps only places where the whole window fits', () => {
  expect(blurredInside(plane, gaussianWindow(1, 3))).toMatchObject({ width: 3, height: 1 });
});
