import { describe, expect, it } from 'vitest';
import { randomFeeds } from '../../test/helpers/graphs.ts';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { sum } from './composed.ts';
import { evaluate } from './evaluate.ts';
import { gradients } from './gradients.ts';
import { expand, reduceSum } from './ops/broadcast.ts';
import { add, div, equal, exp, minimum, mul, neg, relu, sub } from './ops/elementwise.ts';
import { concat, reshape, transpose } from './ops/layout.ts';
import { conv, softmax } from './ops/linear.ts';
import { constant, input, stopGradient } from './ops/sources.ts';
import { maxPool, reflectPad } from './ops/spatial.ts';
import { print } from './inspect.ts';
import { simplify } from './simplify.ts';
import { type Outputs, topologicalOrder } from './tensor.ts';

const x = input('x', [2, 3]);
const y = input('y', [3]);

/** Text of the simplified graph, after a check that it keeps the names, shapes and values of the original. */
function simplified(outputs: Outputs): string {
  const result = simplify(outputs);
  expect(Object.keys(result)).toEqual(Object.keys(outputs));
  const feeds = randomFeeds(outputs, 1);
  const [before, after] = [evaluate(outputs, feeds), evaluate(result, feeds)];
  for (const name in outputs) {
    expect(result[name]?.shape).toEqual(outputs[name]?.shape);
    expectClose(after[name], before[name], 1e-6);
  }
  return print(result);
}

/** Number of nodes, after the same checks. */
function sizeOf(outputs: Outputs): number {
  simplified(outputs);
  return topologicalOrder(Object.values(simplify(outputs))).length;
}

describe('constant folding', () => {
  it('computes what needs no input', () => {
    const scale = div(add(constant([1, 2], [2]), 3), constant([2, 4], [2]));
    expect(simplified({ scale })).toMatchInlineSnapshot(`
      "%0 = constant() { 2, 1.25 } : [2]
      scale: %0"
    `);
  });

  it('multiplies constants, whichever comes first', () => {
    const product = mul(mul(constant([2], []), constant([3], [])), constant([4, 5], [2]));
    expect(simplified({ product, more: mul(x, mul(2, constant([3], []))) })).toMatchInlineSnapshot(`
      "%0 = constant() { 24, 30 } : [2]
      %1 = input() { name: x } : [2, 3]
      %2 = constant() { 6 } : []
      %3 = mul(%1, %2) : [2, 3]
      product: %0
      more: %3"
    `);
  });

  it('stops at 4096 elements', () => {
    expect(simplified({ most: expand(constant([1], [1]), [4096]) })).toMatchInlineSnapshot(`
      "%0 = constant() : [4096]
      most: %0"
    `);
    expect(simplified({ tooMany: expand(constant([1], [1]), [4097]) })).toMatchInlineSnapshot(`
      "%0 = constant() { 1 } : [1]
      %1 = expand(%0) { shape: [4097] } : [4097]
      tooMany: %1"
    `);
  });

  it('folds more elements if a constant was that large already', () => {
    const large = constant(uniform(1, 5000), [5000]);
    expect(simplified({ doubled: add(large, large) })).toMatchInlineSnapshot(`
      "%0 = constant() : [5000]
      doubled: %0"
    `);
  });

  it('leaves nodes that depend on an input', () => {
    expect(simplified({ z: add(exp(constant([0, 1, 2], [3])), x) })).toMatchInlineSnapshot(`
      "%0 = constant() { 1, 2.7182817459106445, 7.389056205749512 } : [3]
      %1 = input() { name: x } : [2, 3]
      %2 = add(%0, %1) : [2, 3]
      z: %2"
    `);
  });
});

