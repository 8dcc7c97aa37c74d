/** Cascades: content and style meet at every layer, from deep to shallow, each in the picture before it. */

import { slice } from '../graph/ops/layout.ts';
import { nchw, sameShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { decoder } from './decoder.ts';
import { blend, type Mixture } from './mixture.ts';
import { blockPrefix, decoderConfig, stateOf, strideOf } from './painting.ts';
import { type Parameters, scoped } from './parameters.ts';
import { type GeneratorConfig, meetingLayers } from './settings.ts';
import { transforms } from './transforms/table.ts';
import type { Features, LayerName } from './vgg19.ts';

/**
 * The picture from the content's features, of its size. `encode` gives the features of the pictures between.
 */
export function paintCascade(
  features: Features,
  encode: (picture: Tensor) => Features,
  mixture: Mixture,
  parameters: Parameters,
  config: GeneratorConfig,
): Tensor {
  const { apply } = transforms[config.transform];
  const [, , height, width] = nchw(features.relu1_1.shape, 'relu1_1');
  const levels = [...meetingLayers(config)].reverse();
  let known = features;
  let picture = features.relu1_1;
  for (const [i, level] of levels.entries()) {
    if (i > 0) known = encode(picture);
    const fc = known[level];
    const [, , h, w] = nchw(fc.shape, level);
    const block = scoped(parameters, blockPrefix(level));
    const made = mixture.styles.map((style) => apply(fc, stateOf(style, level), block, config).features);
    const fused = blend(made, () => mixture.weightsAt(strideOf(level), h, w));
    picture = cropped(decodeFrom(level, fused, parameters, config), height, width);
  }
  return picture;
}

/** A picture from the features of one layer, by the decoder of that layer. */
export function decodeFrom(
  level: LayerName,
  features: Tensor,
  parameters: Parameters,
  config: GeneratorConfig,
): Tensor {
  // relu4_1's decoder has the name that other generators' one decoder has, so that they can start from it.
  const prefix = level === 'relu4_1' ? 'decoder.' : `decoder.${level}.`;
  return decoder(features, scoped(parameters, prefix), decoderConfig(config), { from: level });
}

/** The encoder rounds odd sizes up, so a decoder's picture may be a few pixels too large. */
function cropped(picture: Tensor, height: number, width: number): Tensor {
  const [n] = nchw(picture.shape, 'picture');
  const shape = [n, 3, height, width];
  return sameShape(picture.shape, shape) ? picture : slice(picture, [0, 0, 0, 0], shape);
}
