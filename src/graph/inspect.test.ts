import { expect, it, test } from 'vitest';
import { add, mul, relu } from './ops/elementwise.ts';
import { slice } from './ops/layout.ts';
import { conv, matmul } from './ops/linear.ts';
import { constant, input } from './ops/sources.ts';
import { reflectPad } from './ops/spatial.ts';
import { print, floatingPointOperations } from './inspect.ts';
import { gradients } from './gradients.ts';
import { square, sum } from './composed.ts';

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

test('counts 2·M·K·N of a matrix product and 2·N·O·H·W·I·kH·kW of a convolution', () => {
  const product = matmul(input('a', [5, 2, 3]), input('b', [3, 4]));
  expect(floatingPointOperations({ product })).toBe(2 * 5 * 2 * 3 * 4);
  const picture = conv(input('x', [2, 3, 8, 9]), input('w', [4, 3, 3, 3]), input('b', [4]));
  expect(floatingPointOperations({ picture })).toBe(2 * 2 * 4 * 6 * 7 * 3 * 3 * 3);
});

test('counts shared work once and skips work that no output needs', () => {
  const [x, w] = [input('x', [1, 2, 6, 6]), input('w', [2, 2, 3, 3])];
  const [once, again] = [conv(x, w), conv(x, w)];
  expect(floatingPointOperations({ once, again })).toBe(floatingPointOperations({ once }));
  const fixed = conv(x, constant(new Float32Array(36).fill(1), [2, 2, 3, 3]));
  const [slope = x] = gradients(sum(square(fixed)), [x]);
  // Forward on 4×4 and the input gradient on 6×6; a trained kernel would add its own gradient.
  expect(floatingPointOperations({ slope })).toBe(2 * (2 * 16 + 2 * 36) * 2 * 9);
});
