/** Sources of values: inputs, constants, and values that gradients must not pass. */

import { internal, ShapeError } from '../../errors.ts';
import { inputOf, type Op } from '../op.ts';
import { elementCount, type Shape, show } from '../shape.ts';
import { makeTensor, type Tensor } from '../tensor.ts';

/** A value fed at every run under `name`. */
export function input(name: string, shape: Shape): Tensor<'input'> {
  return makeTensor('input', [], { name }, shape);
}

/** A value stored in the graph, as float32. */
export function constant(data: ArrayLike<number>, shape: Shape): Tensor<'constant'> {
  if (data.length !== elementCount(shape)) {
    throw new ShapeError({
      expected: `${elementCount(shape)} values for ${show(shape)}`,
      name: 'constant',
      received: `${data.length}`,
    });
  }
  return makeTensor(
    'constant',
    [],
    { data: data instanceof Float32Array ? data : Float32Array.from(data) },
    shape,
  );
}

/** The same value, treated as a constant by `gradients`. */
export function stopGradient(x: Tensor): Tensor {
  return makeTensor('stopGradient', [x], {}, x.shape);
}

export const inputOp: Op<'input'> = {
  shape: () => {
    throw internal('an input brings its own shape');
  },
  gradient: () => [],
  evaluate: (_, { name }) => {
    throw new ShapeError({ expected: 'a fed value', name: `input ${name}`, received: 'none' });
  },
  emit: (t) => t.attributes.name,
};

export const constantOp: Op<'constant'> = {
  shape: () => {
    throw internal('a constant brings its own shape');
  },
  gradient: () => [],
  evaluate: (_, { data }) => Float64Array.from(data),
  emit: (t, _, e) => e.float32(t.attributes.data, t.shape),
};

export const stopGradientOp: Op<'stopGradient'> = {
  shape: ([x = []]) => x,
  gradient: () => [null],
  evaluate: (inputs) => inputOf(inputs, 0).data.slice(),
  emit: (_, [x = '']) => x,
};
