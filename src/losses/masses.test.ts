import { describe, expect, it } from 'vitest';
import { expectClose, finiteDifferences, uniform } from '../../test/helpers/numbers.ts';
import { at, fill, get, type Plain, plain, statistics } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import { LUMA } from '../luma.ts';
import { applyPalette, stylePalette } from '../networks/palette.ts';
import { massesLoss } from './masses.ts';

type Fed = Readonly<Record<string, ArrayLike<number>>>;

/** Luma, R − Y, B − Y of means over 2×2, halved again; at odd sides the last row and column count twice. */
function masses(data: ArrayLike<number>, n: number, h: number, w: number, halvings: number): Plain {
  let x = plain(n, 3, h, w, data);
  for (let k = 0; k < halvings; k++) {
    const from = x;
    const edge = (i: number, size: number) => Math.min(i, size - 1);
    x = fill([n, 3, Math.ceil(from.h / 2), Math.ceil(from.w / 2)], (s, c, i, j) => {
      const corners = [0, 1].flatMap((a) =>
        [0, 1].map((b) => at(from, s, c, edge(2 * i + a, from.h), edge(2 * j + b, from.w))),
      );
      return corners.reduce((a, b) => a + b, 0) / 4;
    });
  }
  return fill([n, 3, x.h, x.w], (s, c, i, j) => {
    const [red, green, blue] = [0, 1, 2].map((k) => at(x, s, k, i, j)) as [number, number, number];
    const luma = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue;
    return [luma, red - luma, blue - luma][c] ?? 0;
  });
}

/** @param halvings - of light; `hueHalvings` of hue */
function lossOf(n: number, h: number, w: number, halvings: number, hueHalvings = halvings) {
  const shape = [n, 3, h, w];
  const [output, content, style] = [input('output', shape), input('content', shape), input('style', shape)];
  const feeds = {
    output: uniform(1, 3 * n * h * w, 0, 1),
    content: uniform(2, 3 * n * h * w, 0.2, 0.6),
    style: uniform(3, 3 * n * h * w, 0.3, 0.9),
  };
  const recoloured = applyPalette(content, stylePalette(style));
  const target = (fed: Fed) => evaluate({ recoloured }, fed).recoloured ?? [];
  const expected = (fed: Fed) => {
    const at = (count: number) =>
      [fed.output ?? [], target({ ...feeds, ...fed })].map((data) => masses(data, n, h, w, count)) as [
        Plain,
        Plain,
      ];
    /** Mean over the samples of a channel, 0 luma, 1 and 2 the differences. */
    const ofChannel = (channel: number) => {
      const [own, wanted] = at(channel === 0 ? halvings : hueHalvings);
      const { deviation } = statistics(wanted);
      const places = own.h * own.w;
      const terms = Array.from(own.data, (value, i) => {
        const plane = Math.floor(i / places);
        if (plane % 3 !== channel) return [];
        return [((value - get(wanted.data, i)) / (get(deviation, plane) + 0.02)) ** 2];
      }).flat();
      return terms.reduce((a, b) => a + b, 0) / terms.length;
    };
    return (ofChannel(0) + ofChannel(1) + ofChannel(2)) / 3;
  };
  return { loss: massesLoss(output, content, style), feeds, expected, target, output, content, style };
}

describe.each([
  ['small enough as it is', 16, 20, 0, 0],
  ['halved once for light, twice for hue', 64, 65, 1, 2],
  ['halved to odd sides on the way', 33, 67, 1, 2],
])('masses loss, %s', (_, h, w, halvings, hueHalvings) => {
  const { loss, feeds, expected, target, output, content, style } = lossOf(2, h, w, halvings, hueHalvings);

  it('is the squared distance to the masses of the recoloured content', () => {
    const value = expected(feeds);
    expect(value).toBeGreaterThan(0.1);
    expectClose(evaluate({ loss }, feeds).loss, [value], 1e-5);
  });

  it('is 0 for the recoloured content, and sees light and hue', () => {
    const wanted = Float32Array.from(target(feeds));
    const of = (data: Float32Array) => get(evaluate({ loss }, { ...feeds, output: data }).loss, 0);
    expect(of(wanted)).toBeLessThan(1e-6);
    expect(of(wanted.map((v) => 1.2 - v))).toBeGreaterThan(1);
    // Red and blue change places.
    const place = (i: number) => [2, 1, 0][Math.floor(i / (h * w)) % 3] ?? 0;
    const swapped = wanted.map((_, i) => wanted[i + (place(i) - (Math.floor(i / (h * w)) % 3)) * h * w] ?? 0);
    expect(of(swapped)).toBeGreaterThan(0.5);
  });

  it('has a gradient for the output alone', () => {
    const all = gradients(loss, [output, content, style]);
    const [own = loss, ...others] = all;
    expect(evaluate({ own }, feeds).own.some((v) => v !== 0)).toBe(true);
    for (const other of others) expect(evaluate({ other }, feeds).other.every((v) => v === 0)).toBe(true);
  });
});

it('masses loss has the gradient of plain code', () => {
  const { loss, feeds, expected, output } = lossOf(1, 3, 4, 0);
  const [own = loss] = gradients(loss, [output]);
  expectClose(evaluate({ own }, feeds).own, finiteDifferences(expected, feeds, 'output'), 1e-5);
});
