/** Graphs for onnxruntime-web: the same values, rewritten for kernels less precise than those of a CPU. */

import { inputOf } from '../graph/op.ts';
import { reduceSum } from '../graph/ops/broadcast.ts';
import { isOp, makeTensor, type Outputs, type Tensor, topologicalOrder } from '../graph/tensor.ts';

/**
 * Splits sums over several axes into one sum per axis. WebAssembly adds up one number at a time in float32.
 * Over the 262,144 positions of 512² pixels at once, means and deviations were off so far that paintings
 * differed by 0.4/255 on average.
 */
export function sumAxisByAxis(outputs: Outputs): Outputs {
  const renewed = new Map<Tensor, Tensor>();
  for (const tensor of topologicalOrder(Object.values(outputs))) {
    const inputs = tensor.inputs.map((x) => renewed.get(x) ?? x);
    renewed.set(tensor, renew(tensor, inputs));
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, x]) => [name, renewed.get(x) ?? x]));
}

function renew(tensor: Tensor, inputs: readonly Tensor[]): Tensor {
  if (isOp(tensor, 'reduceSum')) {
    const axes = tensor.attributes.axes.toSorted((a, b) => b - a);
    return axes.reduce((x, axis) => reduceSum(x, [axis]), inputOf(inputs, 0));
  }
  const same = inputs.every((x, i) => x === tensor.inputs[i]);
  return same ? tensor : makeTensor(tensor.op, inputs, tensor.attributes, tensor.shape);
}
