import { expect, it } from 'vitest';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { mse, normalise, plain, statistics } from '../../test/helpers/plain.ts';
import { channelStatistics } from '../graph/composed.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import { contentDisentanglement, styleDisentanglement } from './disentanglement.ts';

const SHAPE = [2, 3, 4, 5] as const;
const [a, b] = [input('a', SHAPE), input('b', SHAPE)];
const feeds = { a: uniform(1, 120, 0, 2), b: uniform(2, 120, 0, 3) };
const [first, second] = [plain(...SHAPE, feeds.a), plain(...SHAPE, feeds.b)];

it('compares normalised features of one content, and statistics of one style', () => {
  const content = mse(normalise(first).data, normalise(second).data);
  const [one, other] = [statistics(first), statistics(second)];
  const style = mse(one.mean, other.mean) + mse(one.deviation, other.deviation);
  const stats = [channelStatistics(a), channelStatistics(b)];
  const values = evaluate(
    {
      content: contentDisentanglement([a, a], [b, b]),
      style: styleDisentanglement(stats.slice(0, 1), stats.slice(1)),
    },
    feeds,
  );
  expectClose(values.content, [2 * content], 1e-6);
  expectClose(values.style, [style], 1e-6);
});

it('moves both paintings', () => {
  const slopes = gradients(contentDisentanglement([a], [b]), [a, b]);
  const [ofA, ofB] = slopes;
  if (ofA === undefined || ofB === undefined) throw new Error('two gradients');
  for (const slope of Object.values(evaluate({ ofA, ofB }, feeds))) {
    expect(Math.max(...slope.map(Math.abs))).toBeGreaterThan(1e-4);
  }
});
