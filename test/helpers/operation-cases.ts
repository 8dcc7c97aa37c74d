/** Cases of every operation, as graphs and inputs, for ONNX Runtime, PyTorch and finite differences. */

import { sum } from '../../src/graph/composed.ts';
import { gradients } from '../../src/graph/gradients.ts';
import { expand, reduceSum, sumTo } from '../../src/graph/ops/broadcast.ts';
import {
  add,
  div,
  equal,
  exp,
  leakyRelu,
  log,
  minimum,
  mul,
  neg,
  type Operand,
  positive,
  relu,
  sqrt,
  sub,
} from '../../src/graph/ops/elementwise.ts';
import { concat, flipKernel, padZeros, reshape, slice, transpose } from '../../src/graph/ops/layout.ts';
import { gather, scatterAdd } from '../../src/graph/ops/gathering.ts';
import { conv, matmul, softmax } from '../../src/graph/ops/linear.ts';
import { argsort, reorder, restore } from '../../src/graph/ops/sorting.ts';
import { constant, input, stopGradient } from '../../src/graph/ops/sources.ts';
import { blur, maxPool, reflectFold, reflectPad, sumPool, upsample } from '../../src/graph/ops/spatial.ts';
import { elementCount, type Shape } from '../../src/graph/shape.ts';
import type { OpName, Outputs, Tensor } from '../../src/graph/tensor.ts';
import { weightedSum } from './graphs.ts';
import { spaced } from './numbers.ts';

export interface Case {
  readonly title: string;
  /** Shapes of the inputs `a`, `b`, `c`. */
  readonly inputs: readonly Shape[];
  readonly build: (a: Tensor, b: Tensor, c: Tensor) => Tensor;
  /** Values of an input, if the default of evenly spaced numbers in `range` is unsuitable. */
  readonly values?: Readonly<Partial<Record<InputName, readonly number[]>>>;
  /** Default −1 to 1. The spacing keeps values apart and off 0, where some operations have kinks. */
  readonly range?: readonly [low: number, high: number];
  /**
   * The result is linear in the inputs, or piecewise, so second-order gradients of its sum are exactly zero.
   */
  readonly linear?: true;
  /** Inputs that must get an exactly zero gradient, whatever finite differences say. */
  readonly flat?: readonly InputName[];
}

type InputName = 'a' | 'b' | 'c';

const kernel3x2 = spaced(7, 2 * 3 * 2, -1, 1, 0.3);

