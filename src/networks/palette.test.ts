import { describe, expect, it } from 'vitest';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { evaluate } from '../graph/evaluate.ts';
import { input } from '../graph/ops/sources.ts';
import { applyPalette, paletteOf } from './palette.ts';

const [H, W] = [3, 4];
const pixels = H * W;
const style = input('style', [1, 3, H, W]);
const y = input('y', [1, 3, H, W]);
const feeds = { style: uniform(1, 3 * pixels, 0, 1), y: uniform(2, 3 * pixels, 0.2, 0.7) };

type Colour = readonly [number, number, number];
const colourAt = (data: ArrayLike<number>, i: number): Colour => {
  return [data[i] ?? 0, data[pixels + i] ?? 0, data[2 * pixels + i] ?? 0];
};
const differences = ([r, g, b]: Colour): Colour => {
  const luma = 0.299 * r + 0.587 * g + 0.114 * b;
  return [luma, r - luma, b - luma];
};
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const indices = Array.from({ length: pixels }, (_, i) => i);

function plainPalette(data: ArrayLike<number>) {
  const colours = indices.map((i) => colourAt(data, i));
  const channel = (list: readonly Colour[], c: 0 | 1 | 2) => list.map((colour) => colour[c]);
  const seen = colours.map(differences);
  const channels = [0, 1, 2] as const;
  return {
    mean: channels.map((c) => mean(channel(colours, c))),
    deviation: channels.map((c) => {
      const values = channel(seen, c);
      const centre = mean(values);
      return Math.sqrt(mean(values.map((v) => (v - centre) ** 2)) + 1e-5);
    }),
  };
}

describe('palette', () => {
  it('is mean RGB and the deviations of luma and colour differences', () => {
    const { mean: centre, deviation } = paletteOf(style);
    const values = evaluate({ centre, deviation }, feeds);
    const wanted = plainPalette(feeds.style);
    expectClose(values.centre, wanted.mean, 1e-6);
    expectClose(values.deviation, wanted.deviation, 1e-6);
  });

  it('moves and scales an average picture to it', () => {
    const wanted = plainPalette(feeds.style);
    const average = [0.186, 0.055, 0.074];
    const expected = new Float64Array(3 * pixels);
    for (const i of indices) {
      const [r, g, b] = colourAt(feeds.y, i);
      const [luma, red, blue] = differences([r - 0.45, g - 0.45, b - 0.45]).map(
        (v, c) => (v * (wanted.deviation[c] ?? 0)) / (average[c] ?? 1),
      );
      const [newLuma, newRed, newBlue] = [luma ?? 0, (luma ?? 0) + (red ?? 0), (luma ?? 0) + (blue ?? 0)];
      const newGreen = (newLuma - 0.299 * newRed - 0.114 * newBlue) / 0.587;
      [newRed, newGreen, newBlue].forEach((v, c) => {
        expected[c * pixels + i] = v + (wanted.mean[c] ?? 0);
      });
    }
    expectClose(evaluate({ out: applyPalette(y, paletteOf(style)) }, feeds).out, expected, 1e-5);
  });

  it('leaves a grey style without colour', () => {
    const grey = indices.map((i) => i / pixels);
    const out = evaluate(
      { out: applyPalette(y, paletteOf(style)) },
      { ...feeds, style: [...grey, ...grey, ...grey] },
    ).out;
    for (const i of indices) {
      const [r, g, b] = colourAt(out, i);
      // What is left is the 1e-5 under the root of the deviation.
      expect(Math.max(Math.abs(r - g), Math.abs(b - g))).toBeLessThan(0.05);
    }
  });
});
