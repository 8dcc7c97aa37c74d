import { expect, it } from 'vitest';
import { ShapeError } from '../errors.ts';
import { evaluate } from './evaluate.ts';
import { add, div, exp, mul } from './ops/elementwise.ts';
import { constant, input } from './ops/sources.ts';

const x = input('x', [2, 2]);

it('computes every output under its name, in float64', () => {
  const third = div(x, 3);
  expect(evaluate({ third, x, sum: add(third, x) }, { x: [1, 2, 3, 4] })).toEqual({
    third: Float64Array.of(1 / 3, 2 / 3, 1, 4 / 3),
    x: Float64Array.of(1, 2, 3, 4),
    sum: Float64Array.of(1 / 3 + 1, 2 / 3 + 2, 4, 4 / 3 + 4),
  });
});

it('takes numbers of any array', () => {
  const feeds = [1, 0.5, 0, -1];
  const results = [feeds, Float32Array.from(feeds), Float64Array.from(feeds)].map(
    (data) => evaluate({ y: exp(x) }, { x: data }).y,
  );
  expect(results[1]).toEqual(results[0]);
  expect(results[2]).toEqual(results[0]);
});

it('rounds constants to float32, as they are stored', () => {
  expect(evaluate({ y: constant([0.1], []) }).y).toEqual(Float64Array.of(Math.fround(0.1)));
});

it('does not let a result share memory with its feed', () => {
  const feed = Float64Array.of(1, 2, 3, 4);
  const { y } = evaluate({ y: x }, { x: feed });
  y[0] = 9;
  expect(feed[0]).toBe(1);
});

it('names an input that is missing', () => {
  expect(() => evaluate({ y: mul(x, 2) })).toThrow(ShapeError);
  expect(() => evaluate({ y: mul(x, 2) }, { z: [1, 2, 3, 4] })).toThrow(
    'expected 4 values of shape [2, 2] for input x but received none',
  );
});

it('names an input of the wrong size', () => {
  expect(() => evaluate({ y: mul(x, 2) }, { x: [1, 2, 3] })).toThrow(
    'expected 4 values of shape [2, 2] for input x but received 3',
  );
});
