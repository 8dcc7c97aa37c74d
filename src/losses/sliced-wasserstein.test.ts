import { expect, it } from 'vitest';
import { expectClose, finiteDifferences, uniform } from '../../test/helpers/numbers.ts';
import { get } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import { slicedWassersteinLoss } from './sliced-wasserstein.ts';

const [N, P, C, K] = [2, 5, 3, 4];
const fake = input('fake', [N, P, C]);
const real = input('real', [N, P, C]);
const directions = input('directions', [C, K]);
const loss = slicedWassersteinLoss(fake, real, directions);
const feeds = {
  fake: uniform(1, N * P * C, -1, 1),
  real: uniform(2, N * P * C, -1, 2),
  directions: uniform(3, C * K, -1, 1),
};

/** The definition in loops. */
function expected(fed: Readonly<Record<string, ArrayLike<number>>>): number {
  let total = 0;
  for (let n = 0; n < N; n++) {
    for (let k = 0; k < K; k++) {
      const direction = [0, 1, 2].map((c) => get(fed.directions ?? [], c * K + k));
      const length = Math.hypot(...direction);
      const sorted = (name: string) =>
        [0, 1, 2, 3, 4]
          .map((p) =>
            direction.reduce(
              (sum, d, c) => sum + (d / length) * get(fed[name] ?? [], (n * P + p) * C + c),
              0,
            ),
          )
          .sort((a, b) => a - b);
      const [a, b] = [sorted('fake'), sorted('real')];
      total += a.reduce((sum, v, i) => sum + (v - get(b, i)) ** 2, 0);
    }
  }
  return total / (N * P * K);
}

it('is the mean squared difference of sorted projections', () => {
  expectClose(evaluate({ loss }, feeds).loss, [expected(feeds)], 1e-6);
});

it('is zero for the same vectors in another order', () => {
  const turned = feeds.real.slice();
  for (let n = 0; n < N; n++) {
    for (let i = 0; i < P * C; i++) {
      const from = n * P * C + ((i + C) % (P * C));
      turned[n * P * C + i] = get(feeds.real, from);
    }
  }
  expect(get(evaluate({ loss }, { ...feeds, fake: turned }).loss, 0)).toBeLessThan(1e-12);
});

it('has the gradient of plain code for the output, and none for the style', () => {
  const [own = loss, target = loss] = gradients(loss, [fake, real]);
  const values = evaluate({ own, target }, feeds);
  expectClose(values.own, finiteDifferences(expected, feeds, 'fake'), 1e-6);
  expect(values.target.every((v) => v === 0)).toBe(true);
});