/** Complete by type: an operation without a case does not compile. */
export const operationCases: { readonly [K in OpName]: readonly [Case, ...Case[]] } = {
  input: [{ title: 'is its own result', inputs: [[2, 3]], build: (a) => a, linear: true }],
  constant: [
    {
      title: 'vector times input',
      inputs: [[2, 3]],
      build: (a) => mul(a, constant([0.5, -2, 3], [3])),
      linear: true,
    },
    {
      title: 'too many values to fold',
      inputs: [[3]],
      build: (a) => add(sum(constant(spaced(3, 20, -1, 1, 0.5), [20])), a),
      linear: true,
    },
  ],
  stopGradient: [
    {
      title: 'a factor',
      inputs: [[2, 3], [3]],
      build: (a, b) => mul(stopGradient(a), b),
      flat: ['a'],
      linear: true,
    },
    {
      title: 'of a computed value',
      inputs: [[4], [4]],
      build: (a, b) => mul(stopGradient(exp(a)), exp(b)),
      flat: ['a'],
    },
  ],
  add: [
    ...broadcasts(add, { linear: true }),
    { title: 'a tensor and itself', inputs: [[2, 2]], build: (a) => add(a, a), linear: true },
    { title: 'a number', inputs: [[3]], build: (a) => add(0.75, a), linear: true },
  ],
  sub: [
    ...broadcasts(sub, { linear: true }),
    { title: 'a number', inputs: [[3]], build: (a) => sub(a, 0.75), linear: true },
    { title: 'from a number', inputs: [[3]], build: (a) => sub(0.75, a), linear: true },
  ],
  mul: [
    ...broadcasts(mul),
    { title: 'a tensor by itself', inputs: [[2, 2]], build: (a) => mul(a, a) },
    { title: 'by a number', inputs: [[3]], build: (a) => mul(a, -0.75), linear: true },
  ],
  div: [
    ...broadcasts(div, { range: [0.5, 1.5] }),
    { title: 'negative', inputs: [[4], [4]], build: (a, b) => div(a, sub(b, 3)) },
    { title: 'by a number', inputs: [[3]], build: (a) => div(a, 3), linear: true },
    { title: 'of a number', inputs: [[3]], build: (a) => div(3, a), range: [0.5, 1.5] },
  ],
  minimum: [
    ...broadcasts(minimum, { linear: true }),
    { title: 'with a number', inputs: [[5]], build: (a) => minimum(a, 0.25), linear: true },
  ],
  neg: [{ title: 'matrix', inputs: [[2, 3]], build: neg, linear: true }, scalar(neg, { linear: true })],
  exp: [{ title: 'matrix', inputs: [[2, 3]], build: exp }, scalar(exp)],
  log: [{ title: 'matrix', inputs: [[2, 3]], build: log, range: [0.5, 2] }, scalar(log, { range: [0.5, 2] })],
  sqrt: [
    { title: 'matrix', inputs: [[2, 3]], build: sqrt, range: [0.5, 2] },
    scalar(sqrt, { range: [0.5, 2] }),
  ],
  relu: [
    { title: 'both signs', inputs: [[3, 4]], build: relu, linear: true },
    { title: 'of a product', inputs: [[6], [6]], build: (a, b) => relu(mul(a, b)) },
  ],
  leakyRelu: [
    { title: 'both signs', inputs: [[3, 4]], build: (a) => leakyRelu(a, 0.25), linear: true },
    { title: 'of a product', inputs: [[6], [6]], build: (a, b) => leakyRelu(mul(a, b), 0.1) },
  ],
  positive: [
    { title: 'as a mask', inputs: [[3, 4]], build: (a) => mul(a, positive(a)), linear: true },
    { title: 'after relu', inputs: [[3, 4]], build: (a) => positive(relu(a)), linear: true, flat: ['a'] },
    {
      title: 'at zero',
      inputs: [[8]],
      build: positive,
      values: { a: [0, -0, 1, -1, 1e-30, -1e-30, 1.2e-38, 3e38] },
      linear: true,
      flat: ['a'],
    },
  ],
  equal: [
    {
      title: 'with ties',
      inputs: [[2, 3], [3]],
      build: equal,
      values: { a: [1, 2, 3, 0.5, 2, 0], b: [1, 2, -0] },
      linear: true,
      flat: ['a', 'b'],
    },
    {
      title: 'as a mask',
      inputs: [[2, 1], [3]],
      build: (a, b) => mul(b, equal(a, minimum(a, b))),
      linear: true,
      flat: ['a'],
    },
  ],
  reshape: [
    { title: 'flatten', inputs: [[2, 3]], build: (a) => reshape(a, [6]), linear: true },
    { title: 'to scalar', inputs: [[1, 1]], build: (a) => reshape(a, []), linear: true },
    { title: 'new rank', inputs: [[4, 3]], build: (a) => reshape(a, [2, 1, 6]), linear: true },
  ],
  transpose: [
    { title: 'matrix', inputs: [[2, 3]], build: (a) => transpose(a, [1, 0]), linear: true },
    { title: 'cycle', inputs: [[2, 3, 4]], build: (a) => transpose(a, [2, 0, 1]), linear: true },
    { title: 'four axes', inputs: [[1, 2, 3, 2]], build: (a) => transpose(a, [3, 1, 0, 2]), linear: true },
  ],
  slice: [
    { title: 'one axis', inputs: [[5, 2]], build: (a) => slice(a, [1, 0], [3, 2]), linear: true },
    {
      title: 'several axes',
      inputs: [[2, 3, 4, 2]],
      build: (a) => slice(a, [1, 0, 1, 1], [2, 2, 4, 2]),
      linear: true,
    },
    { title: 'everything', inputs: [[2, 3]], build: (a) => slice(a, [0, 0], [2, 3]), linear: true },
    {
      title: 'overlapping',
      inputs: [[4]],
      build: (a) => add(slice(a, [0], [3]), slice(a, [1], [4])),
      linear: true,
    },
  ],
  padZeros: [
    { title: 'one axis', inputs: [[2, 3]], build: (a) => padZeros(a, [0, 2], [2, 6]), linear: true },
    {
      title: 'all axes',
      inputs: [[1, 2, 2]],
      build: (a) => padZeros(a, [1, 0, 1], [2, 3, 4]),
      linear: true,
    },
    { title: 'by nothing', inputs: [[2, 3]], build: (a) => padZeros(a, [0, 0], [2, 3]), linear: true },
  ],
  concat: [
    {
      title: 'three on the inner axis',
      inputs: [
        [2, 1, 2],
        [2, 1, 3],
        [2, 1, 1],
      ],
      build: (a, b, c) => concat([a, b, c], 2),
      linear: true,
    },
    {
      title: 'three on the middle axis',
      inputs: [
        [2, 1, 2],
        [2, 3, 2],
        [2, 2, 2],
      ],
      build: (a, b, c) => concat([a, b, c], 1),
      linear: true,
    },
    { title: 'twice the same', inputs: [[2, 3]], build: (a) => concat([a, a], 0), linear: true },
    {
      title: 'with a constant',
      inputs: [[2], [1]],
      build: (a, b) => concat([a, constant([1, 2], [2]), b], 0),
      linear: true,
    },
    { title: 'alone', inputs: [[2, 3]], build: (a) => concat([a], 1), linear: true },
  ],
  flipKernel: [
    { title: '3×2', inputs: [[2, 3, 3, 2]], build: flipKernel, linear: true },
    { title: '1×1', inputs: [[2, 3, 1, 1]], build: flipKernel, linear: true },
    { title: '1×3', inputs: [[2, 1, 1, 3]], build: flipKernel, linear: true },
  ],
  gather: [
    {
      title: 'repeated indices',
      inputs: [[2, 2, 4], [5]],
      build: gather,
      values: { b: [3, 0, 3, 1, 3] },
      flat: ['b'],
      linear: true,
    },
    {
      title: 'one index',
      inputs: [[1, 1, 3], [1]],
      build: gather,
      values: { b: [2] },
      flat: ['b'],
      linear: true,
    },
  ],
  scatterAdd: [
    {
      title: 'repeated indices',
      inputs: [[2, 2, 5], [5]],
      build: (a, b) => scatterAdd(a, b, 4),
      values: { b: [3, 0, 3, 1, 3] },
      flat: ['b'],
      linear: true,
    },
  ],
  argsort: [
    { title: 'rows', inputs: [[2, 3, 5]], build: argsort, flat: ['a'], linear: true },
    { title: 'one row', inputs: [[4]], build: argsort, flat: ['a'], linear: true },
    { title: 'single values', inputs: [[3, 1]], build: argsort, flat: ['a'], linear: true },
  ],
  reorder: [
    {
      title: 'rows',
      inputs: [
        [2, 4],
        [2, 4],
      ],
      build: reorder,
      values: { b: [3, 0, 2, 1, 1, 2, 3, 0] },
      flat: ['b'],
      linear: true,
    },
    {
      title: 'into ascending order',
      inputs: [[2, 2, 5]],
      build: (a) => reorder(a, argsort(a)),
      linear: true,
    },
  ],
  restore: [
    {
      title: 'rows',
      inputs: [
        [2, 4],
        [2, 4],
      ],
      build: restore,
      values: { b: [3, 0, 2, 1, 1, 2, 3, 0] },
      flat: ['b'],
      linear: true,
    },
  ],
  expand: [
    { title: 'an inner extent', inputs: [[2, 1, 2]], build: (a) => expand(a, [2, 3, 2]), linear: true },
    { title: 'new leading dimensions', inputs: [[3]], build: (a) => expand(a, [2, 2, 3]), linear: true },
    { title: 'both', inputs: [[3, 1]], build: (a) => expand(a, [2, 3, 2]), linear: true },
    { title: 'a scalar', inputs: [[]], build: (a) => expand(a, [2, 3]), linear: true },
  ],
  reduceSum: [
    { title: 'one axis', inputs: [[2, 3, 2]], build: (a) => reduceSum(a, [1]), linear: true },
    { title: 'two axes', inputs: [[2, 3, 2]], build: (a) => reduceSum(a, [2, 0]), linear: true },
    { title: 'an extent of 1', inputs: [[1, 3]], build: (a) => reduceSum(a, [0]), linear: true },
    { title: 'to a lower rank', inputs: [[2, 3, 2]], build: (a) => sumTo(a, [3, 1]), linear: true },
  ],
  matmul: [
    {
      title: 'matrices',
      inputs: [
        [2, 3],
        [3, 4],
      ],
      build: matmul,
    },
    {
      title: 'batch × shared matrix',
      inputs: [
        [2, 3, 2],
        [2, 4],
      ],
      build: matmul,
    },
    {
      title: 'two batch dimensions × shared matrix',
      inputs: [
        [2, 2, 1, 3],
        [3, 2],
      ],
      build: matmul,
    },
    {
      title: 'shared matrix × batch',
      inputs: [
        [2, 3],
        [2, 3, 2],
      ],
      build: matmul,
    },
    {
      title: 'batch × batch',
      inputs: [
        [2, 2, 3],
        [2, 3, 2],
      ],
      build: matmul,
    },
    {
      title: 'batches that broadcast',
      inputs: [
        [2, 1, 2, 2],
        [3, 2, 1],
      ],
      build: matmul,
    },
    {
      title: 'batch × batch of 1',
      inputs: [
        [2, 1, 3],
        [1, 3, 2],
      ],
      build: matmul,
    },
    {
      title: 'constant matrix',
      inputs: [[2, 3]],
      build: (a) => matmul(a, constant([1, 2, 3, 4, 5, 6], [3, 2])),
      linear: true,
    },
  ],
  conv: [
    { title: '1×1 with bias, batch 2', inputs: [[2, 2, 2, 3], [3, 2, 1, 1], [3]], build: conv },
    {
      title: '3×3',
      inputs: [
        [1, 2, 4, 3],
        [2, 2, 3, 3],
      ],
      build: (a, b) => conv(a, b),
    },
    {
      title: '3×3 with pads and bias, batch 2',
      inputs: [[2, 1, 3, 3], [2, 1, 3, 3], [2]],
      build: (a, b, c) => conv(a, b, c, [1, 1, 1, 1]),
    },
    {
      title: '1×3',
      inputs: [
        [1, 2, 2, 4],
        [1, 2, 1, 3],
      ],
      build: (a, b) => conv(a, b),
    },
    {
      title: '3×1, batch 2',
      inputs: [
        [2, 2, 4, 2],
        [3, 2, 3, 1],
      ],
      build: (a, b) => conv(a, b),
    },
    {
      title: '3×1 with pads, batch 2',
      inputs: [
        [2, 1, 3, 2],
        [2, 1, 3, 1],
      ],
      build: (a, b) => conv(a, b, undefined, [1, 0, 1, 0]),
    },
    {
      title: '1×3 with pads, batch 2',
      inputs: [
        [2, 2, 2, 3],
        [1, 2, 1, 3],
      ],
      build: (a, b) => conv(a, b, undefined, [0, 1, 0, 1]),
    },
    {
      title: '3×2 with uneven pads',
      inputs: [
        [2, 1, 3, 2],
        [2, 1, 3, 2],
      ],
      build: (a, b) => conv(a, b, undefined, [2, 0, 1, 1]),
    },
    {
      title: '1×1 with pads beyond the kernel',
      inputs: [
        [1, 1, 2, 2],
        [1, 1, 1, 1],
      ],
      build: (a, b) => conv(a, b, undefined, [1, 0, 2, 1]),
    },
    {
      title: '1×2 with one pad beyond the kernel',
      inputs: [
        [1, 1, 2, 3],
        [2, 1, 1, 2],
      ],
      build: (a, b) => conv(a, b, undefined, [0, 2, 0, 1]),
    },
    {
      title: 'constant kernel',
      inputs: [[1, 1, 4, 3]],
      build: (a) => conv(a, constant(kernel3x2, [2, 1, 3, 2])),
      linear: true,
    },
  ],
  reflectPad: [
    { title: 'by 1', inputs: [[2, 1, 3, 4]], build: (a) => reflectPad(a, 1), linear: true },
    {
      title: 'by 1, as small as can be',
      inputs: [[1, 1, 2, 2]],
      build: (a) => reflectPad(a, 1),
      linear: true,
    },
    { title: 'by 2', inputs: [[1, 1, 3, 7]], build: (a) => reflectPad(a, 2), linear: true },
  ],
  // The emission has two forms: up to an inner extent of 2·size + 2, both borders fall on the same rows.
  reflectFold: [
    { title: 'by 1, inner 2×4', inputs: [[1, 2, 4, 6]], build: (a) => reflectFold(a, 1), linear: true },
    { title: 'by 1, inner 5×3', inputs: [[2, 1, 7, 5]], build: (a) => reflectFold(a, 1), linear: true },
    { title: 'by 1, inner 4×6', inputs: [[1, 1, 6, 8]], build: (a) => reflectFold(a, 1), linear: true },
    { title: 'by 2, inner 3×7', inputs: [[1, 1, 7, 11]], build: (a) => reflectFold(a, 2), linear: true },
    { title: 'by 2, inner 6×4', inputs: [[1, 1, 10, 8]], build: (a) => reflectFold(a, 2), linear: true },
  ],
  maxPool: [
    { title: 'even', inputs: [[2, 1, 2, 4]], build: maxPool, linear: true },
    { title: 'odd', inputs: [[1, 2, 3, 5]], build: maxPool, linear: true },
    { title: 'odd height', inputs: [[1, 1, 5, 2]], build: maxPool, linear: true },
    { title: 'one pixel', inputs: [[1, 1, 1, 1]], build: maxPool, linear: true },
  ],
  upsample: [{ title: '×2', inputs: [[2, 2, 2, 3]], build: upsample, linear: true }],
  sumPool: [{ title: '2×2', inputs: [[2, 2, 2, 4]], build: sumPool, linear: true }],
  blur: [
    { title: 'a map', inputs: [[2, 1, 3, 5]], build: blur, linear: true },
    { title: 'a row', inputs: [[1, 2, 1, 3]], build: blur, linear: true },
    { title: 'one pixel', inputs: [[1, 1, 1, 1]], build: blur, linear: true },
  ],
  softmax: [
    { title: 'rows', inputs: [[2, 3]], build: softmax },
    { title: 'batch of maps', inputs: [[2, 1, 2, 4]], build: softmax, range: [-3, 3] },
    {
      title: 'values beyond the range of exp',
      inputs: [[2, 3]],
      build: softmax,
      values: { a: [1000, 1001, 999.5, -1000, -1001.25, -999] },
    },
  ],
};

