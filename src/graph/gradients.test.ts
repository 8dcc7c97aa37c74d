import { describe, expect, it } from 'vitest';
import { weightedSum } from '../../test/helpers/graphs.ts';
import { expectClose, finiteDifferences, uniform } from '../../test/helpers/numbers.ts';
import { ShapeError } from '../errors.ts';
import { sum } from './composed.ts';
import { evaluate } from './evaluate.ts';
import { gradients } from './gradients.ts';
import { reduceSum } from './ops/broadcast.ts';
import { add, exp, mul, relu, sqrt, sub } from './ops/elementwise.ts';
import { conv, matmul } from './ops/linear.ts';
import { constant, input, stopGradient } from './ops/sources.ts';
import { print } from './inspect.ts';
import { elementCount } from './shape.ts';
import { type Tensor, topologicalOrder } from './tensor.ts';

/** The gradients under the names of their inputs. */
function gradientsOf(loss: Tensor, parameters: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  const found = gradients(loss, Object.values(parameters));
  return Object.fromEntries(
    Object.keys(parameters).map((name, i) => [name, found[i] ?? constant([Number.NaN], [])]),
  );
}

/** Nodes that `build` makes but no result needs, found by their consecutive numbers. */
function unusedNodes(build: () => readonly Tensor[]): string[] {
  const before = constant([0], []).id;
  const used = new Set(topologicalOrder(build()).map(({ id }) => id));
  const after = constant([0], []).id;
  return Array.from({ length: after - before - 1 }, (_, i) => before + 1 + i)
    .filter((id) => !used.has(id))
    .map((id) => `%${id}`);
}

describe('gradients', () => {
  it('refuses a loss that is not one number', () => {
    const x = input('x', [2, 3]);
    expect(() => gradients(x, [x])).toThrow(ShapeError);
    expect(() => gradients(x, [x])).toThrow(
      'expected a loss with one element for gradients but received [2, 3]; take its sum or mean first',
    );
  });

  it('takes a loss of one element whatever its rank', () => {
    const x = input('x', [1, 1]);
    const { x: gradient } = gradientsOf(mul(x, x), { x });
    expect(gradient?.shape).toEqual([1, 1]);
    expect(evaluate({ g: gradient ?? x }, { x: [3] }).g).toEqual(Float64Array.of(6));
  });

  it('gives zeros of its shape to a parameter that the loss does not depend on', () => {
    const [x, other] = [input('x', [2]), input('other', [3, 1])];
    expect(print(gradientsOf(sum(x), { x, other }))).toMatchInlineSnapshot(`
      "%0 = constant() { 1 } : []
      %1 = reshape(%0) { shape: [1] } : [1]
      %2 = expand(%1) { shape: [2] } : [2]
      %3 = constant() { 0, 0, 0 } : [3, 1]
      x: %2
      other: %3"
    `);
  });

  it('gives one to the loss itself, and follows no other parameter', () => {
    const x = input('x', []);
    const loss = exp(x);
    expect(evaluate(gradientsOf(loss, { loss, x }), { x: [0.5] })).toEqual({
      loss: Float64Array.of(1),
      x: Float64Array.of(Math.exp(0.5)),
    });
  });

  it('gives the gradient of an intermediate node', () => {
    const x = input('x', [2]);
    const middle = mul(x, x);
    const values = evaluate(gradientsOf(sum(mul(middle, 3)), { middle, x }), { x: [1, -2] });
    expect(values).toEqual({ middle: Float64Array.of(3, 3), x: Float64Array.of(6, -12) });
  });

  it('adds up the gradients of all uses', () => {
    const x = input('x', [3]);
    const shared = exp(x);
    const loss = weightedSum(add(mul(shared, x), add(shared, mul(shared, shared))), 5);
    const feeds = { x: uniform(1, 3) };
    const differences = finiteDifferences((at) => evaluate({ loss }, at).loss[0] ?? 0, feeds, 'x');
    expectClose(evaluate(gradientsOf(loss, { x }), feeds).x, differences, 1e-7);
  });

  it('differentiates a shared node once', () => {
    const x = input('x', [2]);
    const shared = exp(x);
    expect(print(gradientsOf(sum(add(shared, mul(shared, 2))), { x }))).toMatchInlineSnapshot(`
      "%0 = constant() { 1 } : []
      %1 = reshape(%0) { shape: [1] } : [1]
      %2 = expand(%1) { shape: [2] } : [2]
      %3 = constant() { 2 } : []
      %4 = mul(%2, %3) : [2]
      %5 = add(%2, %4) : [2]
      %6 = input() { name: x } : [2]
      %7 = exp(%6) : [2]
      %8 = mul(%5, %7) : [2]
      x: %8"
    `);
  });

  it('does not pass stopGradient', () => {
    const [x, y] = [input('x', [2]), input('y', [2])];
    const frozen = stopGradient(mul(x, y));
    const values = evaluate(gradientsOf(sum(mul(frozen, y)), { x, y }), { x: [1, 2], y: [3, 4] });
    expect(values).toEqual({ x: Float64Array.of(0, 0), y: Float64Array.of(3, 8) });
  });

  it('reaches a parameter that is a stopGradient itself', () => {
    const x = input('x', [2]);
    const style = stopGradient(mul(x, x));
    const values = evaluate(gradientsOf(sum(mul(style, 2)), { style, x }), { x: [1, 2] });
    expect(values).toEqual({ style: Float64Array.of(2, 2), x: Float64Array.of(0, 0) });
  });

  it('leaves no dead branch in the order of evaluation', () => {
    const [x, w] = [input('x', [2, 2]), input('w', [2, 2])];
    const hidden = relu(matmul(x, w));
    const unused = exp(hidden);
    const loss = sum(hidden);
    const [gx] = gradients(loss, [x]);
    const order = topologicalOrder(gx === undefined ? [] : [gx, gx]);
    expect(order.at(-1)).toBe(gx);
    expect(new Set(order).size).toBe(order.length);
    expect(order).not.toContain(unused);
    expect(order).not.toContain(loss);
    for (const [i, node] of order.entries()) {
      for (const x of node.inputs) expect(order.slice(0, i)).toContain(x);
    }
  });
});

