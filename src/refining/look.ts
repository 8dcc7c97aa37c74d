/** What refining sees of a picture: the features of the loss network, and colours. */

import type { Tensor } from '../graph/tensor.ts';
import { colourLayer } from '../losses/colour.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { type Features, layerNames, vgg19 } from '../networks/vgg19.ts';

/** Layers at which pictures are compared: those of the loss network, and colours. */
export const comparedLayers = [...layerNames, 'colour'] as const;
export type ComparedLayer = (typeof comparedLayers)[number];

/** Pixels between two places of a layer. */
export function strideOf(layer: ComparedLayer): number {
  return layer === 'colour' ? 4 : 2 ** layerNames.indexOf(layer);
}

/** A picture with its features: `[1, C, h, w]` at each layer. */
export type Looked = Readonly<Record<ComparedLayer, Tensor>>;

/** Looks at a picture `[1, 3, H, W]` (RGB 0–1), sides multiples of 16. */
export function look(picture: Tensor, { parameters, config }: LossNetwork): Looked {
  const features: Features = vgg19(picture, parameters, config, layerNames);
  return { ...features, colour: colourLayer(picture) };
}
