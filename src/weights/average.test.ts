import { expect, it } from 'vitest';
import { averageWeights } from './average.ts';
import type { WeightMap } from './safetensors.ts';

const weights = (...values: number[]): WeightMap =>
  new Map([['a', { shape: [values.length], data: Float32Array.from(values) }]]);

it('is the mean of each value', () => {
  const mean = averageWeights([
    { file: 'x', weights: weights(1, -2) },
    { file: 'y', weights: weights(2, 4) },
    { file: 'z', weights: weights(6, 4) },
  ]);
  expect(mean).toEqual(weights(3, 2));
});

it.each([
  [weights(1), 'expected shape [2], as in x, for tensor a but received shape [1] (y)'],
  [new Map(), 'expected shape [2], as in x, for tensor a but received none (y)'],
  [
    new Map([...weights(1, 2), ['b', { shape: [], data: Float32Array.of(1) }] as const]),
    'expected none, as in x, for tensor b but received shape [] (y)',
  ],
])('refuses other tensors in one line', (other, message) => {
  expect(() =>
    averageWeights([
      { file: 'x', weights: weights(1, 2) },
      { file: 'y', weights: other },
    ]),
  ).toThrow(message);
});
