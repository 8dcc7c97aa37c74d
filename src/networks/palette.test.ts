import { describe, expect, it } from 'vitest';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { evaluate } from '../graph/evaluate.ts';
import { input } from '../graph/ops/sources.ts';
import { applyPalette, averagePalette } from './palette.ts';

const [H, W] = [3, 4];
const pixels = H * W;
const style = input('style', [1, 3, H, W]);
const y = input('y', [1, 3, H, W]);
const feeds = { style: uniform(1, 3 * pixels, 0, 1), y: uniform(2, 3 * pixels, 0.2, 0.7) };

const indices = Array.from({ length: pixels }, (_, i) => i);
const axes: readonly number[] = [0, 1, 2];
const colours = (data: ArrayLike<number>) => indices.map((i) => axes.map((c) => data[c * pixels + i] ?? 0));
const differences = ([r = 0, g = 0, b = 0]: readonly number[]) => {
  const luma = 0.299 * r + 0.587 * g + 0.114 * b;
  return [luma, r - luma, b - luma];
};
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const meanOf = (list: readonly (readonly number[])[]) => axes.map((c) => mean(list.map((v) => v[c] ?? 0)));

function covariance(list: readonly (readonly number[])[]): number[] {
  const centre = meanOf(list);
  const deviation = (v: readonly number[], c: number) => (v[c] ?? 0) - (centre[c] ?? 0);
  return axes.flatMap((i) => axes.map((j) => mean(list.map((v) => deviation(v, i) * deviation(v, j)))));
}

describe('palette', () => {
  it('gives a picture of average contrasts without correlation the mean and covariance of the style', () => {
    // Three orthogonal ±1 patterns over eight pixels, scaled to the average deviations.
    const signs = [
      [1, 1, 1, 1, -1, -1, -1, -1],
      [1, 1, -1, -1, 1, 1, -1, -1],
      [1, -1, 1, -1, 1, -1, 1, -1],
    ];
    const average = [0.186, 0.055, 0.074];
    const z = signs.map((row, c) => row.map((s) => s * (average[c] ?? 0)));
    const rgb = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => {
      const [luma, r, b] = [z[0]?.[i] ?? 0, z[1]?.[i] ?? 0, z[2]?.[i] ?? 0];
      const [red, blue] = [luma + r, luma + b];
      return [red, (luma - 0.299 * red - 0.114 * blue) / 0.587, blue].map((v) => v + 0.45);
    });
    const picture = axes.flatMap((c) => rgb.map((v) => v[c] ?? 0));
    const painted = applyPalette(input('picture', [1, 3, 2, 4]), averagePalette(style));
    const out = evaluate({ painted }, { ...feeds, picture }).painted;
    const list = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => axes.map((c) => out[8 * c + i] ?? 0));
    expectClose(meanOf(list), meanOf(colours(feeds.style)), 1e-5);
    const wanted = covariance(colours(feeds.style).map(differences));
    covariance(list.map(differences)).forEach((value, i) => {
      expect(Math.abs(value - (wanted[i] ?? 0))).toBeLessThan(4e-5);
    });
  });

  it('is linear around mid-grey', () => {
    const out = applyPalette(y, averagePalette(style));
    const grey = feeds.y.map(() => 0.45);
    const half = feeds.y.map((v) => 0.45 + (v - 0.45) / 2);
    const [a, b, c] = [feeds.y, half, grey].map((picture) => evaluate({ out }, { ...feeds, y: picture }).out);
    const centre = meanOf(colours(feeds.style));
    expectClose(
      c ?? [],
      axes.flatMap((k) => indices.map(() => centre[k] ?? 0)),
      1e-6,
    );
    expectClose(
      b ?? [],
      (a ?? new Float64Array()).map((v, i) => (v + (c?.[i] ?? 0)) / 2),
      1e-6,
    );
  });

  it('leaves a grey style without colour', () => {
    const grey = indices.map((i) => i / pixels);
    const fed = { ...feeds, style: [...grey, ...grey, ...grey] };
    const out = colours(evaluate({ out: applyPalette(y, averagePalette(style)) }, fed).out);
    // What is left comes from the 1e-5 under the roots.
    for (const [r = 0, g = 0, b = 0] of out) {
      expect(Math.max(Math.abs(r - g), Math.abs(b - g))).toBeLessThan(0.05);
    }
  });
});
