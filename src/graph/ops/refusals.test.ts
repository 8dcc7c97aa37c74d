/** Shapes that each operation refuses. The messages name the operation and the shapes that it received. */

import { describe, expect, it } from 'vitest';
import { ShapeError } from '../../errors.ts';
import { inputOf } from '../op.ts';
import type { Shape } from '../shape.ts';
import type { OpName, Tensor } from '../tensor.ts';
import { expand, reduceSum } from './broadcast.ts';
import { add, div, equal, minimum, mul, type Operand, sub } from './elementwise.ts';
import { concat, flipKernel, padZeros, reshape, slice, transpose } from './layout.ts';
import { gather, scatterAdd } from './gathering.ts';
import { conv, matmul } from './linear.ts';
import { argsort, reorder, restore } from './sorting.ts';
import { constant, input } from './sources.ts';
import { blur, maxPool, reflectFold, reflectPad, sumPool, upsample } from './spatial.ts';
import { opOf } from './table.ts';

type Refusal = readonly [title: string, build: () => Tensor, message: RegExp];

/** Complete by type; operations that accept every shape have no refusals. */
const table: { readonly [K in OpName]: readonly Refusal[] } = {
  input: [],
  constant: [
    ['too few values', () => constant([1], [2]), /expected 2 values for \[2\] for constant but received 1$/],
    [
      'too many values',
      () => constant([1, 2], []),
      /expected 1 values for \[\] for constant but received 2$/,
    ],
  ],
  stopGradient: [],
  add: unbroadcastable('add', add),
  sub: unbroadcastable('sub', sub),
  mul: unbroadcastable('mul', mul),
  div: unbroadcastable('div', div),
  minimum: unbroadcastable('minimum', minimum),
  neg: [],
  exp: [],
  log: [],
  sqrt: [],
  relu: [],
  leakyRelu: [],
  positive: [],
  equal: unbroadcastable('equal', equal),
  reshape: [
    ['another size', () => reshape(x(2, 3), [5]), /expected 6 elements for reshape but received \[5\]/],
    ['a scalar', () => reshape(x(2), []), /expected 2 elements for reshape but received \[\]/],
  ],
  transpose: [
    ['too few axes', () => transpose(x(2, 3, 4), [1, 0]), /permutation of 3 .* transpose .* \[1, 0\]/],
    ['an axis twice', () => transpose(x(2, 3), [1, 1]), /permutation of 2 .* transpose .* \[1, 1\]/],
    ['an unknown axis', () => transpose(x(2, 3), [0, 2]), /transpose but received \[0, 2\]/],
  ],
  slice: [
    ['too few starts', () => slice(x(2, 3), [0], [2, 3]), /bounds inside \[2, 3\] for slice .* \[0\] to/],
    ['too few ends', () => slice(x(2, 3), [0, 0], [2]), /for slice but received \[0, 0\] to \[2\]/],
    ['a negative start', () => slice(x(3), [-1], [2]), /for slice but received \[-1\] to \[2\]/],
    ['an end beyond', () => slice(x(3), [0], [4]), /for slice but received \[0\] to \[4\]/],
    ['nothing', () => slice(x(3), [2], [2]), /for slice but received \[2\] to \[2\]/],
  ],
  padZeros: [
    ['no room', () => padZeros(x(2, 3), [0, 1], [2, 3]), /\[2, 3\] for padZeros .* \[2, 3\] from \[0, 1\]/],
    ['a negative place', () => padZeros(x(2), [-1], [3]), /for padZeros but received \[3\] from \[-1\]/],
    ['another rank', () => padZeros(x(2), [0], [1, 3]), /for padZeros but received \[1, 3\] from \[0\]/],
    ['too few places', () => padZeros(x(2, 2), [0], [3, 3]), /for padZeros but received \[3, 3\] from \[0\]/],
  ],
  concat: [
    ['nothing', () => concat([], 0), /dimension 0 for concat but received none/],
    ['other extents', () => concat([x(2, 3), x(2, 4)], 0), /for concat but received \[2, 3\], \[2, 4\]/],
    ['other ranks', () => concat([x(2, 3), x(2)], 0), /for concat but received \[2, 3\], \[2\]/],
    ['an axis beyond', () => concat([x(2)], 1), /dimension 1 for concat but received \[2\]/],
    ['a negative axis', () => concat([x(2)], -1), /dimension -1 for concat but received \[2\]/],
  ],
  flipKernel: [
    ['a matrix', () => flipKernel(x(2, 3)), /\[N, C, H, W\] for flipKernel but received \[2, 3\]/],
  ],
  gather: [
    ['a matrix', () => gather(x(2, 3), x(1)), /\[N, C, P\] and \[K\] for gather .* \[2, 3\] and \[1\]/],
    ['indices of rank 2', () => gather(x(1, 2, 3), x(1, 1)), /for gather .* \[1, 2, 3\] and \[1, 1\]/],
  ],
  scatterAdd: [
    ['a matrix', () => scatterAdd(x(2, 3), x(3), 4), /for scatterAdd but received \[2, 3\] and \[3\]/],
    ['indices of rank 0', () => scatterAdd(x(1, 2, 3), x(), 4), /for scatterAdd .* \[1, 2, 3\] and \[\]/],
    ['too few indices', () => scatterAdd(x(1, 2, 3), x(2), 4), /for scatterAdd .* \[1, 2, 3\] and \[2\]/],
  ],
  argsort: [['a scalar', () => argsort(x()), /one axis or more for argsort but received \[\]/]],
  reorder: [
    ['other shapes', () => reorder(x(2, 3), x(3)), /one shape for reorder .* \[2, 3\] and \[3\]/],
    ['scalars', () => reorder(x(), x()), /one shape for reorder but received \[\] and \[\]/],
  ],
  restore: [
    ['other shapes', () => restore(x(2, 3), x(3)), /one shape for restore .* \[2, 3\] and \[3\]/],
    ['scalars', () => restore(x(), x()), /one shape for restore but received \[\] and \[\]/],
  ],
  expand: [
    ['another extent', () => expand(x(2), [3]), /broadcast for expand but received \[2\] and \[3\]/],
    ['a smaller shape', () => expand(x(2, 3), [1, 3]), /that \[2, 3\] stretches to .* expand .* \[1, 3\]/],
    ['a lower rank', () => expand(x(1, 3), [3]), /that \[1, 3\] stretches to .* expand .* \[3\]/],
  ],
  reduceSum: [
    ['no axis', () => reduceSum(x(2, 3), []), /axes of \[2, 3\] for reduceSum but received \[\]/],
    ['an axis beyond', () => reduceSum(x(2, 3), [0, 2]), /for reduceSum but received \[0, 2\]/],
    ['a negative axis', () => reduceSum(x(2, 3), [-1]), /for reduceSum but received \[-1\]/],
    ['a scalar', () => reduceSum(x(), [0]), /axes of \[\] for reduceSum but received \[0\]/],
  ],
  matmul: [
    ['other inner extents', () => matmul(x(2, 3), x(4, 2)), /for matmul but received \[2, 3\] and \[4, 2\]/],
    ['a vector left', () => matmul(x(3), x(3, 2)), /for matmul but received \[3\] and \[3, 2\]/],
    ['a vector right', () => matmul(x(2, 3), x(3)), /for matmul but received \[2, 3\] and \[3\]/],
    [
      'other batches',
      () => matmul(x(2, 1, 3), x(3, 3, 1)),
      /broadcast for matmul but received \[2\] and \[3\]/,
    ],
  ],
  conv: [
    ['a matrix', () => conv(x(2, 3), x(1, 1, 1, 1)), /for conv input but received \[2, 3\]/],
    ['a flat kernel', () => conv(x(1, 1, 2, 2), x(1, 1)), /for conv kernel but received \[1, 1\]/],
    ['other channels', () => conv(x(1, 2, 3, 3), x(4, 3, 1, 1)), /conv .* \[1, 2, 3, 3\], \[4, 3, 1, 1\]/],
    ['too low', () => conv(x(1, 1, 2, 3), x(1, 1, 3, 3)), /for conv but received \[1, 1, 2, 3\]/],
    ['too narrow', () => conv(x(1, 1, 3, 2), x(1, 1, 3, 3)), /for conv but received \[1, 1, 3, 2\]/],
    ['a longer bias', () => conv(x(1, 1, 1, 1), x(2, 1, 1, 1), x(3)), /bias \[O\].* for conv .* \[3\], /],
    ['a scalar bias', () => conv(x(1, 1, 1, 1), x(1, 1, 1, 1), x()), /for conv .*\[1, 1, 1, 1\], \[\], /],
    [
      'a negative pad',
      () => conv(x(1, 1, 2, 2), x(1, 1, 1, 1), undefined, [0, -1, 0, 0]),
      /pads of 0 or more for conv but received .*\[0, -1, 0, 0\]/,
    ],
  ],
  reflectPad: [
    ['a matrix', () => reflectPad(x(3, 3), 1), /\[N, C, H, W\] for reflectPad but received \[3, 3\]/],
    ['too low', () => reflectPad(x(1, 1, 2, 3), 2), /above 2 for reflectPad but received \[1, 1, 2, 3\]/],
    ['too narrow', () => reflectPad(x(1, 1, 3, 2), 2), /above 2 for reflectPad but received \[1, 1, 3, 2\]/],
    ['no size', () => reflectPad(x(1, 1, 3, 3), 0), /for reflectPad but received \[1, 1, 3, 3\]/],
  ],
  reflectFold: [
    ['a matrix', () => reflectFold(x(9, 9), 1), /\[N, C, H, W\] for reflectFold but received \[9, 9\]/],
    ['too low', () => reflectFold(x(1, 1, 3, 4), 1), /above 3 for reflectFold .* \[1, 1, 3, 4\]/],
    ['too narrow', () => reflectFold(x(1, 1, 7, 6), 2), /above 6 for reflectFold .* \[1, 1, 7, 6\]/],
    ['no size', () => reflectFold(x(1, 1, 9, 9), 0), /for reflectFold but received \[1, 1, 9, 9\]/],
  ],
  maxPool: [['a matrix', () => maxPool(x(2, 2)), /\[N, C, H, W\] for maxPool but received \[2, 2\]/]],
  upsample: [['a vector', () => upsample(x(2)), /\[N, C, H, W\] for upsample but received \[2\]/]],
  sumPool: [
    ['five axes', () => sumPool(x(1, 1, 1, 2, 2)), /for sumPool but received \[1, 1, 1, 2, 2\]/],
    ['an odd height', () => sumPool(x(1, 1, 3, 2)), /even .* for sumPool but received \[1, 1, 3, 2\]/],
    ['an odd width', () => sumPool(x(1, 1, 2, 3)), /even .* for sumPool but received \[1, 1, 2, 3\]/],
  ],
  blur: [['a matrix', () => blur(x(2, 2)), /\[N, C, H, W\] for blur but received \[2, 2\]/]],
  softmax: [],
};

