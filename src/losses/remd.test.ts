import { expect, it } from 'vitest';
import { expectClose, finiteDifferences, uniform } from '../../test/helpers/numbers.ts';
import { get } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import { relaxedEarthMover } from './remd.ts';

const [N, P, Q, C] = [2, 5, 6, 4];
const fake = input('fake', [N, P, C]);
const real = input('real', [N, Q, C]);
const loss = relaxedEarthMover(fake, real);
const feeds = { fake: uniform(1, N * P * C, -1, 1), real: uniform(2, N * Q * C, -1, 2) };
type Fed = Readonly<Record<string, ArrayLike<number>>>;

const indices = (count: number) => Array.from({ length: count }, (_, i) => i);
const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** Vectors of sample `n` without their mean, of length 1. */
function units(data: ArrayLike<number>, n: number, count: number): number[][] {
  const rows = indices(count).map((p) => indices(C).map((c) => get(data, (n * count + p) * C + c)));
  const mean = indices(C).map((c) => total(rows.map((row) => get(row, c))) / count);
  return rows.map((row) => {
    const centred = row.map((v, c) => v - get(mean, c));
    const length = Math.sqrt(total(centred.map((v) => v * v)) + 1e-6);
    return centred.map((v) => v / length);
  });
}

/** The definition in loops. The nearest vectors are found in `chosen`, which is constant in gradients. */
function expected(fed: Fed, chosen: Fed = fed): number {
  const alike = (from: Fed, n: number) => {
    const [a, b] = [units(from.fake ?? [], n, P), units(from.real ?? [], n, Q)];
    return a.map((x) => b.map((y) => total(x.map((v, c) => v * get(y, c)))));
  };
  const nearest = (rows: readonly (readonly number[])[], choice: readonly (readonly number[])[]) =>
    total(
      rows.map((row, i) => {
        const powers = (choice[i] ?? []).map((v) => Math.exp(60 * v));
        return 1 - total(row.map((v, k) => (v * get(powers, k)) / total(powers)));
      }),
    ) / rows.length;
  const turned = (rows: readonly (readonly number[])[]) =>
    indices(Q).map((k) => rows.map((row) => get(row, k)));
  const each = indices(N).map((n) => {
    const [rows, choice] = [alike(fed, n), alike(chosen, n)];
    return nearest(rows, choice) + nearest(turned(rows), turned(choice));
  });
  return total(each) / N;
}

it('is the distance to the nearest, both ways', () => {
  const value = expected(feeds);
  expect(value).toBeGreaterThan(0.1);
  expectClose(evaluate({ loss }, feeds).loss, [value], 1e-6);
});

it('is zero for the same vectors in another order, of another length and around another mean', () => {
  // The axes in both directions: any two are 1 apart or more.
  const axes = indices(2 * C).map((i) => indices(C).map((c) => (c === i >> 1 ? 1 - 2 * (i % 2) : 0)));
  const same = relaxedEarthMover(input('a', [1, 2 * C, C]), input('b', [1, 2 * C, C]));
  const value = (b: readonly (readonly number[])[]) =>
    evaluate({ same }, { a: axes.flat(), b: b.flat() }).same;
  const turned = axes.map((_, i) => (axes[(i * 3) % (2 * C)] ?? []).map((v) => 2 * v + 0.7));
  expect(get(value(turned), 0)).toBeLessThan(1e-5);
  const alike = axes.map((_, i) => axes[i % 2] ?? []);
  expect(get(value(alike), 0)).toBeGreaterThan(0.5);
});

it('has the gradient of plain code with a constant choice, and none for the style', () => {
  const [own = loss, target = loss] = gradients(loss, [fake, real]);
  const values = evaluate({ own, target }, feeds);
  const slopes = finiteDifferences((fed) => expected(fed, feeds), feeds, 'fake');
  expect(Math.max(...slopes.map(Math.abs))).toBeGreaterThan(1e-3);
  expectClose(values.own, slopes, 1e-6);
  expect(values.target.every((v) => v === 0)).toBe(true);
});
