/** Masses loss: large light and dark areas stay light and dark. */

import { meanSquaredError, normalise } from '../graph/composed.ts';
import { reduceSum } from '../graph/ops/broadcast.ts';
import { mul } from '../graph/ops/elementwise.ts';
import { stopGradient } from '../graph/ops/sources.ts';
import { extent } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { meanPool } from '../networks/layers.ts';

/** Largest number of places along the shorter side. */
const PLACES = 16;

/**
 * mean((m(output) − m(content))²). m is the grey picture in means over blocks, halved until 16 or fewer are
 * left along the shorter side, then minus its mean, over its deviation. Pictures `[N, 3, H, W]`. No gradient
 * reaches the content.
 *
 * Difference from the paper, which has no such term. Content features tell objects apart, but not that the
 * sky is the lighter part. With this loss skies lose their blotches, and trunks and legs come back.
 */
export function massesLoss(output: Tensor, content: Tensor): Tensor {
  return meanSquaredError(masses(output), stopGradient(masses(content)));
}

function masses(picture: Tensor): Tensor {
  let grey = mul(reduceSum(picture, [1]), 1 / 3);
  while (Math.min(extent(grey.shape, 2), extent(grey.shape, 3)) > PLACES) grey = meanPool(grey, 1);
  return normalise(grey);
}