describe('frozen weights', () => {
  const photo = input('photo', [2, 1, 5, 4]);
  const kernels = [constant(uniform(1, 18), [2, 1, 3, 3]), constant(uniform(2, 36), [2, 2, 3, 3])] as const;
  const network = (first: Tensor, second: Tensor) =>
    sum(conv(relu(conv(photo, first, undefined, [1, 1, 1, 1])), second));

  it('cost no weight gradients: only convolutions and masks lead back to the picture', () => {
    expect(print(gradientsOf(network(...kernels), { photo }))).toMatchInlineSnapshot(`
      "%0 = constant() { 1 } : []
      %1 = reshape(%0) { shape: [1, 1, 1, 1] } : [1, 1, 1, 1]
      %2 = expand(%1) { shape: [2, 2, 3, 2] } : [2, 2, 3, 2]
      %3 = constant() : [2, 2, 3, 3]
      %4 = flipKernel(%3) : [2, 2, 3, 3]
      %5 = conv(%2, %4) { pads: [2, 2, 2, 2] } : [2, 2, 5, 4]
      %6 = input() { name: photo } : [2, 1, 5, 4]
      %7 = constant() : [2, 1, 3, 3]
      %8 = conv(%6, %7) { pads: [1, 1, 1, 1] } : [2, 2, 5, 4]
      %9 = relu(%8) : [2, 2, 5, 4]
      %10 = positive(%9) : [2, 2, 5, 4]
      %11 = mul(%5, %10) : [2, 2, 5, 4]
      %12 = flipKernel(%7) : [1, 2, 3, 3]
      %13 = conv(%11, %12) { pads: [1, 1, 1, 1] } : [2, 1, 5, 4]
      photo: %13"
    `);
  });

  it('build nothing that the gradient does not use', () => {
    const loss = network(...kernels);
    expect(unusedNodes(() => gradients(loss, [photo]))).toEqual([]);
    const style = stopGradient(mul(photo, photo));
    const distance = sum(mul(style, sub(style, photo)));
    expect(unusedNodes(() => gradients(distance, [photo]))).toEqual([]);
  });

  it('would cost im2col and a matrix product if they were parameters', () => {
    const [first, second] = [input('first', [2, 1, 3, 3]), input('second', [2, 2, 3, 3])];
    const loss = network(first, second);
    const weightGradient = /matmul|concat|padZeros|slice/;
    expect(print(gradientsOf(loss, { photo }))).not.toMatch(weightGradient);
    expect(print(gradientsOf(loss, { second }))).toMatch(weightGradient);
    expect(print(gradientsOf(loss, { second }))).not.toContain('flipKernel');
  });
});

describe('gradient penalty', () => {
  it('has weight gradients that agree with finite differences', () => {
    const shapes = { x: [4, 3], w1: [3, 5], b1: [5], w2: [5, 4], b2: [4], w3: [4, 1] } as const;
    const seeds = { x: 1, w1: 2, b1: 3, w2: 4, b2: 5, w3: 6 };
    const [x, w1, b1] = [input('x', shapes.x), input('w1', shapes.w1), input('b1', shapes.b1)];
    const [w2, b2, w3] = [input('w2', shapes.w2), input('b2', shapes.b2), input('w3', shapes.w3)];
    const critic = (at: Tensor) => matmul(relu(add(matmul(relu(add(matmul(at, w1), b1)), w2), b2)), w3);

    const [slope = x] = gradients(sum(critic(x)), [x]);
    const norms = sqrt(reduceSum(mul(slope, slope), [1]));
    const distance = sub(norms, 1);
    const penalty = mul(sum(mul(distance, distance)), 1 / 4);

    const feeds = Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [
        name,
        uniform(seeds[name as keyof typeof seeds], elementCount(shape)),
      ]),
    );
    const actual = evaluate(gradientsOf(penalty, { w1, w2, w3, b1, x }), feeds);
    const value = (at: typeof feeds) => evaluate({ penalty }, at).penalty[0] ?? Number.NaN;
    for (const name of ['w1', 'w2', 'w3']) {
      expect(actual[name]?.some((g) => Math.abs(g) > 0.01)).toBe(true);
      expectClose(
        actual[name],
        finiteDifferences((at) => value(at as typeof feeds), feeds, name, 1e-5),
        1e-6,
      );
    }
    // A network of ReLUs is piecewise linear: neither the bias nor the place changes its slope.
    expect(actual.b1).toEqual(new Float64Array(5));
    expect(actual.x).toEqual(new Float64Array(12));
  });
});