describe('shared nodes', () => {
  it('joins equal computations', () => {
    expect(simplified({ z: add(exp(mul(x, y)), exp(mul(x, y))) })).toMatchInlineSnapshot(`
      "%0 = input() { name: x } : [2, 3]
      %1 = input() { name: y } : [3]
      %2 = mul(%0, %1) : [2, 3]
      %3 = exp(%2) : [2, 3]
      %4 = add(%3, %3) : [2, 3]
      z: %4"
    `);
  });

  it('joins them through their inputs, also inputs of one name', () => {
    const again = input('x', [2, 3]);
    expect(simplified({ a: relu(exp(x)), b: relu(exp(again)) })).toMatchInlineSnapshot(`
      "%0 = input() { name: x } : [2, 3]
      %1 = exp(%0) : [2, 3]
      %2 = relu(%1) : [2, 3]
      a: %2
      b: %2"
    `);
  });

  it('tells attributes apart', () => {
    const square = input('square', [2, 2, 2]);
    expect(
      sizeOf({ a: transpose(square, [1, 0, 2]), b: transpose(square, [0, 2, 1]), c: reduceSum(square, [0]) }),
    ).toBe(4);
    expect(sizeOf({ a: reshape(square, [8]), b: reshape(square, [4, 2]) })).toBe(3);
  });

  it('tells the order of inputs apart', () => {
    expect(sizeOf({ a: sub(x, y), b: sub(y, x), c: sub(x, y) })).toBe(4);
  });

  it('joins constants by value and shape', () => {
    const [x16, x17] = [input('x', [16]), input('x', [17])];
    const small = () => constant(uniform(1, 16), [16]);
    const large = () => constant(uniform(1, 17), [17]);
    const other = constant(
      uniform(1, 17).map((value, i) => (i === 9 ? -value : value)),
      [17],
    );
    expect(sizeOf({ a: add(x16, small()), b: mul(x16, small()) })).toBe(4);
    expect(sizeOf({ a: add(x, constant([2], [])), b: add(x, constant([2], [1])) })).toBe(5);
    expect(sizeOf({ a: add(x17, large()), b: mul(x17, large()) })).toBe(4);
    expect(sizeOf({ a: add(x17, large()), b: mul(x17, other) })).toBe(5);
  });

  it('does not join 0, −0, NaN and infinities', () => {
    const numbers = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const outputs = Object.fromEntries(numbers.map((number, i) => [`${i}`, div(y, number)]));
    const feeds = { y: [1, 1, 1] };
    const results = Object.values(evaluate(simplify(outputs), feeds)).map((values) => values[0]);
    expect(results).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 0, -0]);
  });
});

describe('stretched copies', () => {
  it('are dropped before elementwise operations that broadcast themselves', () => {
    expect(simplified({ z: mul(x, expand(y, [2, 3])) })).toMatchInlineSnapshot(`
      "%0 = input() { name: x } : [2, 3]
      %1 = input() { name: y } : [3]
      %2 = mul(%0, %1) : [2, 3]
      z: %2"
    `);
  });

  it('stay if nothing else has the shape', () => {
    expect(simplified({ z: add(expand(y, [2, 3]), y) })).toMatchInlineSnapshot(`
      "%0 = input() { name: y } : [3]
      %1 = expand(%0) { shape: [2, 3] } : [2, 3]
      %2 = add(%1, %0) : [2, 3]
      z: %2"
    `);
    expect(simplified({ z: mul(expand(y, [2, 3]), expand(y, [2, 3])) })).toMatchInlineSnapshot(`
      "%0 = input() { name: y } : [3]
      %1 = expand(%0) { shape: [2, 3] } : [2, 3]
      %2 = mul(%0, %1) : [2, 3]
      z: %2"
    `);
  });

  it('are dropped on both sides if the two stretch each other', () => {
    const [row, column] = [input('row', [1, 3]), input('column', [2, 1])];
    expect(simplified({ z: equal(expand(row, [2, 3]), expand(column, [2, 3])) })).toMatchInlineSnapshot(`
      "%0 = input() { name: row } : [1, 3]
      %1 = input() { name: column } : [2, 1]
      %2 = equal(%0, %1) : [2, 3]
      z: %2"
    `);
  });

  it('stay before operations that do not broadcast', () => {
    expect(simplified({ z: concat([x, expand(y, [2, 3])], 0) })).toMatchInlineSnapshot(`
      "%0 = input() { name: x } : [2, 3]
      %1 = input() { name: y } : [3]
      %2 = expand(%1) { shape: [2, 3] } : [2, 3]
      %3 = concat(%0, %2) { axis: 0 } : [4, 3]
      z: %3"
    `);
  });
});

