/** The Wasserstein critic of one VGG layer: a small network on single feature vectors. */

import { add, relu } from '../graph/ops/elementwise.ts';
import { matmul } from '../graph/ops/linear.ts';
import { extent } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Parameters } from './parameters.ts';

/** Width of the three hidden layers, as in the paper. */
export const CRITIC_WIDTH = 256;

/**
 * Scores `x [N, P, C]` → `[N, P, 1]`: three hidden layers of 256 with ReLU, then one scalar. This is our
 * reading of the paper's critic, and the same as 1×1 convolutions. `condition [N, 1, K]`, if given, enters
 * the first layer and tells the critic which style was asked for. The paper does not say that critics are
 * told.
 */
export function critic(x: Tensor, parameters: Parameters, condition?: Tensor): Tensor {
  let y = linear(x, parameters, 'hidden1', CRITIC_WIDTH);
  if (condition !== undefined) y = add(y, linear(condition, parameters, 'condition', CRITIC_WIDTH));
  y = relu(
    linear(relu(linear(relu(y), parameters, 'hidden2', CRITIC_WIDTH)), parameters, 'hidden3', CRITIC_WIDTH),
  );
  return linear(y, parameters, 'score', 1);
}

/**
 * Weights are stored as `[inputs, outputs]`, so that the whole batch is one matrix
 * product without a transpose.
 */
function linear(x: Tensor, parameters: Parameters, name: string, outputs: number): Tensor {
  const inputs = extent(x.shape, -1);
  // He initialisation counts the fan-in from the second extent; here it is the first.
  const gain = Math.sqrt(outputs / inputs);
  const weight = parameters.get(`${name}.weight`, [inputs, outputs], { kind: 'he', gain });
  return add(matmul(x, weight), parameters.get(`${name}.bias`, [outputs], { kind: 'zeros' }));
}