const refusals = Object.entries(table).flatMap(([op, list]) =>
  list.map((refusal) => [op, ...refusal] as const),
);

describe('shape rules', () => {
  it.each(refusals)('%s refuses %s', (_, __, build, message) => {
    expect(build).toThrow(ShapeError);
    expect(build).toThrow(message);
  });

  it.each(['input', 'constant'] as const)('%s has no shape rule', (op) => {
    expect(() => shapeOf(op)).toThrow(/^internal: an? \w+ brings its own shape/);
  });
});

describe('misuse from inside', () => {
  it('an operation asks for an input that it does not have', () => {
    expect(() => inputOf([1], 1)).toThrow(/^internal: operation has no input 1/);
  });

  it('an input is computed instead of fed', () => {
    expect(() => opOf('input').evaluate([], { name: 'photo' }, [1])).toThrow(
      /expected a fed value for input photo but received none/,
    );
  });
});

function x(...shape: readonly number[]): Tensor {
  return input('x', shape);
}

function shapeOf(op: 'input' | 'constant'): Shape {
  return op === 'input'
    ? opOf('input').shape([], { name: 'photo' })
    : opOf('constant').shape([], { data: Float32Array.of(1) });
}

function unbroadcastable(op: OpName, build: (a: Operand, b: Operand) => Tensor): readonly Refusal[] {
  const message = (a: string, b: string) =>
    new RegExp(`expected shapes that broadcast for ${op} but received \\[${a}\\] and \\[${b}\\]`);
  return [
    ['other extents', () => build(x(2, 3), x(2, 2)), message('2, 3', '2, 2')],
    ['another rank', () => build(x(2), x(2, 3)), message('2', '2, 3')],
  ];
}
