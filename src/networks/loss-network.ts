/**
 * The frozen network of the losses, a VGG-19 of any width, and its card, the JSON file beside its weights.
 */

import { z } from 'zod';
import { WeightsError } from '../errors.ts';
import { frozen, type Parameters } from './parameters.ts';
import { type Preprocessing, type Vgg19Config, vgg19ConfigOf, preprocessings } from './vgg19.ts';
import type { WeightMap } from '../weights/safetensors.ts';
import { trainingStageSchema } from '../weights/model-card.ts';

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

const share = z.number();

/** How well a layer of a distilled network stands for its teacher's, on pictures that training never saw. */
const layerSchema = z.strictObject({
  /** mean((student − teacher)²) / mean(teacher²), the student's features through a linear map. */
  error: share,
  /** Pearson's, over all positions and channels. */
  correlation: share,
  /**
   * Number of units between the layer before and this one, inclusive, that fire at less than a
   * thousandth of all positions.
   */
  asleep: z.int(),
  units: z.int(),
});

/** The card of a network from elsewhere needs only `configuration.preprocessing`. */
const networkCardSchema = z.looseObject({
  name: z.string().optional(),
  description: z.string().optional(),
  file: z.string().optional(),
  sha256: z.string().optional(),
  licence: z.string().optional(),
  created: z.iso.date().optional(),
  configuration: z.looseObject({ preprocessing: z.enum(preprocessings) }),
  parameters: z.int().optional(),
  dtype: z.enum(['F32', 'F16']).optional(),
  training: z
    .strictObject({ data: z.string(), teacher: z.string(), stages: z.array(trainingStageSchema) })
    .optional(),
  layers: z.record(z.string(), layerSchema).optional(),
  limitations: z.array(z.string()).optional(),
});

export type NetworkCard = z.output<typeof networkCardSchema>;
export type LayerRecord = z.output<typeof layerSchema>;

/**
 * @param json the parsed file
 * @param source its name, for messages
 * @throws WeightsError that names the first field that is wrong
 */
export function parseNetworkCard(json: unknown, source: string): NetworkCard {
  const result = networkCardSchema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new WeightsError({
    expected: `configuration.preprocessing, one of ${preprocessings.join(', ')}, and what else a network's card may say`,
    name: issue?.path.join('.') || 'the card',
    received: issue?.message ?? 'another form',
    where: source,
  });
}
