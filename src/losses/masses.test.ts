import { describe, expect, it } from 'vitest';
import { expectClose, finiteDifferences, uniform } from '../../test/helpers/numbers.ts';
import { at, fill, get, mse, normalise, type Plain, plain } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import { massesLoss } from './masses.ts';

/**
 * Means of blocks of `side` pixels and all channels, normalised; at odd sides the last row and column count
 * twice.
 */
function masses(data: ArrayLike<number>, n: number, h: number, w: number, halvings: number): Plain {
  const picture = plain(n, 3, h, w, data);
  let grey = fill([n, 1, h, w], (s, _, i, j) => {
    return (at(picture, s, 0, i, j) + at(picture, s, 1, i, j) + at(picture, s, 2, i, j)) / 3;
  });
  for (let k = 0; k < halvings; k++) {
    const x = grey;
    const edge = (i: number, size: number) => Math.min(i, size - 1);
    grey = fill([n, 1, Math.ceil(x.h / 2), Math.ceil(x.w / 2)], (s, c, i, j) => {
      const corners = [0, 1].flatMap((a) =>
        [0, 1].map((b) => at(x, s, c, edge(2 * i + a, x.h), edge(2 * j + b, x.w))),
      );
      return corners.reduce((a, b) => a + b, 0) / 4;
    });
  }
  return normalise(grey);
}

describe.each([
  ['small enough as it is', 16, 20, 0],
  ['halved twice', 64, 72, 2],
  ['halved to odd sides on the way', 34, 68, 2],
])('masses loss, %s', (_, h, w, halvings) => {
  const size = 6 * h * w;
  const [output, content] = [input('output', [2, 3, h, w]), input('content', [2, 3, h, w])];
  const loss = massesLoss(output, content);
  const feeds = { output: uniform(1, size, 0, 1), content: uniform(2, size, 0.2, 0.6) };
  const expected = (fed: Readonly<Record<string, ArrayLike<number>>>) => {
    const [a, b] = [fed.output ?? [], fed.content ?? []].map((data) => masses(data, 2, h, w, halvings));
    return mse(a?.data ?? [], b?.data ?? []);
  };

  it('is the mean squared difference of light and dark masses', () => {
    const value = expected(feeds);
    expect(value).toBeGreaterThan(0.1);
    expectClose(evaluate({ loss }, feeds).loss, [value], 1e-6);
  });

  it('ignores brightness, contrast and hue', () => {
    const hue = [0.1, -0.02, 0.2];
    const changed = feeds.content.map((v, i) => 0.8 * v + get(hue, Math.floor(i / (h * w)) % 3));
    // The rest comes from the 1e-5 under the root.
    expect(get(evaluate({ loss }, { ...feeds, output: changed }).loss, 0)).toBeLessThan(3e-4);
    const negative = feeds.content.map((v) => 1 - v);
    expect(get(evaluate({ loss }, { ...feeds, output: negative }).loss, 0)).toBeGreaterThan(3);
  });

  it('has no gradient for the content', () => {
    const [own = loss, target = loss] = gradients(loss, [output, content]);
    const values = evaluate({ own, target }, feeds);
    expect(values.own.some((v) => v !== 0)).toBe(true);
    expect(values.target.every((v) => v === 0)).toBe(true);
  });
});

it('masses loss has the gradient of plain code', () => {
  const [output, content] = [input('output', [1, 3, 3, 4]), input('content', [1, 3, 3, 4])];
  const loss = massesLoss(output, content);
  const feeds = { output: uniform(3, 36, 0, 1), content: uniform(4, 36, 0, 1) };
  const [own = loss] = gradients(loss, [output]);
  const value = (fed: Readonly<Record<string, ArrayLike<number>>>) => {
    const [a, b] = [fed.output ?? [], fed.content ?? []].map((data) => masses(data, 1, 3, 4, 0));
    return mse(a?.data ?? [], b?.data ?? []);
  };
  expectClose(evaluate({ own }, feeds).own, finiteDifferences(value, feeds, 'output'), 1e-6);
});
