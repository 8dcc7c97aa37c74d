/** The content loss of methods that compare features as they are, in units that suit any network. */

import { meanOver, meanSquaredError, mean, square } from '../../graph/composed.ts';
import { add, div, sub } from '../../graph/ops/elementwise.ts';
import { stopGradient } from '../../graph/ops/sources.ts';
import type { Tensor } from '../../graph/tensor.ts';

/**
 * mean((f(picture) − f(content))²) over the mean variance of the content's channels, features
 * `[1, C, h, w]`: 0 is the content, 1 as far as features that are the same at all places.
 */
export function layoutLoss(own: Tensor, content: Tensor): Tensor {
  const variance = mean(square(sub(content, meanOver(content, [2, 3]))));
  return div(meanSquaredError(own, stopGradient(content)), add(stopGradient(variance), 1e-8));
}
