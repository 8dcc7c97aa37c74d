/** Colours as the attention carries them: a small map of the style's. */

import { normalise } from '../graph/composed.ts';
import type { Tensor } from '../graph/tensor.ts';
import { meanPool } from './layers.ts';

/**
 * A picture `[N, 3, H, W]` → `[N, 3, ⌈H/8⌉, ⌈W/8⌉]`, the places of relu4_1: means over 8×8 pixels, each channel brought to
 * mean 0 and variance 1, since mean and covariance of the colours are the palette frame's.
 */
export function colourMap(picture: Tensor): Tensor {
  return normalise(meanPool(picture, 3));
}
