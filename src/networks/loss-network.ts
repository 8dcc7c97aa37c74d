/** The frozen network that losses look through: a VGG-19 of any width. */

import { WeightsError } from '../errors.ts';
import { frozen, type Parameters } from './parameters.ts';
import { type Preprocessing, type Vgg19Config, vgg19ConfigOf } from './vgg19.ts';
import type { WeightMap } from '../weights/safetensors.ts';

export interface LossNetwork {
  readonly parameters: Parameters;
  readonly config: Vgg19Config;
}

/**
 * The network of a weights file; `source` names it in errors. The preprocessing of pictures comes from
 * `preprocessing`, which the file's card gives, or is the file's own `conv0`. It is never guessed.
 *
 * @throws WeightsError if neither is there, or tensors are missing
 */
export function lossNetwork(weights: WeightMap, source: string, preprocessing?: Preprocessing): LossNetwork {
  const known = preprocessing ?? (weights.has('conv0.weight') ? 'conv0' : undefined);
  const config = vgg19ConfigOf(weights, source, known ?? 'conv0');
  if (known !== undefined) return { parameters: frozen(weights, source), config };
  throw new WeightsError({
    expected: 'a tensor conv0.weight, or a card beside the file that says how pictures enter the network,',
    name: 'the loss network',
    received: 'neither',
    where: source,
    remedy: `for weights of torchvision write {"configuration": {"preprocessing": "imagenet"}} into ${source.replace(/^.*[/\\]/, '').replace(/\.safetensors$/, '')}.json`,
  });
}