/** Graphs of a case: its result, and first and second gradients. */
export function differentiate({ inputs, build, values = {}, range: [low, high] = [-1, 1] }: Case) {
  const names = (['a', 'b', 'c'] as const).slice(0, inputs.length);
  const tensors = inputs.map((shape, i) => input(names[i] ?? '', shape));
  const feeds = Object.fromEntries(
    names.map((name, i) => {
      const count = elementCount(inputs[i] ?? []);
      const preset = values[name];
      return [
        name,
        preset ? Float32Array.from(preset) : spaced(11 + i, count, low, high, (i + 0.4) / inputs.length),
      ];
    }),
  );
  const none = constant([0], []);
  const [a = none, b = none, c = none] = tensors;
  const result = build(a, b, c);
  const first = gradients(weightedSum(result, 1), tensors);
  // The square gives linear operations curvature, so that gradients of their gradients are tested.
  const curved = gradients(weightedSum(mul(result, result), 2), tensors);
  const curvedSum = curved.map((g, i) => weightedSum(g, 3 + i)).reduce((a, b) => add(a, b));
  const firstSum = first.map((g, i) => weightedSum(g, 3 + i)).reduce((a, b) => add(a, b));
  const named = (list: readonly Tensor[]) =>
    Object.fromEntries(list.map((tensor, i) => [names[i] ?? '', tensor]));
  return {
    result,
    names,
    feeds,
    first: named(first),
    curved: named(curved),
    curvedSum,
    second: named(gradients(curvedSum, tensors)),
    vanishing: named(gradients(firstSum, tensors)),
  };
}

