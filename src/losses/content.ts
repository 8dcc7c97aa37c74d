/** Content loss: how far the output's features are from the content picture's. */

import { meanSquaredError, normalise, total } from '../graph/derived.ts';
import { stopGradient } from '../graph/ops/sources.ts';
import type { Tensor } from '../graph/tensor.ts';
import { layerPairs } from './layer-pairs.ts';

/**
 * `raw`: features as they are (the paper's eq. 5); `normalised`: each channel to mean 0 and variance 1 first,
 * so that only the layout counts, not the colours (SANet). They differ by orders of magnitude.
 */
export const contentForms = ['raw', 'normalised'] as const;
export type ContentForm = (typeof contentForms)[number];

/**
 * Lc = Σ over layers of mean((f(output) − f(content))²). Features `[N, C, H, W]`, a list of layers each;
 * the paper uses relu4_1 raw, SANet normalised relu4_1 and relu5_1. No gradient reaches the content's features.
 */
export function contentLoss(
  output: readonly Tensor[],
  content: readonly Tensor[],
  form: ContentForm,
): Tensor {
  const prepare = (x: Tensor) => (form === 'raw' ? x : normalise(x));
  const terms = layerPairs(output, content, 'content loss').map(([features, target]) =>
    meanSquaredError(prepare(features), stopGradient(prepare(target))),
  );
  return total(terms);
}
