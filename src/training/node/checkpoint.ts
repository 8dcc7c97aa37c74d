/** Checkpoints: the whole state of a run in one safetensors file, from which it can continue. Node only. */

import { existsSync } from 'node:fs';
import { z } from 'zod';
import { defined } from '../../defined.ts';
import { WeightsError } from '../../errors.ts';
import { readBytes } from '../../files/read.ts';
import { readWeights, writeWeights } from '../../weights/node/weights-file.ts';
import { type ModelCard, trainingStageSchema } from '../../weights/model-card.ts';
import type { WeightMap } from '../../weights/safetensors.ts';
import { sha256 } from '../../weights/sha256.ts';
import type { TrainingConfig } from '../config.ts';
import { configSchema } from '../config-schema.ts';
import { picturesPerStep } from '../stage-graph.ts';
import { trainCommand } from '../command-line.ts';
import { trainedWeights } from '../adam.ts';

/** A running training: configuration, progress, and all states by `kind/parameter`. */
export interface Checkpoint {
  readonly config: TrainingConfig;
  /**
   * Steps done. Batches and random numbers are functions of seed and step, so this also determines the
   * sampler's position and the random state.
   */
  readonly step: number;
  /** Hours of training so far. */
  readonly hours: number;
  /** Pictures drawn so far; under PyTorch, by all processes. */
  readonly pictures: number;
  readonly states: WeightMap;
  /** Losses at the end, averaged over about fifty steps. */
  readonly losses: Readonly<Record<string, number>>;
  /** The stages before this one. */
  readonly history: readonly StageRecord[];
  readonly versions: Readonly<Record<string, string>>;
}

/** The record of a training stage in a model card. */
export type StageRecord = ModelCard['training']['stages'][number];

const metadataSchema = z.object({
  losses: z.record(z.string(), z.number()).default({}),
  history: z.array(trainingStageSchema).default([]),
  config: configSchema,
  step: z.number().int().min(0),
  hours: z.number(),
  pictures: z.number().int().min(0).optional(),
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
  return parseCheckpoint(tensors, text, path);
}

function parseCheckpoint(states: WeightMap, text: string, path: string): Checkpoint {
  const parsed = metadataSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    throw new WeightsError({
      expected: 'a checkpoint of this version',
      name: path,
      received: parsed.error.issues[0]?.message ?? 'another form',
    });
  }
  const { pictures = parsed.data.step * picturesPerStep(parsed.data.config) } = parsed.data;
  return { ...parsed.data, pictures, states };
}

/** Parses JSON; `undefined` for damaged text, which every schema refuses. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The weights that another stage starts from. */
export interface Start {
  readonly weights: WeightMap;
  readonly history: readonly StageRecord[];
}

/**
 * The parameters of a checkpoint (running averages if it has them) with its history, or those
 * of a plain weights file with the history in its model card, if that lies beside it.
 *
 * @param name the setting that names the file, in errors
 */
export async function readStart(path: string, name?: string): Promise<Start> {
  const { tensors, metadata } = await readWeights(path, name);
  if (metadata[KEY] === undefined) return { weights: tensors, history: await historyBeside(path) };
  const checkpoint = parseCheckpoint(tensors, metadata[KEY], path);
  return { weights: trainedWeights(tensors), history: [...checkpoint.history, stageRecord(checkpoint)] };
}

const cardSchema = z.object({
  sha256: z.string(),
  training: z.object({ stages: z.array(trainingStageSchema) }),
});

/** The stages in the model card of a weights file; none without a card, or with that of another file. */
async function historyBeside(path: string): Promise<readonly StageRecord[]> {
  const cardPath = path.replace(/\.safetensors$/, '.json');
  if (cardPath === path || !existsSync(cardPath)) return [];
  const text = new TextDecoder().decode(await readBytes(cardPath, 'the model card', WeightsError));
  const card = cardSchema.safeParse(parseJson(text));
  if (!card.success) return [];
  const { sha256: wanted, training } = card.data;
  return (await sha256(await readBytes(path, 'the weights file', WeightsError))) === wanted
    ? training.stages
    : [];
}

/** The record of a checkpoint's stage up to now. */
export function stageRecord({ config, step, hours, pictures, losses }: Checkpoint): StageRecord {
  return {
    stage: config.stage,
    iterations: step,
    batchSize: config.batchSize,
    cropSize: config.cropSize,
    pictures,
    seed: config.seed,
    ...defined({ contentLoss: contentLossOf(config) }),
    command: trainCommand(config),
    hours: Number(hours.toFixed(3)),
    losses: Object.fromEntries(
      Object.entries(losses).map(([name, value]) => [name, Number(value.toPrecision(4))]),
    ),
  };
}

function contentLossOf({
  stage,
  contentWeight,
  contentForm,
  contentLayers,
}: TrainingConfig): string | undefined {
  const isCompared = (stage === 'style' || stage === 'single') && contentWeight > 0;
  return isCompared ? `${contentForm} ${contentLayers}` : undefined;
}
