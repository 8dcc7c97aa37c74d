/** Identity loss: a picture stylised in its own style should come back unchanged. */

import { meanSquaredError, total } from '../graph/composed.ts';
import { add, mul } from '../graph/ops/elementwise.ts';
import { stopGradient } from '../graph/ops/sources.ts';
import type { Tensor } from '../graph/tensor.ts';
import { layerPairs } from './layer-pairs.ts';

/** A picture `[N, 3, H, W]` and its features at the loss network's layers. */
export interface Seen {
  readonly picture: Tensor;
  readonly features: readonly Tensor[];
}

/**
 * 50 · mean((output − original)²) + Σ over layers of mean((f(output) − f(original))²), to be summed for
 * (content, content) and (style, style). The weights 50 and 1 are those of SANet (Park & Lee 2019). The paper
 * has no such term.
 */
export function identityLoss(output: Seen, original: Seen): Tensor {
  const terms = layerPairs(output.features, original.features, 'identity loss').map(([own, target]) =>
    meanSquaredError(own, stopGradient(target)),
  );
  const pixels = mul(meanSquaredError(output.picture, stopGradient(original.picture)), 50);
  return add(pixels, total(terms));
}
