/** Colours as the attention carries them: a small map of the style's, and its way back to full size. */

import { normalise } from '../graph/derived.ts';
import { conv } from '../graph/ops/linear.ts';
import { constant } from '../graph/ops/sources.ts';
import { reflectPad, upsample } from '../graph/ops/spatial.ts';
import { nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { meanPool } from './layers.ts';

/**
 * A picture `[N, 3, H, W]` → `[N, 3, ⌈H/8⌉, ⌈W/8⌉]`, the places of relu4_1: means over 8×8 pixels, each channel brought to
 * mean 0 and variance 1, since mean and covariance of the colours are the palette frame's.
 */
export function colourMap(picture: Tensor): Tensor {
  return normalise(meanPool(picture, 3));
}

/** Twice the size, linear between the centres of the small map's places rather than in steps. */
export function enlarge(colours: Tensor): Tensor {
  const large = reflectPad(upsample(colours), 1);
  const [, channels] = nchw(colours.shape, 'colours');
  const weights = new Float32Array(channels * channels * 9);
  for (let c = 0; c < channels; c++) weights.set(BINOMIAL, (c * channels + c) * 9);
  return conv(
    large,
    constant(weights, [channels, channels, 3, 3]),
    constant(new Float32Array(channels), [channels]),
  );
}

const BINOMIAL = [1, 2, 1, 2, 4, 2, 1, 2, 1].map((v) => v / 16);
