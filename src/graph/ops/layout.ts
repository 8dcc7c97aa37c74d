/** Operations that only move values: reshape, transpose, slice, pad with zeros, concatenate, flip, gather. */

import { ShapeError } from '../../errors.ts';
import { inputOf, type Op } from '../op.ts';
import { elementCount, extent, nchw, type Shape, show, strides } from '../shape.ts';
import { makeTensor, type Tensor } from '../tensor.ts';

/** The same values under another shape with the same number of elements. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  return makeTensor('reshape', [x], { shape }, reshapeOp.shape([x.shape], { shape }));
}

/** Reorders dimensions: dimension `i` of the result is dimension `permutation[i]` of `x`. */
export function transpose(x: Tensor, permutation: readonly number[]): Tensor {
  return makeTensor('transpose', [x], { permutation }, transposeOp.shape([x.shape], { permutation }));
}

/** The box `starts[i] <= index < ends[i]` of every dimension. */
export function slice(x: Tensor, starts: readonly number[], ends: readonly number[]): Tensor {
  return makeTensor('slice', [x], { starts, ends }, sliceOp.shape([x.shape], { starts, ends }));
}

/** Zeros of `shape` with `x` placed at index `before`. */
export function padZeros(x: Tensor, before: readonly number[], shape: Shape): Tensor {
  return makeTensor('padZeros', [x], { before, shape }, padZerosOp.shape([x.shape], { before, shape }));
}

/** Joins tensors along `axis`; all other extents must agree. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const shapes = parts.map((part) => part.shape);
  return makeTensor('concat', parts, { axis }, concatOp.shape(shapes, { axis }));
}

/** Kernel `[O, I, kH, kW]` → `[I, O, kH, kW]` turned by 180°, the kernel of its input gradient. */
export function flipKernel(w: Tensor): Tensor {
  return makeTensor('flipKernel', [w], {}, flipKernelOp.shape([w.shape], {}));
}

export const reshapeOp: Op<'reshape'> = {
  shape([x = []], { shape }) {
    if (elementCount(x) !== elementCount(shape)) {
      throw new ShapeError({
        expected: `${elementCount(x)} elements`,
        name: 'reshape',
        received: show(shape),
      });
    }
    return shape;
  },
  gradient: (t, g) => [reshape(g, inputOf(t.inputs, 0).shape)],
  evaluate: (inputs) => inputOf(inputs, 0).data.slice(),
  emit: (t, [x = ''], e) => e.node('Reshape', [x, e.int64(t.shape)]),
};

export const transposeOp: Op<'transpose'> = {
  shape([x = []], { permutation }) {
    const sorted = [...permutation].sort((a, b) => a - b);
    if (permutation.length !== x.length || sorted.some((axis, i) => axis !== i)) {
      throw new ShapeError({
        expected: `a permutation of ${x.length} dimensions`,
        name: 'transpose',
        received: show(permutation),
      });
    }
    return permutation.map((axis) => extent(x, axis));
  },
  gradient: (t, g) => {
    const inverse = t.attributes.permutation.map((_, axis) => t.attributes.permutation.indexOf(axis));
    return [transpose(g, inverse)];
  },
  evaluate: (inputs, { permutation }, shape) => {
    const x = inputOf(inputs, 0);
    const from = strides(x.shape);
    const steps = permutation.map((axis) => from[axis] ?? 0);
    return walk(shape, steps, 0, x.data);
  },
  emit: (t, inputs, e) => e.node('Transpose', inputs, { perm: t.attributes.permutation }),
};

export const sliceOp: Op<'slice'> = {
  shape([x = []], { starts, ends }) {
    const fits =
      starts.length === x.length &&
      ends.length === x.length &&
      x.every(
        (size, i) => 0 <= (starts[i] ?? -1) && (starts[i] ?? 0) < (ends[i] ?? 0) && (ends[i] ?? 0) <= size,
      );
    if (!fits) {
      throw new ShapeError({
        expected: `bounds inside ${show(x)}`,
        name: 'slice',
        received: `${show(starts)} to ${show(ends)}`,
      });
    }
    return ends.map((end, i) => end - (starts[i] ?? 0));
  },
  gradient: (t, g) => [padZeros(g, t.attributes.starts, inputOf(t.inputs, 0).shape)],
  evaluate: (inputs, { starts }, shape) => {
    const x = inputOf(inputs, 0);
    const steps = strides(x.shape);
    const offset = starts.reduce((sum, start, i) => sum + start * (steps[i] ?? 0), 0);
    return walk(shape, steps, offset, x.data);
  },
  emit: (t, [x = ''], e) => {
    const full = inputOf(t.inputs, 0).shape;
    const { starts, ends } = t.attributes;
    const axes = full.map((_, i) => i).filter((i) => starts[i] !== 0 || ends[i] !== full[i]);
    const pick = (values: readonly number[]) => e.int64(axes.map((axis) => extent(values, axis)));
    return axes.length === 0
      ? e.node('Identity', [x])
      : e.node('Slice', [x, pick(starts), pick(ends), e.int64(axes)]);
  },
};

