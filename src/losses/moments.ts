/** Moments style loss: compares channel means and standard deviations, as AdaIN and SANet do. */

import { type ChannelStatistics, meanSquaredError, total } from '../graph/derived.ts';
import { add } from '../graph/ops/elementwise.ts';
import { stopGradient } from '../graph/ops/sources.ts';
import { layerPairs } from './layer-pairs.ts';

/**
 * Ls = Σ over layers of mean((μ(output) − μ(style))²) + mean((σ(output) − σ(style))²), means over samples and
 * channels; unbiased variance + 1e-5 under the root (Huang & Belongie 2017). Statistics `[N, C, 1, 1]` of each layer;
 * no gradient reaches the style's.
 */
export function momentsLoss(output: readonly ChannelStatistics[], style: readonly ChannelStatistics[]) {
  const terms = layerPairs(output, style, 'moments loss').map(([own, target]) =>
    add(
      meanSquaredError(own.mean, stopGradient(target.mean)),
      meanSquaredError(own.deviation, stopGradient(target.deviation)),
    ),
  );
  return total(terms);
}
