import { describe, expect, it } from 'vitest';
import { expectClose, finiteDifferences, uniform } from '../../test/helpers/numbers.ts';
import { mse, plain, statistics } from '../../test/helpers/plain.ts';
import { channelStatistics } from '../graph/composed.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import { momentsLoss } from './moments.ts';

// The style may have another size than the output.
const own = [input('own0', [2, 3, 4, 5]), input('own1', [2, 2, 2, 3])];
const style = [input('style0', [2, 3, 3, 3]), input('style1', [2, 2, 4, 1])];
const loss = momentsLoss(own.map(channelStatistics), style.map(channelStatistics));
const feeds = {
  own0: uniform(1, 120, 0, 3),
  own1: uniform(2, 24),
  style0: uniform(3, 54),
  style1: uniform(4, 16, -2, 5),
};

function expected(fed: Readonly<Record<string, ArrayLike<number>>>): number {
  const layer = (a: ReturnType<typeof plain>, b: ReturnType<typeof plain>) => {
    const [x, y] = [statistics(a), statistics(b)];
    return mse(x.mean, y.mean) + mse(x.deviation, y.deviation);
  };
  return (
    layer(plain(2, 3, 4, 5, fed.own0 ?? []), plain(2, 3, 3, 3, fed.style0 ?? [])) +
    layer(plain(2, 2, 2, 3, fed.own1 ?? []), plain(2, 2, 4, 1, fed.style1 ?? []))
  );
}

describe('moments loss', () => {
  it('compares means and standard deviations of each channel', () => {
    expectClose(evaluate({ loss }, feeds).loss, [expected(feeds)], 1e-6);
  });

  it('has the gradient of plain code for the output', () => {
    const [a, b] = gradients(loss, own);
    if (a === undefined || b === undefined) throw new Error('no gradient');
    const values = evaluate({ a, b }, feeds);
    expectClose(values.a, finiteDifferences(expected, feeds, 'own0'), 1e-6);
    expectClose(values.b, finiteDifferences(expected, feeds, 'own1'), 1e-6);
  });

  it('passes no gradient to the style', () => {
    const [a, b] = gradients(loss, style);
    if (a === undefined || b === undefined) throw new Error('no gradient');
    const values = evaluate({ a, b }, feeds);
    expect([...values.a, ...values.b].every((v) => v === 0)).toBe(true);
  });

  it('keeps a finite gradient where a channel is constant', () => {
    const [gradient] = gradients(loss, own.slice(1));
    if (gradient === undefined) throw new Error('no gradient');
    const values = evaluate({ gradient }, { ...feeds, own1: new Float32Array(24).fill(0.5) }).gradient;
    expect(values.every(Number.isFinite)).toBe(true);
  });
});
