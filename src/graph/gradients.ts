/** Reverse-mode differentiation: from a loss graph to a gradient graph of the same operations. */

import { ShapeError } from '../errors.ts';
import { add } from './ops/elementwise.ts';
import { constant } from './ops/sources.ts';
import { opOf } from './ops/table.ts';
import { elementCount, show } from './shape.ts';
import { type OpName, type Tensor, topologicalOrder } from './tensor.ts';

/**
 * Gradients of the scalar `loss` with respect to each of `parameters` (any nodes of its graph), in their
 * order and shapes. Only nodes between parameters and loss are built. A parameter that the loss does not
 * depend on gets zeros. The result is an ordinary graph: it can be differentiated again.
 */
export function gradients(loss: Tensor, parameters: readonly Tensor[]): Tensor[] {
  if (elementCount(loss.shape) !== 1) {
    throw new ShapeError({
      expected: 'a loss with one element',
      name: 'gradients',
      received: show(loss.shape),
      remedy: 'take its sum or mean first',
    });
  }
  const order = topologicalOrder([loss]);
  const depends = new Set<Tensor>(parameters);
  for (const tensor of order) {
    if (tensor.op !== 'stopGradient' && tensor.inputs.some((x) => depends.has(x))) depends.add(tensor);
  }
  const found = new Map<Tensor, Tensor>();
  found.set(loss, constant(new Float32Array(elementCount(loss.shape)).fill(1), loss.shape));
  for (const tensor of order.reverse()) {
    const gradient = found.get(tensor);
    if (gradient === undefined || !depends.has(tensor) || tensor.op === 'stopGradient') continue;
    const needed = tensor.inputs.map((x) => depends.has(x));
    if (!needed.includes(true)) continue;
    const parts = pull(tensor, gradient, needed);
    tensor.inputs.forEach((x, i) => {
      const part = parts[i];
      if (!needed[i] || part === null || part === undefined) return;
      const sum = found.get(x);
      found.set(x, sum === undefined ? part : add(sum, part));
    });
  }
  return parameters.map((p) => found.get(p) ?? constant(new Float32Array(elementCount(p.shape)), p.shape));
}

function pull<K extends OpName>(tensor: Tensor<K>, gradient: Tensor, needed: readonly boolean[]) {
  return opOf(tensor.op).gradient(tensor, gradient, needed);
}
