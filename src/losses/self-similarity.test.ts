import { expect, it } from 'vitest';
import { expectClose, finiteDifferences, uniform } from '../../test/helpers/numbers.ts';
import { get } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import { selfSimilarityLoss } from './self-similarity.ts';

const [N, P, C] = [2, 5, 4];
const output = input('output', [N, P, C]);
const content = input('content', [N, P, 3]);
const loss = selfSimilarityLoss(output, content);
const feeds = { output: uniform(1, N * P * C, 0, 1), content: uniform(2, N * P * 3, 0, 2) };
type Fed = Readonly<Record<string, ArrayLike<number>>>;

const indices = (count: number) => Array.from({ length: count }, (_, i) => i);
const total = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** Cosine distances between all places of sample `n`, each column divided by its sum. */
function distances(data: ArrayLike<number>, n: number, channels: number): number[] {
  const rows = indices(P).map((p) => indices(channels).map((c) => get(data, (n * P + p) * channels + c)));
  const lengths = rows.map((row) => Math.sqrt(total(row.map((v) => v * v)) + 1e-6));
  const apart = rows.map((a, i) =>
    rows.map((b, k) => 1 - total(a.map((v, c) => v * get(b, c))) / (get(lengths, i) * get(lengths, k))),
  );
  const sums = indices(P).map((k) => total(apart.map((row) => get(row, k))) + 1e-6);
  return apart.flatMap((row) => row.map((v, k) => v / get(sums, k)));
}

function expected(fed: Fed): number {
  const each = indices(N).map((n) => {
    const [a, b] = [distances(fed.output ?? [], n, C), distances(fed.content ?? [], n, 3)];
    return total(a.map((v, i) => Math.abs(v - get(b, i))));
  });
  return total(each) / (N * P);
}

it('is P times the mean difference of the distances between places', () => {
  const value = expected(feeds);
  expect(value).toBeGreaterThan(0.1);
  expectClose(evaluate({ loss }, feeds).loss, [value], 1e-6);
});

it('ignores the strength of each vector and the order of channels', () => {
  const same = selfSimilarityLoss(output, input('other', [N, P, C]));
  const scaled = feeds.output.map((v, i) => v * (2 + (Math.floor(i / C) % 3)));
  const turned = scaled.map((_, i) => get(scaled, i - (i % C) + ((i + 1) % C)));
  // The rest comes from the 1e-6 under the root.
  expect(get(evaluate({ same }, { ...feeds, other: turned }).same, 0)).toBeLessThan(1e-4);
  const moved = feeds.output.map((_, i) => get(feeds.output, (i + C) % (N * P * C)));
  expect(get(evaluate({ same }, { ...feeds, other: moved }).same, 0)).toBeGreaterThan(0.1);
});

it('has the gradient of plain code for the output, and none for the content', () => {
  const [own = loss, target = loss] = gradients(loss, [output, content]);
  const values = evaluate({ own, target }, feeds);
  expectClose(values.own, finiteDifferences(expected, feeds, 'output', 1e-5), 1e-6);
  expect(values.target.every((v) => v === 0)).toBe(true);
});
