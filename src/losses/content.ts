/** Content loss: how far the output's features are from the content picture's. */

import { type ChannelStatistics, meanSquaredError, normalise, total } from '../graph/composed.ts';
import { add, mul } from '../graph/ops/elementwise.ts';
import { stopGradient } from '../graph/ops/sources.ts';
import type { Tensor } from '../graph/tensor.ts';
import { layerPairs } from './layer-pairs.ts';

/**
 * `raw`: features as they are (the paper's eq. 5). `normalised`: each channel to mean 0 and variance 1 first,
 * so that only the layout counts, not the colours (SANet). `adain`: raw features of the output against the
 * content's, brought to the style's mean and deviation (AdaIN, whose decoder inverts just those). The forms
 * differ by orders of magnitude.
 */
export const contentForms = ['raw', 'normalised', 'adain'] as const;
export type ContentForm = (typeof contentForms)[number];

/**
 * Lc = Σ over layers of mean((f(output) − f(content))²). Features are `[N, C, H, W]`, one list of layers
 * for each picture. Our reading of the paper has raw relu4_1, SANet normalised relu4_1 and relu5_1, AdaIN
 * relu4_1. `style` is for `adain`: the style's channel statistics at the same layers. No gradient reaches
 * the content's features or the style's.
 */
export function contentLoss(
  output: readonly Tensor[],
  content: readonly Tensor[],
  form: ContentForm,
  style: readonly ChannelStatistics[] = [],
): Tensor {
  const targets =
    form === 'adain'
      ? layerPairs(content, style, 'content loss').map(([x, { mean, deviation }]) =>
          add(mul(normalise(x), deviation), mean),
        )
      : content;
  const prepare = (x: Tensor) => (form === 'normalised' ? normalise(x) : x);
  const terms = layerPairs(output, targets, 'content loss').map(([features, target]) =>
    meanSquaredError(prepare(features), stopGradient(prepare(target))),
  );
  return total(terms);
}
