/** The float64 reference: computes a graph in plain JavaScript, slowly and exactly. */

import { ShapeError } from '../errors.ts';
import { inputOf, type Value } from './op.ts';
import { opOf } from './ops/table.ts';
import { elementCount, show } from './shape.ts';
import { isOp, type OpName, type Outputs, type Tensor, topologicalOrder } from './tensor.ts';

/** Values of `outputs` in float64. `feeds` gives every input by name; constants have float32 precision. */
export function evaluate<K extends string>(
  outputs: Readonly<Record<K, Tensor>>,
  feeds: Readonly<Record<string, ArrayLike<number>>> = {},
): Record<K, Float64Array> {
  const values = new Map<Tensor, Value>();
  const named: Outputs = outputs;
  for (const tensor of topologicalOrder(Object.values(named))) {
    const inputs = tensor.inputs.map((x) =>
      inputOf(
        [values.get(x)].filter((v) => v !== undefined),
        0,
      ),
    );
    const data = isOp(tensor, 'input') ? feed(tensor, feeds) : compute(tensor, inputs);
    values.set(tensor, { shape: tensor.shape, data });
  }
  const results: Partial<Record<K, Float64Array>> = {};
  for (const name in outputs) results[name] = values.get(outputs[name])?.data ?? new Float64Array();
  return results as Record<K, Float64Array>;
}

/** One operation applied to computed values. */
export function compute<K extends OpName>(tensor: Tensor<K>, inputs: readonly Value[]): Float64Array {
  return opOf(tensor.op).evaluate(inputs, tensor.attributes, tensor.shape);
}

function feed(tensor: Tensor<'input'>, feeds: Readonly<Record<string, ArrayLike<number>>>): Float64Array {
  const { name } = tensor.attributes;
  const data = feeds[name];
  if (data === undefined || data.length !== elementCount(tensor.shape)) {
    throw new ShapeError({
      expected: `${elementCount(tensor.shape)} values of shape ${show(tensor.shape)}`,
      name: `input ${name}`,
      received: data === undefined ? 'none' : `${data.length}`,
    });
  }
  return Float64Array.from(data);
}
