/** Rewrites a graph into a smaller one of the same values: folds constants, shares nodes, drops no-ops. */

import { compute } from './evaluate.ts';
import { inputOf, type Value } from './op.ts';
import { constant } from './ops/sources.ts';
import { broadcastShapes, elementCount, sameShape } from './shape.ts';
import { isOp, makeTensor, type OpName, type Outputs, type Tensor, topologicalOrder } from './tensor.ts';

/** A folded constant may have this many elements, or as many as the largest constant it came from. */
const FOLD_LIMIT = 4096;

/** Equivalent outputs under the same names. Differentiate before: `stopGradient` is removed. */
export function simplify(outputs: Outputs): Outputs {
  const renewed = new Map<Tensor, Tensor>();
  const known = new Map<string, Tensor>();
  for (const tensor of topologicalOrder(Object.values(outputs))) {
    const inputs = tensor.inputs.map((x) => renewed.get(x) ?? x);
    renewed.set(tensor, share(rewrite(tensor, inputs), known));
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, t]) => [name, renewed.get(t) ?? t]));
}

function rewrite(tensor: Tensor, inputs: readonly Tensor[]): Tensor {
  const kept = isElementwise(tensor.op) ? dropExpansions(inputs, tensor) : inputs;
  const same = kept.every((x, i) => x === tensor.inputs[i]);
  const updated = same ? tensor : makeTensor(tensor.op, kept, tensor.attributes, tensor.shape);
  return fold(withoutNoOps(updated));
}

/** Drops stretched copies where an elementwise operation can broadcast by itself to the same shape. */
function dropExpansions(inputs: readonly Tensor[], tensor: Tensor): readonly Tensor[] {
  return inputs.reduce<readonly Tensor[]>((current, x, i) => {
    if (x.op !== 'expand') return current;
    const small = current.map((y, j) => (j === i ? inputOf(x.inputs, 0) : y));
    const [a, b] = [inputOf(small, 0), inputOf(small, 1)];
    return sameShape(broadcastShapes(a.shape, b.shape, tensor.op), tensor.shape) ? small : current;
  }, inputs);
}

function withoutNoOps(tensor: Tensor): Tensor {
  const x = tensor.inputs[0];
  if (x === undefined) return tensor;
  if (tensor.op === 'stopGradient') return x;
  if ((tensor.op === 'reshape' || tensor.op === 'expand') && sameShape(x.shape, tensor.shape)) return x;
  if (isOp(tensor, 'reshape') && x.op === 'reshape') {
    return withoutNoOps(makeTensor('reshape', [inputOf(x.inputs, 0)], tensor.attributes, tensor.shape));
  }
  if (isOp(tensor, 'transpose') && isOp(x, 'transpose')) {
    const permutation = tensor.attributes.permutation.map((axis) => x.attributes.permutation[axis] ?? axis);
    return withoutNoOps(makeTensor('transpose', [inputOf(x.inputs, 0)], { permutation }, tensor.shape));
  }
  if (isOp(tensor, 'transpose') && tensor.attributes.permutation.every((axis, i) => axis === i)) return x;
  if (tensor.op === 'neg' && x.op === 'neg') return inputOf(x.inputs, 0);
  return isElementwise(tensor.op) ? withoutNeutral(tensor, x, inputOf(tensor.inputs, 1)) : tensor;
}

/** x + 0, x − 0, x · 1, x / 1, and two scalings in a row. */
function withoutNeutral(tensor: Tensor, a: Tensor, b: Tensor): Tensor {
  const { op, shape } = tensor;
  const neutral = op === 'add' || op === 'sub' ? 0 : op === 'mul' || op === 'div' ? 1 : undefined;
  if (neutral === undefined) return tensor;
  if (isFilledWith(b, neutral) && sameShape(a.shape, shape)) return a;
  const commutes = op === 'add' || op === 'mul';
  if (commutes && isFilledWith(a, neutral) && sameShape(b.shape, shape)) return b;
  if (op === 'mul' && isOp(a, 'constant') && !isOp(b, 'constant'))
    return withoutNoOps(makeTensor('mul', [b, a], {}, shape));
  if (op === 'mul' && a.op === 'mul' && isScalar(b)) {
    const [x, scale] = [inputOf(a.inputs, 0), inputOf(a.inputs, 1)];
    if (isScalar(scale))
      return withoutNoOps(makeTensor('mul', [x, constant([value(scale) * value(b)], [])], {}, shape));
  }
  return tensor;
}

function fold(tensor: Tensor): Tensor {
  if (tensor.inputs.length === 0 || !tensor.inputs.every((x) => x.op === 'constant')) return tensor;
  const largest = Math.max(FOLD_LIMIT, ...tensor.inputs.map((x) => elementCount(x.shape)));
  if (elementCount(tensor.shape) > largest) return tensor;
  const inputs = tensor.inputs.map(
    (x): Value => ({
      shape: x.shape,
      data: isOp(x, 'constant') ? Float64Array.from(x.attributes.data) : new Float64Array(),
    }),
  );
  return constant(Float32Array.from(compute(tensor, inputs)), tensor.shape);
}

/**
 * The first known node that computes the same value. A weight shared by two networks is one constant, so
 * computations that both make on a picture are done once.
 */
function share(tensor: Tensor, known: Map<string, Tensor>): Tensor {
  const key = JSON.stringify([tensor.op, tensor.inputs.map((x) => x.id), attributeKey(tensor), tensor.shape]);
  const twin = known.get(key);
  if (twin !== undefined && sameConstant(twin, tensor)) return twin;
  known.set(key, tensor);
  return tensor;
}

/** Compares large constants bit by bit, since their keys hold only a sum of the bits. */
function sameConstant(a: Tensor, b: Tensor): boolean {
  if (!isOp(a, 'constant') || !isOp(b, 'constant')) return true;
  const [one, other] = [bitsOf(a), bitsOf(b)];
  return one === other || one.every((bits, i) => bits === other[i]);
}

function attributeKey(tensor: Tensor): unknown {
  if (!isOp(tensor, 'constant')) return tensor.attributes;
  const { data } = tensor.attributes;
  // JSON writes −0 as 0 and NaN as null, which would join different constants.
  if (data.length <= 16) return Array.from(data, (x) => (Object.is(x, -0) ? '-0' : String(x)));
  const sum = sums.get(data) ?? sumOfBits(tensor);
  sums.set(data, sum);
  return sum;
}

const sums = new WeakMap<Float32Array, number>();

function bitsOf({ attributes: { data } }: Tensor<'constant'>): Uint32Array {
  return new Uint32Array(data.buffer, data.byteOffset, data.length);
}

/** FNV-1a over words. */
function sumOfBits(tensor: Tensor<'constant'>): number {
  let sum = 0x811c9dc5;
  for (const bits of bitsOf(tensor)) sum = Math.imul(sum ^ bits, 0x01000193);
  return sum >>> 0;
}

function isElementwise(op: OpName): boolean {
  return op === 'add' || op === 'sub' || op === 'mul' || op === 'div' || op === 'minimum' || op === 'equal';
}

function isScalar(tensor: Tensor): tensor is Tensor<'constant'> {
  return isOp(tensor, 'constant') && elementCount(tensor.shape) === 1 && tensor.shape.length === 0;
}

function value(tensor: Tensor<'constant'>): number {
  return tensor.attributes.data[0] ?? 0;
}

function isFilledWith(tensor: Tensor, number: number): boolean {
  return isOp(tensor, 'constant') && tensor.attributes.data.every((x) => x === number);
}
