/** Means and deviations of channels, for methods that compare or standardise by them. */

import { flattenPositions, safeSqrt, square, VARIANCE_EPSILON } from '../../graph/composed.ts';
import { reduceSum } from '../../graph/ops/broadcast.ts';
import { mul, sub } from '../../graph/ops/elementwise.ts';
import { extent } from '../../graph/shape.ts';
import type { Outputs, Tensor } from '../../graph/tensor.ts';
import { layerNames } from '../../networks/vgg19.ts';
import type { Looked } from '../look.ts';

/** Mean and deviation of each channel, `[1, C, 1]`, of features `[1, C, h, w]`, weighted by chances. */
export function statistics(
  features: Tensor,
  chances?: Tensor,
): { readonly mean: Tensor; readonly deviation: Tensor } {
  const flat = flattenPositions(features);
  const weights = chances ?? 1 / extent(flat.shape, 2);
  const average = reduceSum(mul(flat, weights), [2]);
  const variance = reduceSum(mul(square(sub(flat, average)), weights), [2]);
  return { mean: average, deviation: safeSqrt(variance, VARIANCE_EPSILON) };
}

/** Those of a style, `mean.LAYER` and `deviation.LAYER`. */
export function statisticsOnce(style: Looked): Outputs {
  return Object.fromEntries(
    layerNames.flatMap((layer) => {
      const { mean, deviation } = statistics(style[layer]);
      return [
        [`mean.${layer}`, mean],
        [`deviation.${layer}`, deviation],
      ];
    }),
  );
}
