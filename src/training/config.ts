/** The settings of a training run: flat, typed, printed at the start and stored in every checkpoint. */

import { z } from 'zod';
import { SettingError } from '../errors.ts';
import { contentForms } from '../losses/content.ts';
import { conditionings } from '../losses/wasserstein.ts';
import { presetNames, presets } from '../networks/presets.ts';
import { transforms } from '../networks/style-attention.ts';
import { type GeneratorConfig, shortcutChoices } from '../networks/wasserfarbe.ts';

/**
 * `distil`: the encoder regresses the loss network's features; `autoencode`: the decoder learns to invert the
 * frozen encoder; `moments`: the generator under the mean/deviation style loss; `wasserstein`: generator and
 * critics together.
 */
export const stageNames = ['distil', 'autoencode', 'moments', 'wasserstein'] as const;

export const schedules = ['constant', 'inverse', 'cosine'] as const;

const positive = z.number().positive();
const weight = z.number().min(0);
const count = z.number().int().min(1);
const probability = z.number().min(0).lt(1);

/** The description of each setting is also the help text of its flag. */
export const configSchema = z.strictObject({
  stage: z.enum(stageNames).describe('distil, autoencode, moments or wasserstein'),
  preset: z.enum(presetNames).default('slim').describe('generator to train'),
  transform: z.enum(transforms).optional().describe("how content and style meet, instead of the preset's"),
  modulation: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe("hidden units of the decoder's modulation, instead of the preset's; 0 is off"),
  shortcuts: z
    .enum(shortcutChoices)
    .optional()
    .describe('shallowest layer whose content features join the decoder past the block'),
  palette: z.boolean().optional().describe("bring the output to the style's mean colour and contrasts"),
  pooledKeys: z.boolean().optional().describe('attend to means over 2×2 blocks of style positions'),
  twoLevels: z.boolean().default(false).describe('attention at relu4_1 and relu5_1, as in SANet'),
  contentDir: z.string().describe('folder of content pictures; sub-folders are not entered'),
  styleDir: z.string().describe('folder of style pictures; sub-folders are not entered'),
  styleList: z
    .string()
    .optional()
    .describe('a text file with one style file name a line: only those are used'),
  saveDir: z.string().describe('folder of checkpoint, log, samples and weights'),
  encoder: z
    .string()
    .optional()
    .describe('weights of a VGG-19 to take as the frozen encoder, instead of a distilled one'),
  lossNetwork: z.string().describe('safetensors of a VGG-19, any width, with or without heads'),
  init: z
    .string()
    .optional()
    .describe('a checkpoint or weights file to start from; parameters that it lacks start at random'),
  iterations: count.default(10_000).describe('steps of the generator'),
  batchSize: count.default(4).describe('pictures of each kind in a step'),
  cropSize: z
    .number()
    .int()
    .min(32)
    .multipleOf(16)
    .default(128)
    .describe('side of the square crops, in pixels, a multiple of 16'),
  regionMin: count
    .default(112)
    .describe(
      'smallest side of the region that a crop shows, drawn uniformly, in pixels of the cached picture',
    ),
  regionMax: count.default(320).describe('largest side of the region that a crop shows'),
  cacheSize: count
    .default(320)
    .describe('short side of cached pictures, in pixels; smaller ones are not enlarged'),
  seed: z.number().int().min(0).default(1).describe('same seed, same machine: same losses'),
  learningRate: positive.default(3e-4).describe('of the generator'),
  schedule: z.enum(schedules).default('constant').describe('of both learning rates'),
  learningRateDecay: weight
    .default(5e-5)
    .describe("for the inverse schedule: rate / (1 + decay · step), SANet's 5e-5"),
  warmup: z.number().int().min(0).default(100).describe('steps over which the rate rises from zero'),
  clip: positive.default(1).describe('largest norm of all gradients together'),
  beta1: probability.default(0.9).describe("Adam's, of the generator"),
  beta2: probability.default(0.999).describe("Adam's, of the generator"),
  divergence: positive.default(4).describe('a loss that stays above so many times its best stops the run'),
  ema: probability
    .default(0.999)
    .describe('decay of the running average of the weights, which samples and exports use'),
  contentWeight: weight.default(1).describe('of the content loss'),
  contentForm: z
    .enum(contentForms)
    .default('normalised')
    .describe('which features the content loss compares'),
  styleWeight: weight.default(1.5).describe("of the critics' distance, β in the paper"),
  momentsWeight: weight.default(1).describe('of the mean/deviation style loss'),
  identityWeight: weight.default(0).describe('of the identity loss'),
  colour: z
    .boolean()
    .default(true)
    .describe('style losses see luma and colour differences of 4×4 blocks as one layer more'),
  variationWeight: weight.default(0).describe('of the total variation'),
  conditioning: z.enum(conditionings).default('standardised').describe('how the critics know the style'),
  positions: count
    .default(128)
    .describe('feature vectors per picture and layer that the critics see in a step'),
  momentPositions: count
    .default(1024)
    .describe('positions per picture and layer from which means and deviations are taken'),
  criticLearningRate: positive.default(3e-4).describe('of the critics'),
  criticBeta1: probability.default(0).describe("Adam's, of the critics: none, as in WGAN-GP"),
  criticBeta2: probability.default(0.99).describe("Adam's, of the critics; WGAN-GP has 0.9"),
  criticClip: positive.default(10).describe('largest norm of all critic gradients together'),
  criticSteps: count.default(1).describe('critic updates per generator update'),
  penaltyWeight: weight.default(10).describe('of the gradient penalty'),
  lossHeads: z
    .boolean()
    .default(true)
    .describe(
      "style losses look through the loss network's 1×1 heads, where it has them; without, at its narrow features: cheaper",
    ),
  trainEncoder: z.boolean().default(false).describe('train the encoder too, instead of keeping it frozen'),
  holdoutContents: z.number().int().min(0).default(20).describe('content pictures that training never sees'),
  holdoutStyles: z.number().int().min(0).default(40).describe('style pictures that training never sees'),
  logEvery: count.default(20).describe('steps between lines of log.jsonl'),
  sampleEvery: count.default(500).describe('steps between sample sheets'),
  saveMinutes: positive.default(10).describe('minutes between checkpoints'),
  keepEvery: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('steps between weights files in fp16 kept along the way; 0 for none'),
  threads: count.optional().describe('threads on the CPU (default: all cores)'),
  device: z.string().default('auto').describe('what runs the steps: auto, cpu, webgpu, cuda, coreml, dml'),
});

