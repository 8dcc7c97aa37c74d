import { expect, test } from 'vitest';
import { layerPairs } from './layer-pairs.ts';

test('pairs layers in order', () => {
  expect(layerPairs(['a', 'b'], ['c', 'd'], 'a loss')).toEqual([
    ['a', 'c'],
    ['b', 'd'],
  ]);
});

test('refuses lists of different length', () => {
  expect(() => layerPairs([1, 2], [1], 'moments loss')).toThrow(
    'expected 2 layers to compare with for moments loss but received 1',
  );
});
