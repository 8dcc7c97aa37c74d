import { expect, it } from 'vitest';
import { weightedSum } from '../../test/helpers/graphs.ts';
import { expectClose, finiteDifferences, uniform } from '../../test/helpers/numbers.ts';
import {
  channelStatistics,
  flattenPositions,
  mean,
  meanOver,
  meanSquaredError,
  normalise,
  safeSqrt,
  sum,
  total,
} from './composed.ts';
import { evaluate } from './evaluate.ts';
import { gradients } from './gradients.ts';
import { input } from './ops/sources.ts';

const x = input('x', [2, 3]);
const feeds = { x: [1, 2, 3, 4, 5, 9] };

it('sums and averages all elements to a scalar', () => {
  const outputs = { sum: sum(x), mean: mean(x), scalar: sum(sum(x)) };
  expect(Object.values(outputs).map(({ shape }) => shape)).toEqual([[], [], []]);
  const values = evaluate(outputs, feeds);
  expectClose(values.sum, [24], 1e-12);
  expectClose(values.mean, [4], 1e-6);
  expectClose(values.scalar, [24], 1e-12);
});

it('averages over axes, which stay', () => {
  const outputs = { rows: meanOver(x, [1]), columns: meanOver(x, [0]), all: meanOver(x, [0, 1]) };
  expect(Object.values(outputs).map(({ shape }) => shape)).toEqual([
    [2, 1],
    [1, 3],
    [1, 1],
  ]);
  const values = evaluate(outputs, feeds);
  expectClose(values.rows, [2, 6], 1e-6);
  expectClose(values.columns, [2.5, 3.5, 6], 1e-6);
  expectClose(values.all, [4], 1e-6);
});

it('averages squared differences', () => {
  const y = input('y', [3]);
  expectClose(evaluate({ e: meanSquaredError(x, y) }, { ...feeds, y: [1, 2, 3] }).e, [54 / 6], 1e-6);
});

it('adds up tensors', () => {
  expectClose(evaluate({ z: total([x, x, x]) }, feeds).z, [3, 6, 9, 12, 15, 27], 1e-12);
  expect(total([x])).toBe(x);
  expect(evaluate({ z: total([]) }).z).toEqual(Float64Array.of(0));
});

it('has the mean and unbiased deviation of each channel', () => {
  const features = input('features', [1, 2, 2, 2]);
  const statistics = channelStatistics(features);
  const values = evaluate({ ...statistics }, { features: [1, 1, 3, 3, 5, 5, 5, 5] });
  expect(statistics.deviation.shape).toEqual([1, 2, 1, 1]);
  expectClose(values.mean, [2, 5], 1e-7);
  expectClose(values.deviation, [Math.sqrt(4 / 3 + 1e-5), Math.sqrt(1e-5)], 1e-7);
});

it('normalises each channel to mean 0 and variance 1, flat ones to 0', () => {
  const features = input('features', [1, 2, 2, 2]);
  const { z } = evaluate({ z: normalise(features) }, { features: [1, 1, 3, 3, 5, 5, 5, 5] });
  const one = Math.sqrt(3 / 4);
  expectClose(z, [-one, -one, one, one, 0, 0, 0, 0], 1e-5);
});

it('differentiates through the statistics', () => {
  const features = input('features', [2, 2, 2, 3]);
  const loss = weightedSum(normalise(features), 1);
  const [gradient = features] = gradients(loss, [features]);
  const values = { features: uniform(1, 24) };
  const differences = finiteDifferences((at) => evaluate({ loss }, at).loss[0] ?? 0, values, 'features');
  expectClose(evaluate({ gradient }, values).gradient, differences, 1e-6);
});

it('flattens positions in reading order', () => {
  const features = input('features', [1, 2, 2, 2]);
  const flat = flattenPositions(features);
  expect(flat.shape).toEqual([1, 2, 4]);
  expect(() => flattenPositions(x)).toThrow('expected [N, C, H, W] for features but received [2, 3]');
});

it('takes roots of zero with a finite slope', () => {
  const value = input('value', [2]);
  const root = safeSqrt(value, 1 / 4);
  const [slope = value] = gradients(sum(root), [value]);
  expect(evaluate({ root, slope }, { value: [0, 2] })).toEqual({
    root: Float64Array.of(0.5, 1.5),
    slope: Float64Array.of(1, 1 / 3),
  });
});