/** All results of a case, by name: its result, and the gradients of it and of its square. */
export function outputsOf({ result, first, curved, second }: ReturnType<typeof differentiate>): Outputs {
  return {
    result,
    ...prefixed('first', first),
    ...prefixed('curved', curved),
    ...prefixed('second', second),
  };
}

function prefixed(prefix: string, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, t]) => [`${prefix}.${name}`, t]));
}

/** Broadcasting in both directions and rank extension. */
function broadcasts(
  build: (a: Operand, b: Operand) => Tensor,
  options: Partial<Case> = {},
): readonly [Case, ...Case[]] {
  const pairs: readonly (readonly [string, Shape, Shape])[] = [
    ['right stretches', [2, 3], [2, 1]],
    ['left stretches', [1, 3], [2, 3]],
    ['both stretch', [2, 1], [1, 3]],
    ['right gains a rank', [2, 2, 3], [3]],
    ['left gains ranks', [2], [2, 1, 2]],
    ['left is a scalar', [], [2, 2]],
    ['right is a scalar', [2, 2], []],
    ['both gain and stretch', [2, 1, 2], [3, 1]],
  ];
  return [
    {
      title: 'same shape',
      inputs: [
        [2, 3],
        [2, 3],
      ],
      build,
      ...options,
    },
    ...pairs.map(([title, a, b]): Case => ({ title, inputs: [a, b], build, ...options })),
  ];
}

function scalar(build: (a: Tensor) => Tensor, options: Partial<Case> = {}): Case {
  return { title: 'scalar', inputs: [[]], build, ...options };
}
