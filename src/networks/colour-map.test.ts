import { expect, it } from 'vitest';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { at, fill, normalise, plain } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { input } from '../graph/ops/sources.ts';
import { colourMap } from './colour-map.ts';

it('is the normalised means over 8×8 pixels', () => {
  const pixels = uniform(1, 2 * 3 * 16 * 24, 0, 1);
  const picture = plain(2, 3, 16, 24, pixels);
  const means = fill([2, 3, 2, 3], (n, c, i, j) => {
    let sum = 0;
    for (let a = 0; a < 8; a++) for (let b = 0; b < 8; b++) sum += at(picture, n, c, 8 * i + a, 8 * j + b);
    return sum / 64;
  });
  const map = colourMap(input('x', [2, 3, 16, 24]));
  expectClose(evaluate({ map }, { x: pixels }).map, normalise(means).data, 1e-4);
});

it.each([
  [17, 17, 3, 3],
  [24, 25, 3, 4],
  [31, 33, 4, 5],
])('has the size of relu4_1 for %i×%i', (h, w, rows, columns) => {
  expect(colourMap(input('x', [1, 3, h, w])).shape).toEqual([1, 3, rows, columns]);
});

it('counts a last odd row as often as the encoder sees it', () => {
  // A picture of rows, 17 of them: the last alone makes the last row of places.
  const pixels = Float32Array.from({ length: 3 * 17 * 16 }, (_, i) =>
    Math.floor(i / 16) % 17 === 16 ? 1 : 0,
  );
  const { map } = evaluate({ map: colourMap(input('x', [1, 3, 17, 16])) }, { x: pixels });
  expect(new Set(Array.from(map.subarray(0, 4), (v) => v.toFixed(3))).size).toBe(1);
  expect(map[5]).toBeGreaterThan((map[0] ?? 0) + 1);
});
