/** Looking at graphs: as text, and how many operations they take. */

import { show, elementCount, extent } from './shape.ts';
import { isOp, type Outputs, type Tensor, topologicalOrder } from './tensor.ts';
import { inputOf } from './op.ts';
import { simplify } from './simplify.ts';

/** Lines such as `%2 = conv(%0, %1) { pads: [0, 0, 0, 0] } : [1, 8, 6, 6]`, then the named outputs. */
export function print(outputs: Outputs): string {
  const names = new Map<Tensor, string>();
  const reference = (t: Tensor) => names.get(t) ?? '?';
  const lines = topologicalOrder(Object.values(outputs)).map((tensor, i) => {
    names.set(tensor, `%${i}`);
    const call = `${tensor.op}(${tensor.inputs.map(reference).join(', ')})`;
    return `%${i} = ${call}${describe(tensor)} : ${show(tensor.shape)}`;
  });
  return [...lines, ...Object.entries(outputs).map(([name, t]) => `${name}: ${reference(t)}`)].join('\n');
}

function describe(tensor: Tensor): string {
  if (isOp(tensor, 'constant')) {
    const { data } = tensor.attributes;
    return data.length <= 4 ? ` { ${Array.from(data).join(', ')} }` : '';
  }
  const entries = Object.entries(tensor.attributes).map(
    ([key, value]) => `${key}: ${Array.isArray(value) ? show(value) : value}`,
  );
  return entries.length === 0 ? '' : ` { ${entries.join(', ')} }`;
}

/**
 * FLOP of one run: 2 per multiply-add of every `conv` and `matmul` left after simplifying. Elementwise
 * operations, padding and pooling are not counted: they cost memory traffic, not arithmetic.
 */
export function floatingPointOperations(outputs: Outputs): number {
  let total = 0;
  for (const { op, inputs, shape } of topologicalOrder(Object.values(simplify(outputs)))) {
    if (op === 'matmul') {
      total += 2 * elementCount(shape) * extent(inputOf(inputs, 0).shape, -1);
    } else if (op === 'conv') {
      total += 2 * elementCount(shape) * elementCount(inputOf(inputs, 1).shape.slice(1));
    }
  }
  return total;
}
