/** Cost of a graph: floating-point operations of its convolutions and matrix products. */

import { inputOf } from './op.ts';
import { elementCount, extent } from './shape.ts';
import { simplify } from './simplify.ts';
import { type Outputs, topologicalOrder } from './tensor.ts';

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
