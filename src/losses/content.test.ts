import { describe, expect, it } from 'vitest';
import { expectClose, finiteDifferences, uniform } from '../../test/helpers/numbers.ts';
import { get, mse, normalise, plain } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import { contentLoss } from './content.ts';

const shapes = [
  [2, 3, 4, 5],
  [2, 2, 2, 3],
] as const;
const outputs = shapes.map((shape, i) => input(`output${i}`, shape));
const contents = shapes.map((shape, i) => input(`content${i}`, shape));
const sizes = [120, 24];
const feeds: Record<string, Float32Array> = {};
sizes.forEach((size, i) => {
  feeds[`output${i}`] = uniform(1 + i, size, 0, 2);
  feeds[`content${i}`] = uniform(11 + i, size, -1, 1);
});

function expected(form: 'raw' | 'normalised', fed: Readonly<Record<string, ArrayLike<number>>>): number {
  return shapes.reduce((sum, [n, c, h, w], i) => {
    const a = plain(n, c, h, w, fed[`output${i}`] ?? []);
    const b = plain(n, c, h, w, fed[`content${i}`] ?? []);
    return sum + (form === 'raw' ? mse(a.data, b.data) : mse(normalise(a).data, normalise(b).data));
  }, 0);
}

describe.each(['raw', 'normalised'] as const)('content loss, %s', (form) => {
  const loss = contentLoss(outputs, contents, form);

  it('is the sum of the mean squared differences of the layers', () => {
    expectClose(evaluate({ loss }, feeds).loss, [expected(form, feeds)], 1e-6);
  });

  it('is zero between equal features', () => {
    const same = { ...feeds, content0: feeds.output0 ?? [], content1: feeds.output1 ?? [] };
    expect(get(evaluate({ loss }, same).loss, 0)).toBe(0);
  });

  it('has the gradient of plain code for the output', () => {
    const [gradient] = gradients(loss, outputs.slice(1));
    if (gradient === undefined) throw new Error('no gradient');
    const differences = finiteDifferences((fed) => expected(form, fed), feeds, 'output1');
    expectClose(evaluate({ gradient }, feeds).gradient, differences, 1e-6);
  });

  it('passes no gradient to the content', () => {
    const [a, b] = gradients(loss, contents);
    if (a === undefined || b === undefined) throw new Error('no gradient');
    const values = evaluate({ a, b }, feeds);
    expect(values.a.every((v) => v === 0) && values.b.every((v) => v === 0)).toBe(true);
  });
});

it('normalised content loss ignores a change of brightness and contrast', () => {
  const changed = { ...feeds };
  sizes.forEach((_, i) => {
    changed[`output${i}`] = (feeds[`content${i}`] ?? new Float32Array()).map((v) => 30 * v + 7);
  });
  const loss = evaluate({ loss: contentLoss(outputs, contents, 'normalised') }, changed).loss;
  expect(get(loss, 0)).toBeLessThan(1e-8);
  const raw = evaluate({ loss: contentLoss(outputs, contents, 'raw') }, changed).loss;
  expect(get(raw, 0)).toBeGreaterThan(100);
});

it('adain content loss compares with the content in the style’s mean and deviation', () => {
  const style = shapes.map(([n, c], i) => ({
    mean: input(`mean${i}`, [n, c, 1, 1]),
    deviation: input(`deviation${i}`, [n, c, 1, 1]),
  }));
  const loss = contentLoss(outputs, contents, 'adain', style);
  const fed: Record<string, Float32Array> = { ...feeds };
  shapes.forEach(([n, c], i) => {
    fed[`mean${i}`] = uniform(21 + i, n * c, -1, 1);
    fed[`deviation${i}`] = uniform(31 + i, n * c, 0.5, 2);
  });
  const wanted = shapes.reduce((sum, [n, c, h, w], i) => {
    const target = normalise(plain(n, c, h, w, fed[`content${i}`] ?? [])).data.map(
      (v, k) =>
        v * get(fed[`deviation${i}`] ?? [], Math.floor(k / (h * w))) +
        get(fed[`mean${i}`] ?? [], Math.floor(k / (h * w))),
    );
    return sum + mse(fed[`output${i}`] ?? [], target);
  }, 0);
  expectClose(evaluate({ loss }, fed).loss, [wanted], 1e-6);
  const flat = gradients(
    loss,
    style.flatMap(({ mean, deviation }) => [mean, deviation]),
  );
  for (const gradient of flat) expect(evaluate({ gradient }, fed).gradient.every((v) => v === 0)).toBe(true);
});
