/** The settings of a training run: flat, typed, printed at the start and stored in every checkpoint. */

import { z } from 'zod';
import { SettingError } from '../errors.ts';
import { contentForms } from '../losses/content.ts';
import { conditionings } from '../losses/wasserstein.ts';
import { presetNames, presets } from '../networks/presets.ts';
import { transforms } from '../networks/style-attention.ts';
import type { GeneratorConfig } from '../networks/wasserfarbe.ts';

/**
 * `distil`: the encoder regresses the loss network's features; `autoencode`: the decoder learns to invert the
 * frozen encoder; `moments`: the generator under the mean/deviation style loss; `wasserstein`: generator and
 * critics together.
 */
export const stageNames = ['distil', 'autoencode', 'moments', 'wasserstein'] as const;
export type StageName = (typeof stageNames)[number];

export const schedules = ['constant', 'inverse', 'cosine'] as const;

const positive = z.number().positive();
const weight = z.number().min(0);
const count = z.number().int().min(1);
const probability = z.number().min(0).lt(1);

export const configSchema = z.strictObject({
  stage: z.enum(stageNames),
  preset: z.enum(presetNames).default('slim'),
  transform: z.enum(transforms).optional(),
  modulation: z.number().int().min(0).optional(),
  twoLevels: z.boolean().default(false),
  /** Folders of pictures; sub-folders are not entered. */
  contentDir: z.string(),
  styleDir: z.string(),
  /** A text file with one style file name a line: only those are used. */
  styleList: z.string().optional(),
  saveDir: z.string(),
  /** Safetensors of a VGG-19, any width, with or without heads. */
  lossNetwork: z.string(),
  /** A checkpoint or weights file to start from; parameters that it lacks start at random. */
  init: z.string().optional(),
  iterations: count.default(10_000),
  batchSize: count.default(4),
  /** Side of the square crops, in pixels, a multiple of 16. */
  cropSize: z.number().int().min(32).multipleOf(16).default(128),
  /** Side of the picture region that a crop shows, drawn uniformly from this range, in pixels of the cached picture. */
  regionMin: count.default(112),
  regionMax: count.default(320),
  /** Short side of cached pictures, in pixels; smaller ones are not enlarged. */
  cacheSize: count.default(320),
  seed: z.number().int().min(0).default(1),
  learningRate: positive.default(3e-4),
  schedule: z.enum(schedules).default('constant'),
  /** For the inverse schedule: rate / (1 + decay · step), SANet's 5e-5. */
  learningRateDecay: weight.default(5e-5),
  /** Steps over which the rate rises from zero. */
  warmup: z.number().int().min(0).default(100),
  /** Largest norm of all gradients together. */
  clip: positive.default(1),
  /** Decay of the running average of the weights, which samples and exports use. */
  ema: probability.default(0.999),
  contentWeight: weight.default(1),
  contentForm: z.enum(contentForms).default('normalised'),
  /** Weight of the critics' distance, β in the paper. */
  styleWeight: weight.default(1.5),
  momentsWeight: weight.default(1),
  identityWeight: weight.default(0),
  variationWeight: weight.default(0),
  conditioning: z.enum(conditionings).default('standardised'),
  /** Feature vectors per picture and layer that the critics see in a step. */
  positions: count.default(128),
  criticLearningRate: positive.default(3e-4),
  /** Critic updates per generator update. */
  criticSteps: count.default(1),
  penaltyWeight: weight.default(10),
  /** Style losses look through the loss network's 1×1 heads, where it has them; without, at its narrow features: cheaper. */
  lossHeads: z.boolean().default(true),
  /** Train the encoder too, instead of keeping it frozen. */
  trainEncoder: z.boolean().default(false),
  /** Pictures of each folder that training never sees. */
  holdoutContents: z.number().int().min(0).default(20),
  holdoutStyles: z.number().int().min(0).default(40),
  logEvery: count.default(20),
  sampleEvery: count.default(500),
  /** Minutes between checkpoints. */
  saveMinutes: positive.default(10),
  /** Weights files in fp16 kept along the way, one every so many steps; 0 for none. */
  keepEvery: z.number().int().min(0).default(0),
  threads: count.optional(),
  device: z.string().default('auto'),
});

export type TrainingConfig = z.output<typeof configSchema>;
export type TrainingSettings = z.input<typeof configSchema>;

/** Fills in defaults; an unknown or impossible setting is a SettingError of one line. */
export function parseTrainingConfig(settings: unknown): TrainingConfig {
  const result = configSchema.safeParse(settings);
  if (!result.success) {
    const issue = result.error.issues[0];
    const path = issue?.path.join('.') || 'settings';
    throw new SettingError(`training setting ${path}: ${issue?.message ?? 'invalid'}`);
  }
  const config = result.data;
  if (config.regionMin > config.regionMax) {
    throw new SettingError({
      expected: `at most regionMax (${config.regionMax})`,
      name: 'regionMin',
      received: `${config.regionMin}`,
    });
  }
  return config;
}

/** The generator that a run trains: the preset, with what the settings override. */
export function generatorConfig(config: TrainingConfig): GeneratorConfig {
  const preset: GeneratorConfig = presets[config.preset];
  return {
    ...preset,
    ...(config.transform === undefined ? {} : { transform: config.transform }),
    ...(config.modulation === undefined ? {} : { modulation: config.modulation }),
    ...(config.twoLevels ? { levels: ['relu4_1', 'relu5_1'] as const } : {}),
  };
}

/** Learning rate of `step` (from 0) for a base rate. */
export function scheduledRate(config: TrainingConfig, base: number, step: number): number {
  const warm = config.warmup === 0 ? 1 : Math.min(1, (step + 1) / config.warmup);
  switch (config.schedule) {
    case 'constant':
      return base * warm;
    case 'inverse':
      return (base * warm) / (1 + config.learningRateDecay * step);
    case 'cosine':
      return base * warm * 0.5 * (1 + Math.cos((Math.PI * step) / config.iterations));
  }
}
