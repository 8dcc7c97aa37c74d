/** Operations on the order of values along the last axis. */

import { ShapeError } from '../../errors.ts';
import { inputOf, type Op } from '../op.ts';
import { elementCount, extent, type Shape, sameShape, show } from '../shape.ts';
import { makeTensor, type Tensor } from '../tensor.ts';

/**
 * `[…, P]` → for each row the places 0 … P − 1 of its values in ascending order; equal values come in any
 * order. Flat: it passes no gradient.
 */
export function argsort(x: Tensor): Tensor {
  return makeTensor('argsort', [x], {}, argsortOp.shape([x.shape], {}));
}

/**
 * Row by row x[order], for `x` and `order` `[…, P]`. Each row of `order` must hold every place once, as
 * argsort's do.
 */
export function reorder(x: Tensor, order: Tensor): Tensor {
  return makeTensor('reorder', [x, order], {}, reorderOp.shape([x.shape, order.shape], {}));
}

/** Adjoint and inverse of {@link reorder}: row by row `x[i]` goes to place `order[i]`. */
export function restore(x: Tensor, order: Tensor): Tensor {
  return makeTensor('restore', [x, order], {}, restoreOp.shape([x.shape, order.shape], {}));
}

export const argsortOp: Op<'argsort'> = {
  shape([x = []]) {
    if (x.length > 0) return x;
    throw new ShapeError({ expected: 'one axis or more', name: 'argsort', received: show(x) });
  },
  gradient: () => [null],
  evaluate: (inputs, _, shape) => {
    const { data } = inputOf(inputs, 0);
    const length = extent(shape, shape.length - 1);
    const result = new Float64Array(data.length);
    for (let start = 0; start < data.length; start += length) {
      const row = data.subarray(start, start + length);
      const places = Array.from(row.keys()).sort((a, b) => (row[a] ?? 0) - (row[b] ?? 0));
      result.set(places, start);
    }
    return result;
  },
  emit: (t, [x = ''], e) => {
    const length = extent(t.shape, t.shape.length - 1);
    const places = e.node('TopK', [x, e.int64([length])], { axis: -1, largest: 0, sorted: 1 }, 1);
    return e.node('Cast', [places], { to: FLOAT });
  },
};

export const reorderOp: Op<'reorder'> = {
  shape: (shapes) => orderedShape(shapes, 'reorder'),
  gradient: (t, g) => [restore(g, inputOf(t.inputs, 1)), null],
  evaluate: (inputs, _, shape) => {
    const [x, order] = [inputOf(inputs, 0).data, inputOf(inputs, 1).data];
    const length = extent(shape, shape.length - 1);
    return Float64Array.from(
      { length: elementCount(shape) },
      (_, i) => x[i - (i % length) + (order[i] ?? 0)] ?? 0,
    );
  },
  emit: (_, [x = '', order = ''], e) =>
    e.node('GatherElements', [x, e.node('Cast', [order], { to: INT64 })], { axis: -1 }),
};

export const restoreOp: Op<'restore'> = {
  shape: (shapes) => orderedShape(shapes, 'restore'),
  gradient: (t, g) => [reorder(g, inputOf(t.inputs, 1)), null],
  evaluate: (inputs, _, shape) => {
    const [x, order] = [inputOf(inputs, 0).data, inputOf(inputs, 1).data];
    const length = extent(shape, shape.length - 1);
    const result = new Float64Array(elementCount(shape));
    for (const [i, value] of x.entries()) result[i - (i % length) + (order[i] ?? 0)] = value;
    return result;
  },
  // Every place is overwritten, so any tensor of this shape can be the base.
  emit: (_, [x = '', order = ''], e) =>
    e.node('ScatterElements', [x, e.node('Cast', [order], { to: INT64 }), x], { axis: -1 }),
};

function orderedShape([x = [], order = []]: readonly Shape[], name: string): Shape {
  if (x.length > 0 && sameShape(x, order)) return x;
  throw new ShapeError({
    expected: 'two tensors of one shape',
    name,
    received: `${show(x)} and ${show(order)}`,
  });
}

/** TensorProto.DataType */
const FLOAT = 1;
const INT64 = 7;
