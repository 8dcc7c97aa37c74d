import { describe, expect, it } from 'vitest';
import { expectClose, finiteDifferences, uniform } from '../../test/helpers/numbers.ts';
import { get } from '../../test/helpers/plain.ts';
import { sum } from '../graph/composed.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { mul } from '../graph/ops/elementwise.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { styleGamut, withinGamut } from './gamut.ts';

const [H, W] = [10, 13];
const pixels = H * W;
const y = input('y', [1, 3, H, W]);
const style = input('style', [1, 3, 8, 12]);
const out = withinGamut(y, styleGamut(style));
const painted = (picture: ArrayLike<number>, colours: ArrayLike<number>) =>
  evaluate({ out }, { y: Float32Array.from(picture), style: Float32Array.from(colours) }).out;

/** A picture of one colour. */
const plain = (colour: readonly number[], count = pixels) =>
  colour.flatMap((value) => Array<number>(count).fill(value));
/** The left half of a style in one colour, the right half in another. */
const halves = (left: readonly number[], right: readonly number[]) =>
  [0, 1, 2].flatMap((c) => Array.from({ length: 96 }, (_, i) => get(i % 12 < 4 ? left : right, c)));

describe('a gamut', () => {
  it('reaches as far as the means over 4×4 pixels do', () => {
    const colours = uniform(1, 3 * 96, 0, 1);
    const { gamut } = evaluate({ gamut: styleGamut(style) }, { style: colours });
    const means = Array.from({ length: 6 }, (_, block) =>
      [0, 1, 2].map((c) => {
        let total = 0;
        for (let i = 0; i < 4; i++)
          for (let j = 0; j < 4; j++)
            total += get(colours, c * 96 + (Math.floor(block / 3) * 4 + i) * 12 + (block % 3) * 4 + j);
        return total / 16;
      }),
    );
    // The last direction is that to white, the first that to black.
    const light = means.map((mean) => mean.reduce((a, b) => a + b, 0) / Math.sqrt(3));
    expect(gamut.length).toBe(26);
    expect(get(gamut, 25)).toBeCloseTo(Math.max(...light), 5);
    expect(get(gamut, 0)).toBeCloseTo(-Math.min(...light), 5);
  });

  it('lets the style’s own colours and what lies between them be', () => {
    const colours = halves([0.1, 0.2, 0.6], [0.9, 0.7, 0.2]);
    for (const share of [0, 0.3, 1]) {
      const between = [0.1 + 0.8 * share, 0.2 + 0.5 * share, 0.6 - 0.4 * share];
      expectClose(painted(plain(between), colours), plain(between), 1e-6);
    }
  });

  it.each([
    ['white', [1.3, 1.3, 1.3]],
    ['black', [-0.2, -0.2, -0.2]],
    ['a hue that the style lacks', [0.5, 1, 0.5]],
  ])('takes away nearly all that is beyond it: %s', (_, colour) => {
    const colours = plain([0.5, 0.5, 0.5], 96);
    const wanted = [0.5, 0.5, 0.5];
    const result = painted(plain(colour), colours);
    const distance = (a: ArrayLike<number>) => Math.hypot(...wanted.map((v, c) => get(a, c * pixels) - v));
    const before = Math.hypot(...wanted.map((v, c) => get(colour, c) - v));
    expect(distance(result)).toBeLessThan(0.1 * before);
  });

  it('keeps texture where it ends', () => {
    const texture = uniform(3, 3 * pixels, -0.1, 0.1);
    const light = plain([1.2, 1.2, 1.2]);
    const colours = plain([0.6, 0.6, 0.6], 96);
    const result = painted(
      texture.map((value, i) => value + get(light, i)),
      colours,
    );
    const deviation = (values: ArrayLike<number>) => {
      const list = Array.from(values).slice(0, pixels);
      const mean = list.reduce((a, b) => a + b, 0) / pixels;
      return Math.sqrt(list.reduce((a, v) => a + (v - mean) ** 2, 0) / pixels);
    };
    expect(deviation(result)).toBeGreaterThan(0.9 * deviation(texture));
  });

  it('has the right gradient', () => {
    const weights = constant(uniform(5, 3 * pixels), [1, 3, H, W]);
    const loss = sum(mul(out, weights));
    const feeds = { y: uniform(6, 3 * pixels, 0, 1), style: uniform(7, 3 * 96, 0.3, 0.6) };
    const [slope] = gradients(loss, [y]);
    if (slope === undefined) throw new Error('no gradient');
    const value = (at: Readonly<Record<string, ArrayLike<number>>>) => get(evaluate({ loss }, at).loss, 0);
    expectClose(evaluate({ slope }, feeds).slope, finiteDifferences(value, feeds, 'y'), 5e-3);
  });
});