export const padZerosOp: Op<'padZeros'> = {
  shape([x = []], { before, shape }) {
    const fits =
      before.length === x.length &&
      shape.length === x.length &&
      x.every((size, i) => (before[i] ?? -1) >= 0 && (before[i] ?? 0) + size <= (shape[i] ?? 0));
    if (!fits) {
      throw new ShapeError({
        expected: `room for ${show(x)}`,
        name: 'padZeros',
        received: `${show(shape)} from ${show(before)}`,
      });
    }
    return shape;
  },
  gradient: (t, g) => {
    const { before } = t.attributes;
    return [
      slice(
        g,
        before,
        inputOf(t.inputs, 0).shape.map((size, i) => size + (before[i] ?? 0)),
      ),
    ];
  },
  evaluate: (inputs, { before }, shape) => {
    const x = inputOf(inputs, 0);
    const steps = strides(shape);
    const offset = before.reduce((sum, start, i) => sum + start * (steps[i] ?? 0), 0);
    const result = new Float64Array(elementCount(shape));
    visit(x.shape, steps, offset, (at, i) => {
      result[at] = x.data[i] ?? 0;
    });
    return result;
  },
  emit: (t, [x = ''], e) => {
    const { before, shape } = t.attributes;
    const after = inputOf(t.inputs, 0).shape.map((size, i) => (shape[i] ?? 0) - size - (before[i] ?? 0));
    return e.node('Pad', [x, e.int64([...before, ...after])], { mode: 'constant' });
  },
};

export const concatOp: Op<'concat'> = {
  shape(shapes, { axis }) {
    const first = shapes[0] ?? [];
    const fits = shapes.every(
      (shape) => shape.length === first.length && shape.every((size, i) => i === axis || size === first[i]),
    );
    if (shapes.length === 0 || axis < 0 || axis >= first.length || !fits) {
      throw new ShapeError({
        expected: `shapes equal but for dimension ${axis}`,
        name: 'concat',
        received: shapes.map(show).join(', ') || 'none',
      });
    }
    return first.map((size, i) =>
      i === axis ? shapes.reduce((sum, shape) => sum + extent(shape, axis), 0) : size,
    );
  },
  gradient: (t, g, needed) => {
    const { axis } = t.attributes;
    let start = 0;
    return t.inputs.map((part, i) => {
      const end = start + extent(part.shape, axis);
      const starts = t.shape.map((_, d) => (d === axis ? start : 0));
      const ends = t.shape.map((size, d) => (d === axis ? end : size));
      start = end;
      return needed[i] ? slice(g, starts, ends) : null;
    });
  },
  evaluate: (inputs, { axis }, shape) => {
    const result = new Float64Array(elementCount(shape));
    const inner = elementCount(shape.slice(axis + 1));
    const row = extent(shape, axis) * inner;
    let offset = 0;
    for (const { shape: part, data } of inputs) {
      const chunk = extent(part, axis) * inner;
      for (let i = 0; i * chunk < data.length; i++) {
        result.set(data.subarray(i * chunk, (i + 1) * chunk), i * row + offset);
      }
      offset += chunk;
    }
    return result;
  },
  emit: (t, inputs, e) => e.node('Concat', inputs, { axis: t.attributes.axis }),
};

export const flipKernelOp: Op<'flipKernel'> = {
  shape([w = []]) {
    const [o, i, kh, kw] = nchw(w, 'flipKernel');
    return [i, o, kh, kw];
  },
  gradient: (_, g) => [flipKernel(g)],
  evaluate: (inputs, _, shape) => {
    const w = inputOf(inputs, 0);
    const steps = strides(w.shape);
    const [i = 0, o = 0, h = 0, v = 0] = [steps[1], steps[0], steps[2], steps[3]];
    const offset = (extent(shape, 2) - 1) * h + (extent(shape, 3) - 1) * v;
    return walk(shape, [i, o, -h, -v], offset, w.data);
  },
  emit: (t, inputs, e) => {
    const swapped = e.node('Transpose', inputs, { perm: [1, 0, 2, 3] });
    if (extent(t.shape, 2) === 1 && extent(t.shape, 3) === 1) return swapped;
    // A slice with step -1 runs from the last index (-1) to just before the first.
    const before = [-(extent(t.shape, 2) + 1), -(extent(t.shape, 3) + 1)];
    return e.node('Slice', [swapped, e.int64([-1, -1]), e.int64(before), e.int64([2, 3]), e.int64([-1, -1])]);
  },
};

/** Calls `each(offset + index · steps, i)` for the index of each element i, in row-major order. */
function visit(
  shape: Shape,
  steps: readonly number[],
  offset: number,
  each: (at: number, i: number) => void,
): void {
  const count = elementCount(shape);
  const index = new Array<number>(shape.length).fill(0);
  let at = offset;
  for (let i = 0; i < count; i++) {
    each(at, i);
    for (let d = shape.length - 1; d >= 0; d--) {
      const next = (index[d] ?? 0) + 1;
      at += steps[d] ?? 0;
      if (next < (shape[d] ?? 0)) {
        index[d] = next;
        break;
      }
      index[d] = 0;
      at -= next * (steps[d] ?? 0);
    }
  }
}

/** Reads `data` at every index of `shape`. */
function walk(shape: Shape, steps: readonly number[], offset: number, data: Float64Array): Float64Array {
  const result = new Float64Array(elementCount(shape));
  visit(shape, steps, offset, (at, i) => {
    result[i] = data[at] ?? 0;
  });
  return result;
}
