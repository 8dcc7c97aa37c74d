import { expect, it } from 'vitest';
import { expectClose, finiteDifferences, uniform } from '../../test/helpers/numbers.ts';
import { at, mse, type Plain, plain } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import { gramLoss } from './gram.ts';

const shapes = [
  [2, 3, 4, 5],
  [2, 2, 3, 3],
] as const;
const own = shapes.map((shape, i) => input(`own${i}`, shape));
const target = shapes.map((shape, i) => input(`target${i}`, shape));
const feeds: Record<string, Float32Array> = Object.fromEntries(
  shapes.flatMap(([n, c, h, w], i) => [
    [`own${i}`, uniform(i, n * c * h * w, 0, 2)],
    [`target${i}`, uniform(10 + i, n * c * h * w, 0, 2)],
  ]),
);

/** Σ over positions of x_a x_b / positions, by loops. */
function plainGram(x: Plain): Float64Array {
  return Float64Array.from({ length: x.n * x.c * x.c }, (_, k) => {
    const [n, a, b] = [Math.floor(k / x.c ** 2), Math.floor(k / x.c) % x.c, k % x.c];
    let sum = 0;
    for (let i = 0; i < x.h; i++) for (let j = 0; j < x.w; j++) sum += at(x, n, a, i, j) * at(x, n, b, i, j);
    return sum / (x.h * x.w);
  });
}

it('is the relative error of Gram matrices, summed over layers by their weights', () => {
  const weights = [1, 3];
  const wanted = shapes.reduce((sum, [n, c, h, w], i) => {
    const [a, b] = ['own', 'target'].map((name) => plainGram(plain(n, c, h, w, feeds[`${name}${i}`] ?? [])));
    if (a === undefined || b === undefined) throw new Error('two matrices');
    return sum + ((weights[i] ?? 0) * mse(a, b)) / (mse(b, new Float64Array(b.length)) + 1e-6);
  }, 0);
  expectClose(evaluate({ loss: gramLoss(own, target, weights) }, feeds).loss, [wanted], 1e-6);
});

it('is 0 for the style itself, and gives no gradient to it', () => {
  expect(evaluate({ loss: gramLoss(target, target) }, feeds).loss[0]).toBe(0);
  const loss = gramLoss(own, target);
  const [ofOwn, ofTarget] = gradients(loss, [own[0] ?? loss, target[0] ?? loss]);
  if (ofOwn === undefined || ofTarget === undefined) throw new Error('two gradients');
  const values = evaluate({ ofOwn, ofTarget }, feeds);
  expect(values.ofTarget.every((value) => value === 0)).toBe(true);
  const numeric = finiteDifferences((fed) => evaluate({ loss }, fed).loss[0] ?? 0, feeds, 'own0');
  expectClose(values.ofOwn, numeric, 1e-6);
});
