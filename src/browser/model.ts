/** Fetching a model in the worker. */

import { WeightsError } from '../errors.ts';
import { messageOf } from '../thrown.ts';
import { type LossNetwork, lossNetwork } from '../networks/loss-network.ts';
import { preprocessings } from '../networks/vgg19.ts';
import { z } from '../schema.ts';
import { parseGeneratorConfig } from '../networks/settings.ts';
import type { StylizerModel } from '../stylize/style.ts';
import { readSafetensors } from '../weights/safetensors.ts';

/**
 * The fields of a model card that are needed to run the model; `weights/model-card.ts` has all fields. The
 * others are kept without a check.
 */
const cardSchema = z.looseObject({
  name: z.string(),
  sha256: z.string(),
  parameters: z.number(),
  configuration: z.unknown(),
});

/** A model, and its unchanged card. */
export interface FetchedModel extends StylizerModel {
  readonly card: Readonly<Record<string, unknown>>;
}

/**
 * A model by the URLs of its two files.
 *
 * @throws WeightsError if one cannot be fetched or is damaged, or their numbers of parameters differ
 */
export async function fetchModel(weights: string, cardUrl: string): Promise<FetchedModel> {
  const [bytes, text] = await Promise.all([
    fetched(weights, 'the weights file', (response) => response.arrayBuffer()),
    fetched(cardUrl, 'the model card', (response) => response.text()),
  ]);
  const card = parsed(text, cardUrl, cardSchema);
  const { name, sha256, configuration, parameters } = card;
  const config = parseGeneratorConfig(configuration, cardUrl);
  const { tensors } = readSafetensors(new Uint8Array(bytes), weights);
  const count = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  // The SHA-256 is not checked: browsers compute it on secure pages only. The format itself
  // refuses truncated files.
  if (count !== parameters) {
    throw new WeightsError({
      expected: `${parameters} parameters`,
      name: 'the weights file',
      received: `${count}`,
      where: weights,
      remedy: 'it belongs to another model card: reload without cache',
    });
  }
  return { name, sha256, config, weights: tensors, card };
}

/**
 * A loss network by the URLs of its files, of which one with a layer `conv0` has no card.
 *
 * @throws as {@link fetchModel}
 */
export async function fetchLossNetwork(weights: string, cardUrl?: string): Promise<LossNetwork> {
  const [bytes, text] = await Promise.all([
    fetched(weights, 'the weights of the loss network', (response) => response.arrayBuffer()),
    cardUrl === undefined
      ? undefined
      : fetched(cardUrl, 'the card of the loss network', (response) => response.text()),
  ]);
  const card = text === undefined ? undefined : parsed(text, cardUrl ?? '', networkSchema);
  const { tensors } = readSafetensors(new Uint8Array(bytes), weights);
  return lossNetwork(tensors, weights, card?.configuration.preprocessing);
}

/**
 * The fields of a loss network's card that are needed to run it; `networks/loss-network.ts` has all fields.
 */
const networkSchema = z.looseObject({
  configuration: z.looseObject({ preprocessing: z.enum(preprocessings) }),
});

async function fetched<T>(url: string, name: string, read: (response: Response) => Promise<T>): Promise<T> {
  const fault = (received: string, cause?: unknown): WeightsError =>
    new WeightsError(
      { expected: 'a file that can be fetched', name, received, where: url },
      cause === undefined ? {} : { cause },
    );
  let response: Response;
  try {
    response = await fetch(url);
    if (response.ok) return await read(response);
  } catch (cause) {
    throw fault(messageOf(cause), cause);
  }
  throw fault(`status ${response.status}`);
}

function parsed<S extends z.ZodMiniType>(text: string, where: string, schema: S): z.infer<S> {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    const received = 'something else';
    throw new WeightsError(
      { expected: 'a model card', name: 'the JSON file of the model', received, where },
      { cause },
    );
  }
}