export type TrainingConfig = z.output<typeof configSchema>;
export type TrainingSettings = z.input<typeof configSchema>;

/**
 * What a preset trains with unless told otherwise. `paper`: eq. 5 and 7 with α 1, β 10, critics that are not told
 * the style, Adam 1e-4 with SANet's decay, 256² crops in batches of 2, and WGAN-GP's five critic steps.
 */
const presetSettings: Readonly<Record<string, Partial<TrainingSettings>>> = {
  paper: {
    batchSize: 2,
    cropSize: 256,
    learningRate: 1e-4,
    schedule: 'inverse',
    contentForm: 'raw',
    contentWeight: 1,
    styleWeight: 10,
    momentsWeight: 0,
    colour: false,
    conditioning: 'none',
    criticLearningRate: 1e-4,
    criticBeta2: 0.9,
    criticSteps: 5,
  },
};

/** Fills in defaults; an unknown or impossible setting is a SettingError of one line. */
export function parseTrainingConfig(settings: unknown): TrainingConfig {
  const result = configSchema.safeParse(withPreset(settings));
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

/** Critic updates per generator update in this stage. */
export function criticStepsOf(config: TrainingConfig): number {
  return config.stage === 'wasserstein' ? config.criticSteps : 1;
}

function withPreset(settings: unknown): unknown {
  if (typeof settings !== 'object' || settings === null) return settings;
  const preset = 'preset' in settings ? presetSettings[String(settings.preset)] : undefined;
  return { ...preset, ...settings };
}

/** The generator that a run trains: the preset, with what the settings override. */
export function generatorConfig(config: TrainingConfig): GeneratorConfig {
  const preset: GeneratorConfig = presets[config.preset];
  return {
    ...preset,
    ...(config.transform === undefined ? {} : { transform: config.transform }),
    ...(config.modulation === undefined ? {} : { modulation: config.modulation }),
    ...(config.shortcuts === undefined ? {} : { shortcuts: config.shortcuts }),
    ...(config.palette === undefined ? {} : { palette: config.palette }),
    ...(config.pooledKeys === undefined ? {} : { pooledKeys: config.pooledKeys }),
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

/** A setting's name as a flag: `contentDir` → `content-dir`. */
export function flagName(setting: string): string {
  return setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The command line that repeats a run: every setting that is not its default. */
export function trainCommand(config: TrainingConfig): string {
  const defaults: Record<string, unknown> = parseTrainingConfig({
    stage: config.stage,
    preset: config.preset,
    contentDir: '',
    styleDir: '',
    saveDir: '',
    lossNetwork: '',
  });
  const flags = Object.entries(config).flatMap(([name, value]) => {
    if (name !== 'stage' && name !== 'preset' && value === defaults[name]) return [];
    if (name === 'preset' && value === 'slim') return [];
    const flag = `--${flagName(name)}`;
    if (typeof value === 'boolean') return value ? [flag] : [flag.replace('--', '--no-')];
    return [`${flag} ${shellWord(`${value}`)}`];
  });
  return ['wasserfarbe train', ...flags].join(' ');
}

/** Text as one word for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w./:,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
