/** Gathering: columns taken by indices, and its gradient, which adds them up where they came from. */

import { ShapeError } from '../../errors.ts';
import { inputOf, type Op } from '../op.ts';
import { elementCount, extent, show } from '../shape.ts';
import { makeTensor, type Tensor } from '../tensor.ts';

/** TensorProto.DataType.INT64 */
const INT64 = 7;

/** `x [N, C, P]`, `indices [K]` (whole numbers from 0 to P − 1, stored as float32) → `[N, C, K]`. */
export function gather(x: Tensor, indices: Tensor): Tensor {
  return makeTensor('gather', [x, indices], {}, gatherOp.shape([x.shape, indices.shape], {}));
}

/** Adjoint of gather: `g [N, C, K]` added into zeros `[N, C, positions]` at `indices [K]`. */
export function scatterAdd(g: Tensor, indices: Tensor, positions: number): Tensor {
  const attributes = { positions };
  return makeTensor(
    'scatterAdd',
    [g, indices],
    attributes,
    scatterAddOp.shape([g.shape, indices.shape], attributes),
  );
}

export const gatherOp: Op<'gather'> = {
  shape([x = [], indices = []]) {
    if (x.length !== 3 || indices.length !== 1) {
      throw new ShapeError({
        expected: '[N, C, P] and [K]',
        name: 'gather',
        received: `${show(x)} and ${show(indices)}`,
      });
    }
    return [extent(x, 0), extent(x, 1), extent(indices, 0)];
  },
  gradient: (t, g) => {
    const [x, indices] = [inputOf(t.inputs, 0), inputOf(t.inputs, 1)];
    return [scatterAdd(g, indices, extent(x.shape, 2)), null];
  },
  evaluate: (inputs, _, shape) => {
    const [x, indices] = [inputOf(inputs, 0), inputOf(inputs, 1)];
    const [k, positions] = [extent(shape, 2), extent(x.shape, 2)];
    return Float64Array.from(
      { length: elementCount(shape) },
      (_, i) => x.data[Math.floor(i / k) * positions + (indices.data[i % k] ?? 0)] ?? 0,
    );
  },
  emit: (_, [x = '', indices = ''], e) =>
    e.node('Gather', [x, e.node('Cast', [indices], { to: INT64 })], { axis: 2 }),
};

export const scatterAddOp: Op<'scatterAdd'> = {
  shape([g = [], indices = []], { positions }) {
    if (g.length !== 3 || indices.length !== 1 || extent(g, 2) !== extent(indices, 0)) {
      throw new ShapeError({
        expected: '[N, C, K] and [K]',
        name: 'scatterAdd',
        received: `${show(g)} and ${show(indices)}`,
      });
    }
    return [extent(g, 0), extent(g, 1), positions];
  },
  gradient: (t, g) => [gather(g, inputOf(t.inputs, 1)), null],
  evaluate: (inputs, { positions }, shape) => {
    const [g, indices] = [inputOf(inputs, 0), inputOf(inputs, 1)];
    const result = new Float64Array(elementCount(shape));
    const k = extent(g.shape, 2);
    g.data.forEach((value, i) => {
      const at = Math.floor(i / k) * positions + (indices.data[i % k] ?? 0);
      result[at] = (result[at] ?? 0) + value;
    });
    return result;
  },
  emit: (t, [g = '', indices = ''], e) => {
    // ScatterND adds whole rows, so positions go first and are moved back afterwards.
    const rows = e.node('Transpose', [g], { perm: [2, 0, 1] });
    const [n, c, positions] = [extent(t.shape, 0), extent(t.shape, 1), extent(t.shape, 2)];
    const zeros = e.node('Expand', [e.float32(new Float32Array(1), []), e.int64([positions, n, c])]);
    const at = e.node('Unsqueeze', [e.node('Cast', [indices], { to: INT64 }), e.int64([1])]);
    const sum = e.node('ScatterND', [zeros, at, rows], { reduction: 'add' });
    return e.node('Transpose', [sum], { perm: [1, 2, 0] });
  },
};
