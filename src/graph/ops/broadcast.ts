/** Stretching a tensor to a larger shape, and its adjoint: summing it back. */

import { ShapeError } from '../../errors.ts';
import { inputOf, type Op } from '../op.ts';
import { broadcastShapes, elementCount, extent, type Shape, sameShape, show, strides } from '../shape.ts';
import { makeTensor, type Tensor } from '../tensor.ts';
import { reshape } from './layout.ts';

/** Repeats `x` along missing dimensions and those of extent 1, until it has `shape`. */
export function expand(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape)
    ? x
    : makeTensor('expand', [x], { shape }, expandOp.shape([x.shape], { shape }));
}

/** Sum over `axes`, which stay as extents of 1. */
export function reduceSum(x: Tensor, axes: readonly number[]): Tensor {
  return makeTensor('reduceSum', [x], { axes }, reduceSumOp.shape([x.shape], { axes }));
}

/** Sums a gradient of a broadcast result back to the shape of the input it came from. */
export function sumTo(g: Tensor, shape: Shape): Tensor {
  if (sameShape(g.shape, shape)) return g;
  const missing = g.shape.length - shape.length;
  const axes = g.shape.flatMap((size, i) =>
    i < missing || (shape[i - missing] === 1 && size !== 1) ? [i] : [],
  );
  const summed = axes.length === 0 ? g : reduceSum(g, axes);
  return sameShape(summed.shape, shape) ? summed : reshape(summed, shape);
}

export const expandOp: Op<'expand'> = {
  shape([x = []], { shape }) {
    if (!sameShape(broadcastShapes(x, shape, 'expand'), shape)) {
      throw new ShapeError({
        expected: `a shape that ${show(x)} stretches to`,
        name: 'expand',
        received: show(shape),
      });
    }
    return shape;
  },
  gradient: (t, g) => [sumTo(g, inputOf(t.inputs, 0).shape)],
  evaluate: (inputs, _, shape) => {
    const x = inputOf(inputs, 0);
    const address = broadcastAddress(x.shape, shape);
    return Float64Array.from({ length: elementCount(shape) }, (_, i) => x.data[address(i)] ?? 0);
  },
  emit: (t, [x = ''], e) => e.node('Expand', [x, e.int64(t.shape)]),
};

export const reduceSumOp: Op<'reduceSum'> = {
  shape([x = []], { axes }) {
    if (axes.length === 0 || axes.some((axis) => axis < 0 || axis >= x.length)) {
      throw new ShapeError({ expected: `axes of ${show(x)}`, name: 'reduceSum', received: show(axes) });
    }
    return x.map((size, i) => (axes.includes(i) ? 1 : size));
  },
  gradient: (t, g) => [expand(g, inputOf(t.inputs, 0).shape)],
  evaluate: (inputs, _, shape) => {
    const x = inputOf(inputs, 0);
    const address = broadcastAddress(shape, x.shape);
    const result = new Float64Array(elementCount(shape));
    x.data.forEach((value, i) => {
      const at = address(i);
      result[at] = (result[at] ?? 0) + value;
    });
    return result;
  },
  emit: (t, [x = ''], e) => e.node('ReduceSum', [x, e.int64(t.attributes.axes)], { keepdims: 1 }),
};

/** Address in a tensor of shape `small` of the element that broadcasts to index `i` of shape `large`. */
export function broadcastAddress(small: Shape, large: Shape): (i: number) => number {
  const offset = large.length - small.length;
  const [from, to] = [strides(small), strides(large)];
  const steps = large.map((_, d) =>
    d < offset || extent(small, d - offset) === 1 ? 0 : (from[d - offset] ?? 0),
  );
  return (i) => {
    let at = 0;
    let rest = i;
    for (let d = 0; d < large.length; d++) {
      const stride = to[d] ?? 1;
      at += Math.floor(rest / stride) * (steps[d] ?? 0);
      rest %= stride;
    }
    return at;
  };
}
