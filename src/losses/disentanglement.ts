/** Disentanglement loss: content and style of a painting do not depend on each other (Deng et al. 2020). */

import { type ChannelStatistics, meanSquaredError, normalise, total } from '../graph/composed.ts';
import { add } from '../graph/ops/elementwise.ts';
import type { Tensor } from '../graph/tensor.ts';
import { layerPairs } from './layer-pairs.ts';

/**
 * Σ over layers of mean((norm f(a) − norm f(b))²) for paintings a, b of one content in two styles, features
 * `[N, C, H, W]`. Both get gradients.
 */
export function contentDisentanglement(one: readonly Tensor[], other: readonly Tensor[]): Tensor {
  const pairs = layerPairs(one, other, 'disentanglement loss');
  return total(pairs.map(([a, b]) => meanSquaredError(normalise(a), normalise(b))));
}

/**
 * Σ over layers of mean((μ(a) − μ(b))²) + mean((σ(a) − σ(b))²) for paintings a, b of two contents in one
 * style, statistics `[N, C, 1, 1]`. Both get gradients.
 */
export function styleDisentanglement(
  one: readonly ChannelStatistics[],
  other: readonly ChannelStatistics[],
): Tensor {
  const pairs = layerPairs(one, other, 'disentanglement loss');
  const terms = pairs.map(([a, b]) =>
    add(meanSquaredError(a.mean, b.mean), meanSquaredError(a.deviation, b.deviation)),
  );
  return total(terms);
}
