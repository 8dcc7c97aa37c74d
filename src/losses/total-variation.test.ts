import { expect, it } from 'vitest';
import { expectClose, finiteDifferences, uniform } from '../../test/helpers/numbers.ts';
import { at, get, plain } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import { totalVariation } from './total-variation.ts';

const x = input('x', [2, 3, 4, 5]);
const loss = totalVariation(x);
const feeds = { x: uniform(1, 120) };

function expected(fed: Readonly<Record<string, ArrayLike<number>>>): number {
  const p = plain(2, 3, 4, 5, fed.x ?? []);
  let [down, right] = [0, 0];
  for (let n = 0; n < 2; n++)
    for (let c = 0; c < 3; c++)
      for (let i = 0; i < 4; i++)
        for (let j = 0; j < 5; j++) {
          if (i < 3) down += (at(p, n, c, i + 1, j) - at(p, n, c, i, j)) ** 2;
          if (j < 4) right += (at(p, n, c, i, j + 1) - at(p, n, c, i, j)) ** 2;
        }
  return down / (2 * 3 * 3 * 5) + right / (2 * 3 * 4 * 4);
}

it('total variation is the mean squared difference of neighbours, down plus right', () => {
  expectClose(evaluate({ loss }, feeds).loss, [expected(feeds)], 1e-6);
  expect(get(evaluate({ loss }, { x: new Float32Array(120).fill(0.7) }).loss, 0)).toBe(0);
});

it('total variation has the gradient of plain code', () => {
  const [gradient] = gradients(loss, [x]);
  if (gradient === undefined) throw new Error('no gradient');
  expectClose(evaluate({ gradient }, feeds).gradient, finiteDifferences(expected, feeds, 'x'), 1e-6);
});
