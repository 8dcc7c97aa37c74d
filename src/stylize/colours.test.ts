import { describe, expect, it } from 'vitest';
import { expectClose } from '../../test/helpers/numbers.ts';
import { drawnImage } from '../../test/helpers/pictures.ts';
import { get } from '../../test/helpers/plain.ts';
import type { RgbImage } from '../images/image.ts';
import { inColoursOf, withColoursOf } from './colours.ts';

function statistics({ width, height, data }: RgbImage) {
  const n = width * height;
  const channel = (c: number) => Array.from(data.subarray(c * n, (c + 1) * n));
  const mean = [0, 1, 2].map((c) => channel(c).reduce((a, b) => a + b, 0) / n);
  const covariance = [0, 1, 2].flatMap((a) =>
    [0, 1, 2].map((b) => {
      const [x, y] = [channel(a), channel(b)];
      return x.reduce((sum, v, i) => sum + (v - get(mean, a)) * (get(y, i) - get(mean, b)), 0) / n;
    }),
  );
  return { mean, covariance };
}

/** Small contrasts around grey, so that nothing is clamped. */
const soft = (image: RgbImage, scale: readonly number[]): RgbImage => {
  const n = image.width * image.height;
  return {
    ...image,
    data: image.data.map((v, i) => 0.5 + (v - 0.5) * get(scale, Math.floor(i / n))),
  };
};
const content = soft(drawnImage(1, 30, 22), [0.3, 0.1, 0.2]);
const style = soft(drawnImage(2, 25, 31), [0.1, 0.2, 0.25]);

describe('inColoursOf', () => {
  it('gives the style the content’s mean and covariance', () => {
    const [own, wanted] = [statistics(inColoursOf(content, style)), statistics(content)];
    expectClose(own.mean, wanted.mean, 1e-5);
    // The two differ by the 1e-5 on the diagonals.
    expect(Math.max(...own.covariance.map((v, i) => Math.abs(v - get(wanted.covariance, i))))).toBeLessThan(
      1e-4,
    );
  });

  it('changes nothing in the colours of the style itself, and keeps 0–1', () => {
    expectClose(inColoursOf(style, style).data, style.data, 1e-4);
    const flat = { width: 4, height: 4, data: new Float32Array(48).fill(0.25) };
    expect(inColoursOf(drawnImage(3, 20, 20), flat).data.every((v) => v >= 0 && v <= 1)).toBe(true);
    const greyed = inColoursOf(flat, style).data;
    expect(Math.max(...greyed) - Math.min(...greyed)).toBeLessThan(0.03);
  });
});

it('withColoursOf keeps the painting’s luma and the content’s colour differences', () => {
  const painting = soft(drawnImage(4, 30, 22), [0.2, 0.2, 0.2]);
  const { data } = withColoursOf(content, painting);
  const n = 30 * 22;
  const luma = (x: Float32Array, i: number) =>
    0.299 * get(x, i) + 0.587 * get(x, n + i) + 0.114 * get(x, 2 * n + i);
  for (let i = 0; i < n; i++) {
    expect(luma(data, i)).toBeCloseTo(luma(painting.data, i), 5);
    expect(get(data, i) - luma(data, i)).toBeCloseTo(get(content.data, i) - luma(content.data, i), 5);
    expect(get(data, 2 * n + i) - luma(data, i)).toBeCloseTo(
      get(content.data, 2 * n + i) - luma(content.data, i),
      5,
    );
  }
});
