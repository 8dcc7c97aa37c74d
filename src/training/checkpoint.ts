/** Checkpoints: everything a run needs to go on, in one safetensors file. Node only. */

import { z } from 'zod';
import { WeightsError } from '../errors.ts';
import { readWeights, writeWeights } from '../weights/node.ts';
import type { WeightMap } from '../weights/safetensors.ts';
import { type StateKind, stateName } from './adam.ts';
import { configSchema, type TrainingConfig } from './config.ts';

/** A running training: configuration, place, and all states by `kind/parameter`. */
export interface Checkpoint {
  readonly config: TrainingConfig;
  /** Steps done. Batches and random numbers are functions of seed and step, so this is the sampler's position and the random state too. */
  readonly step: number;
  /** Hours of training so far. */
  readonly hours: number;
  readonly states: WeightMap;
  readonly versions: Readonly<Record<string, string>>;
}

const metadataSchema = z.object({
  config: configSchema,
  step: z.number().int().min(0),
  hours: z.number(),
  versions: z.record(z.string(), z.string()),
});

const KEY = 'wasserfarbe.checkpoint';

/** Writes atomically: a crash leaves the previous file whole. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const { states, ...rest } = checkpoint;
  await writeWeights(path, states, { metadata: { [KEY]: JSON.stringify(rest) } });
}

export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const { tensors, metadata } = await readWeights(path);
  const text = metadata[KEY];
  if (text === undefined) {
    throw new WeightsError({
      expected: 'a training checkpoint',
      name: path,
      received: 'weights without a training state',
      remedy: 'start a new run from it with --init instead of --resume',
    });
  }
  const parsed = metadataSchema.safeParse(JSON.parse(text));
  if (!parsed.success) {
    throw new WeightsError({
      expected: 'a checkpoint of this version',
      name: path,
      received: parsed.error.issues[0]?.message ?? 'another form',
    });
  }
  return { ...parsed.data, states: tensors };
}

/** The states of one kind, by parameter name. */
export function statesOf(states: WeightMap, kind: StateKind): WeightMap {
  const prefix = stateName(kind, '');
  return new Map(
    [...states].flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  );
}

/**
 * Parameters to start another stage from: a checkpoint's (running averages where it has them), or a plain
 * weights file's.
 */
export async function readParameters(path: string): Promise<WeightMap> {
  const { tensors, metadata } = await readWeights(path);
  if (metadata[KEY] === undefined) return tensors;
  return new Map([...statesOf(tensors, 'parameter'), ...statesOf(tensors, 'average')]);
}
