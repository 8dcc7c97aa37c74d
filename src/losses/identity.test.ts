import { describe, expect, it } from 'vitest';
import { expectClose, finiteDifferences, uniform } from '../../test/helpers/numbers.ts';
import { mse } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import { identityLoss } from './identity.ts';

const side = (name: string) => ({
  picture: input(`${name}.picture`, [1, 3, 4, 5]),
  features: [input(`${name}.f0`, [1, 2, 4, 5]), input(`${name}.f1`, [1, 4, 2, 3])],
});
const output = side('output');
const original = side('original');
const loss = identityLoss(output, original);
const sizes = { picture: 60, f0: 40, f1: 24 };
const feeds: Record<string, Float32Array> = {};
Object.entries(sizes).forEach(([part, size], i) => {
  feeds[`output.${part}`] = uniform(1 + i, size);
  feeds[`original.${part}`] = uniform(11 + i, size);
});

function expected(fed: Readonly<Record<string, ArrayLike<number>>>): number {
  const part = (name: string) => mse(fed[`output.${name}`] ?? [], fed[`original.${name}`] ?? []);
  return 50 * part('picture') + part('f0') + part('f1');
}

describe('identity loss', () => {
  it('is 50 · pixels + features', () => {
    expectClose(evaluate({ loss }, feeds).loss, [expected(feeds)], 1e-6);
  });

  it('has the gradient of plain code for the output, none for the original', () => {
    const [picture, feature, stopped0, stopped1] = gradients(loss, [
      output.picture,
      ...output.features.slice(0, 1),
      original.picture,
      ...original.features.slice(0, 1),
    ]);
    if (!picture || !feature || !stopped0 || !stopped1) throw new Error('no gradient');
    const values = evaluate({ picture, feature, stopped0, stopped1 }, feeds);
    expectClose(values.picture, finiteDifferences(expected, feeds, 'output.picture'), 1e-6);
    expectClose(values.feature, finiteDifferences(expected, feeds, 'output.f0'), 1e-6);
    expect([...values.stopped0, ...values.stopped1].every((v) => v === 0)).toBe(true);
  });

  it('is pixels alone without features', () => {
    const bare = identityLoss({ ...output, features: [] }, { ...original, features: [] });
    expectClose(
      evaluate({ bare }, feeds).bare,
      [50 * mse(feeds['output.picture'] ?? [], feeds['original.picture'] ?? [])],
      1e-6,
    );
  });
});