describe('no-ops', () => {
  it('merges reshapes, and drops those that change nothing', () => {
    expect(
      simplified({
        merged: reshape(reshape(reshape(x, [6]), [3, 2]), [1, 6]),
        back: reshape(reshape(x, [6]), [2, 3]),
        same: exp(reshape(y, [3])),
      }),
    ).toMatchInlineSnapshot(`
      "%0 = input() { name: x } : [2, 3]
      %1 = reshape(%0) { shape: [1, 6] } : [1, 6]
      %2 = input() { name: y } : [3]
      %3 = exp(%2) : [3]
      merged: %1
      back: %0
      same: %3"
    `);
  });

  it('merges transpositions, and drops those that cancel', () => {
    const cube = input('cube', [2, 3, 4]);
    expect(
      simplified({
        merged: transpose(transpose(cube, [1, 2, 0]), [0, 2, 1]),
        back: exp(transpose(transpose(cube, [1, 2, 0]), [2, 0, 1])),
        same: neg(transpose(cube, [0, 1, 2])),
      }),
    ).toMatchInlineSnapshot(`
      "%0 = input() { name: cube } : [2, 3, 4]
      %1 = transpose(%0) { permutation: [1, 0, 2] } : [3, 2, 4]
      %2 = exp(%0) : [2, 3, 4]
      %3 = neg(%0) : [2, 3, 4]
      merged: %1
      back: %2
      same: %3"
    `);
  });

  it('drops negation twice and stopGradient', () => {
    expect(simplified({ a: exp(neg(neg(x))), b: relu(stopGradient(x)) })).toMatchInlineSnapshot(`
      "%0 = input() { name: x } : [2, 3]
      %1 = exp(%0) : [2, 3]
      %2 = relu(%0) : [2, 3]
      a: %1
      b: %2"
    `);
  });

  it('drops neutral elements on either side', () => {
    const ones = constant([1, 1, 1], [3]);
    expect(simplified({ z: div(mul(ones, mul(sub(add(0, add(x, 0)), 0), 1)), 1) })).toMatchInlineSnapshot(`
      "%0 = input() { name: x } : [2, 3]
      z: %0"
    `);
  });

  it('keeps neutral elements that stretch, and those on a side where they are not neutral', () => {
    expect(simplified({ wide: mul(y, constant([1, 1], [2, 1])) })).toMatchInlineSnapshot(`
      "%0 = input() { name: y } : [3]
      %1 = constant() { 1, 1 } : [2, 1]
      %2 = mul(%0, %1) : [2, 3]
      wide: %2"
    `);
    expect(sizeOf({ z: minimum(x, 0) })).toBe(3);
    expect(sizeOf({ z: minimum(1, x) })).toBe(3);
    expect(sizeOf({ z: equal(x, 0) })).toBe(3);
    expect(sizeOf({ z: mul(x, 0) })).toBe(3);
    expect(sizeOf({ z: sub(x, 1) })).toBe(3);
    expect(simplified({ a: sub(0, x), b: div(1, add(x, 3)) })).toMatchInlineSnapshot(`
      "%0 = constant() { 0 } : []
      %1 = input() { name: x } : [2, 3]
      %2 = sub(%0, %1) : [2, 3]
      %3 = constant() { 1 } : []
      %4 = constant() { 3 } : []
      %5 = add(%1, %4) : [2, 3]
      %6 = div(%3, %5) : [2, 3]
      a: %2
      b: %6"
    `);
  });

  it('joins several scalings into one and puts constant factors last', () => {
    expect(simplified({ z: mul(3, mul(mul(2, x), 0.25)) })).toMatchInlineSnapshot(`
      "%0 = input() { name: x } : [2, 3]
      %1 = constant() { 1.5 } : []
      %2 = mul(%0, %1) : [2, 3]
      z: %2"
    `);
    expect(simplified({ z: mul(mul(2, x), 0.5) })).toMatchInlineSnapshot(`
      "%0 = input() { name: x } : [2, 3]
      z: %0"
    `);
  });

  it('does not join scalings by more than one number', () => {
    expect(simplified({ z: mul(mul(x, constant([1, 2, 3], [3])), 2) })).toMatchInlineSnapshot(`
      "%0 = input() { name: x } : [2, 3]
      %1 = constant() { 1, 2, 3 } : [3]
      %2 = mul(%0, %1) : [2, 3]
      %3 = constant() { 2 } : []
      %4 = mul(%2, %3) : [2, 3]
      z: %4"
    `);
  });
});

describe('outputs', () => {
  it('may be inputs or constants, and aliases of each other', () => {
    expect(
      simplified({ x, same: add(x, 0), two: constant([2], []), a: exp(x), b: exp(x) }),
    ).toMatchInlineSnapshot(`
      "%0 = input() { name: x } : [2, 3]
      %1 = constant() { 2 } : []
      %2 = exp(%0) : [2, 3]
      x: %0
      same: %0
      two: %1
      a: %2
      b: %2"
    `);
  });

  it('lose inputs that were simplified away', () => {
    const flat = gradients(sum(mul(x, 2)), [x]);
    expect(simplified({ gradient: flat[0] ?? x })).toMatchInlineSnapshot(`
      "%0 = constant() : [2, 3]
      gradient: %0"
    `);
  });
});

it('keeps the values of a whole gradient graph, and one pass is enough', () => {
  const photo = input('photo', [2, 2, 5, 4]);
  const kernel = input('kernel', [3, 2, 3, 3]);
  const features = maxPool(relu(conv(reflectPad(photo, 1), kernel, input('bias', [3]))));
  const loss = mul(sum(softmax(mul(features, features))), 1 / 36);
  const [photoGradient = photo, kernelGradient = kernel] = gradients(add(loss, sum(features)), [
    photo,
    kernel,
  ]);
  const outputs = { loss, photoGradient, kernelGradient };
  const once = simplified(outputs);
  expect(print(simplify(simplify(outputs)))).toBe(once);
  expect(sizeOf(outputs)).toBeLessThan(topologicalOrder(Object.values(outputs)).length);
});
