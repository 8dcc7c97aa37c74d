/** The card of a loss network: the JSON file beside its weights, which says how pictures enter it. */

import { z } from 'zod';
import { WeightsError } from '../errors.ts';
import { preprocessings } from './vgg19.ts';
import { trainingStageSchema } from '../weights/model-card.ts';

const share = z.number();

/** How well a layer of a distilled network stands for its teacher's, on pictures that training never saw. */
const layerSchema = z.strictObject({
  /** mean((student − teacher)²) / mean(teacher²), the student's features through a linear map. */
  error: share,
  /** Pearson's, over all places and channels. */
  correlation: share,
  /**
   * Number of units between the layer before and this one, inclusive, that fire at less than a
   * thousandth of all positions.
   */
  asleep: z.int(),
  units: z.int(),
});

/** Of a network from elsewhere only `configuration.preprocessing` is asked for. */
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

/** Cards of painters are told by the method that they name. */
const painterCardSchema = z.looseObject({ method: z.string(), configuration: z.looseObject({}) });

export type NetworkCard = z.output<typeof networkCardSchema>;
export type LayerRecord = z.output<typeof layerSchema>;

/**
 * @param json the parsed file
 * @param source its name, for messages
 * @throws WeightsError that names the first field that is wrong
 */
export function parseNetworkCard(json: unknown, source: string): NetworkCard {
  if (painterCardSchema.safeParse(json).success) {
    throw new WeightsError({
      expected: 'a VGG-19',
      name: 'the network',
      received: 'a painter',
      where: source,
    });
  }
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
