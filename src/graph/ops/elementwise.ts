/** Operations on one element at a time, with broadcasting. */

import { inputOf, type Op, type Value } from '../op.ts';
import { broadcastShapes, elementCount, type Shape } from '../shape.ts';
import { makeTensor, type Tensor } from '../tensor.ts';
import { broadcastAddress, sumTo } from './broadcast.ts';
import { constant } from './sources.ts';

/** A tensor, or a number that stands for a scalar constant. */
export type Operand = Tensor | number;

export const add = binary('add');
export const sub = binary('sub');
export const mul = binary('mul');
export const div = binary('div');
export const minimum = binary('minimum');
/** 1 where the values are the same number, else 0. Flat: it passes no gradient. */
export const equal = binary('equal');
export const neg = unary('neg');
export const exp = unary('exp');
/** Natural logarithm. */
export const log = unary('log');
export const sqrt = unary('sqrt');
export const relu = unary('relu');
/** The value where it is above zero, else `slope` times it; 0 < slope < 1. */
export function leakyRelu(x: Tensor, slope: number): Tensor {
  return makeTensor('leakyRelu', [x], { slope }, x.shape);
}
/** 1 where the value is above zero, else 0. Flat: it passes no gradient. */
export const positive = unary('positive');

export const addOp = binaryOp('add', 'Add', (a, b) => a + b, {
  left: (_, g) => g,
  right: (_, g) => g,
});

export const subOp = binaryOp('sub', 'Sub', (a, b) => a - b, {
  left: (_, g) => g,
  right: (_, g) => neg(g),
});

export const mulOp = binaryOp('mul', 'Mul', (a, b) => a * b, {
  left: (t, g) => mul(g, inputOf(t.inputs, 1)),
  right: (t, g) => mul(g, inputOf(t.inputs, 0)),
});

export const divOp = binaryOp('div', 'Div', (a, b) => a / b, {
  left: (t, g) => div(g, inputOf(t.inputs, 1)),
  right: (t, g) => neg(div(mul(g, t), inputOf(t.inputs, 1))),
});

export const minimumOp = binaryOp('minimum', 'Min', Math.min, {
  left: (t, g) => mul(g, equal(t, inputOf(t.inputs, 0))),
  right: (t, g) => mul(g, sub(1, equal(t, inputOf(t.inputs, 0)))),
});

export const equalOp: Op<'equal'> = {
  ...binaryOp('equal', '', (a, b) => (a === b ? 1 : 0), { left: () => null, right: () => null }),
  emit: (_, inputs, e) => e.node('Cast', [e.node('Equal', inputs)], { to: FLOAT }),
};

export const negOp = unaryOp(
  'neg',
  'Neg',
  (x) => -x,
  (_, g) => neg(g),
);
export const expOp = unaryOp('exp', 'Exp', Math.exp, (t, g) => mul(g, t));
export const logOp = unaryOp('log', 'Log', Math.log, (t, g) => div(g, inputOf(t.inputs, 0)));
export const sqrtOp = unaryOp('sqrt', 'Sqrt', Math.sqrt, (t, g) => div(mul(g, 0.5), t));
export const reluOp = unaryOp(
  'relu',
  'Relu',
  (x) => Math.max(x, 0),
  (t, g) => mul(g, positive(t)),
);

export const leakyReluOp: Op<'leakyRelu'> = {
  shape: ([x = []]) => x,
  // The value has the sign of its input.
  gradient: (t, g) => {
    const { slope } = t.attributes;
    return [mul(g, add(mul(positive(t), 1 - slope), slope))];
  },
  evaluate: (inputs, { slope }) => inputOf(inputs, 0).data.map((x) => (x > 0 ? x : slope * x)),
  emit: ({ attributes: { slope } }, inputs, e) => e.node('LeakyRelu', inputs, { alpha: { float: slope } }),
};

export const positiveOp: Op<'positive'> = {
  ...unaryOp(
    'positive',
    '',
    (x) => (x > 0 ? 1 : 0),
    () => null,
  ),
  // One vectorised pass: the slope is so steep that every positive float except denormal ones reaches the
  // limit 1. Greater and Cast take nine times as long, and so does Sign.
  emit: (_, [x = ''], e) => e.node('HardSigmoid', [x], { alpha: { float: 3e38 }, beta: { float: 0 } }),
};

/** TensorProto.DataType.FLOAT */
const FLOAT = 1;

type BinaryName = 'add' | 'sub' | 'mul' | 'div' | 'minimum' | 'equal';
type UnaryName = 'neg' | 'exp' | 'log' | 'sqrt' | 'relu' | 'positive';
type Rule = (tensor: Tensor, gradient: Tensor) => Tensor | null;

function binary(op: BinaryName): (a: Operand, b: Operand) => Tensor {
  return (a, b) => {
    const inputs = [a, b].map((x) => (typeof x === 'number' ? constant([x], []) : x));
    return makeTensor(
      op,
      inputs,
      {},
      broadcastShapes(inputOf(inputs, 0).shape, inputOf(inputs, 1).shape, op),
    );
  };
}

function unary(op: UnaryName): (x: Tensor) => Tensor {
  return (x) => makeTensor(op, [x], {}, x.shape);
}

function binaryOp<K extends BinaryName>(
  name: K,
  onnx: string,
  apply: (a: number, b: number) => number,
  rules: { left: Rule; right: Rule },
): Op<K> {
  return {
    shape: ([a = [], b = []]) => broadcastShapes(a, b, name),
    gradient: (t, g, needed) =>
      [rules.left, rules.right].map((rule, i) => {
        const gradient = needed[i] ? rule(t, g) : null;
        return gradient === null ? null : sumTo(gradient, inputOf(t.inputs, i).shape);
      }),
    evaluate: (inputs, _, shape) => {
      const [a, b] = [reader(inputOf(inputs, 0), shape), reader(inputOf(inputs, 1), shape)];
      return Float64Array.from({ length: elementCount(shape) }, (_, i) => apply(a(i), b(i)));
    },
    emit: (_, inputs, e) => e.node(onnx, inputs),
  };
}

function unaryOp<K extends UnaryName>(_: K, onnx: string, apply: (x: number) => number, rule: Rule): Op<K> {
  return {
    shape: ([x = []]) => x,
    gradient: (t, g) => [rule(t, g)],
    evaluate: (inputs) => inputOf(inputs, 0).data.map(apply),
    emit: (_, inputs, e) => e.node(onnx, inputs),
  };
}

function reader(value: Value, shape: Shape): (i: number) => number {
  const address = broadcastAddress(value.shape, shape);
  return (i) => value.data[address(i)] ?? 0;
}
