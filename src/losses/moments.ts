/** Moments style loss: compares channel means and standard deviations, as AdaIN and SANet do. */

import { type ChannelStatistics, meanSquaredError, total } from '../graph/composed.ts';
import { add, mul } from '../graph/ops/elementwise.ts';
import { stopGradient } from '../graph/ops/sources.ts';
import type { Tensor } from '../graph/tensor.ts';
import { layerPairs } from './layer-pairs.ts';

/**
 * Ls = Σ over layers of mean((μ(output) − μ(style))²) + mean((σ(output) − σ(style))²), means over samples and
 * channels; unbiased variance + 1e-5 under the root (Huang & Belongie 2017). Statistics are `[N, C, 1, 1]`
 * for each layer. No gradient reaches the style's. `weights` has one weight per layer, 1 each if it is
 * missing.
 */
export function momentsLoss(
  output: readonly ChannelStatistics[],
  style: readonly ChannelStatistics[],
  weights: readonly number[] = [],
): Tensor {
  const terms = layerPairs(output, style, 'moments loss').map(([own, target], i) =>
    weigh(
      add(
        meanSquaredError(own.mean, stopGradient(target.mean)),
        meanSquaredError(own.deviation, stopGradient(target.deviation)),
      ),
      weights[i] ?? 1,
    ),
  );
  return total(terms);
}

function weigh(term: Tensor, weight: number): Tensor {
  return weight === 1 ? term : mul(term, weight);
}
