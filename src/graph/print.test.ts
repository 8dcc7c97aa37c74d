import { expect, it } from 'vitest';
import { add, mul, relu } from './ops/elementwise.ts';
import { slice } from './ops/layout.ts';
import { conv } from './ops/linear.ts';
import { constant, input } from './ops/sources.ts';
import { reflectPad } from './ops/spatial.ts';
import { print } from './print.ts';

it('writes one line for each node, inputs before users, then the outputs', () => {
  const photo = input('photo', [1, 3, 6, 6]);
  const kernel = constant(new Float32Array(8 * 3 * 9), [8, 3, 3, 3]);
  const features = relu(conv(reflectPad(photo, 1), kernel, constant(new Float32Array(8), [8])));
  const corner = slice(features, [0, 0, 0, 0], [1, 8, 2, 2]);
  expect(print({ features, corner })).toMatchInlineSnapshot(`
    "%0 = input() { name: photo } : [1, 3, 6, 6]
    %1 = reflectPad(%0) { size: 1 } : [1, 3, 8, 8]
    %2 = constant() : [8, 3, 3, 3]
    %3 = constant() : [8]
    %4 = conv(%1, %2, %3) { pads: [0, 0, 0, 0] } : [1, 8, 6, 6]
    %5 = relu(%4) : [1, 8, 6, 6]
    %6 = slice(%5) { starts: [0, 0, 0, 0], ends: [1, 8, 2, 2] } : [1, 8, 2, 2]
    features: %5
    corner: %6"
  `);
});

it('writes the values of small constants only', () => {
  const sum = add(constant([1, -2.5, 3, 4], [2, 2]), constant([1, 2, 3, 4, 5, 6], [3, 1, 2]));
  expect(print({ sum })).toMatchInlineSnapshot(`
    "%0 = constant() { 1, -2.5, 3, 4 } : [2, 2]
    %1 = constant() : [3, 1, 2]
    %2 = add(%0, %1) : [3, 2, 2]
    sum: %2"
  `);
});

it('writes a shared node once, and a node under every name that it has', () => {
  const x = input('x', [2]);
  const square = mul(x, x);
  expect(print({ square, again: square, x })).toMatchInlineSnapshot(`
    "%0 = input() { name: x } : [2]
    %1 = mul(%0, %0) : [2]
    square: %1
    again: %1
    x: %0"
  `);
});

it('gives equal text to graphs that are built alike', () => {
  const build = (scale: number) => print({ y: mul(input('x', [2]), scale) });
  expect(build(2)).toBe(build(2));
  expect(build(2)).not.toBe(build(3));
});
