/** The settings of a training run: flat, typed, printed at the start and stored in every checkpoint. */

import { z } from 'zod';
import { SettingError } from '../errors.ts';
import { flagName } from '../flag-name.ts';
import { contentForms } from '../losses/content.ts';
import { conditionings } from '../losses/wasserstein.ts';
import {
  type GeneratorConfig,
  type Levels,
  matchingLayers,
  minimumSize,
  shortcutChoices,
} from '../networks/generator.ts';
import {
  generatorOf,
  type MethodName,
  methodNames,
  type PresetName,
  presetNames,
} from '../networks/methods.ts';
import { palettes } from '../networks/palette.ts';
import { temperatures, transforms } from '../networks/style-attention.ts';

/**
 * `distil`: the encoder regresses the loss network's features; `autoencode`: the decoder learns to invert the
 * frozen encoder; `style`: the generator under content and style losses, with critics where the style loss has them.
 */
export const stageNames = ['distil', 'autoencode', 'style'] as const;

/**
 * What the style is compared by: `wasserstein`: critics' estimate of the distance between feature distributions,
 * the paper's; `moments`: channel means and deviations, AdaIN's and SANet's; `swd`: sliced Wasserstein distance, no
 * critics; `wasserstein+moments`: critics anchored by moments.
 */
const styleLosses = ['wasserstein+moments', 'wasserstein', 'moments', 'swd'] as const;

/** Style losses look at relu1_1 up to this layer. */
const deepestLayers = ['relu4_1', 'relu5_1'] as const;

/** What the content loss looks at: the paper and AdaIN relu4_1, SANet both. */
const contentLayerChoices = ['relu4_1', 'relu4_1+relu5_1'] as const;

const schedules = ['constant', 'inverse', 'cosine'] as const;

const positive = z.number().positive();
const weight = z.number().min(0);
const count = z.number().int().min(1);
const probability = z.number().min(0).lt(1);

/** The description of each setting is also the help text of its flag. */
export const configSchema = z.strictObject({
  stage: z.enum(stageNames).describe('distil, autoencode or style'),
  method: z.enum(methodNames).default('wasserfarbe').describe('whose generator, and whose losses by default'),
  preset: z.enum(presetNames).default('slim').describe('width; paper-slim: the form of the paper, slim'),
  transform: z.enum(transforms).optional().describe('how content and style meet'),
  temperature: z.enum(temperatures).optional().describe("what divides the attention's logits"),
  modulation: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe("hidden units of the decoder's modulation; 0 is off"),
  shortcuts: z
    .enum(shortcutChoices)
    .optional()
    .describe('shallowest layer whose content features join the decoder past the block'),
  linearJoins: z.boolean().optional().describe('no ReLU before a shortcut joins'),
  smoothUpsampling: z.boolean().optional().describe("the decoder's first enlargements are linear"),
  negativeSlope: z
    .number()
    .min(0)
    .lt(1)
    .optional()
    .describe("of the decoder's activations below zero; 0 is ReLU"),
  conditionalNormalisation: z
    .boolean()
    .optional()
    .describe("the decoder's layers are normalised, and scaled and shifted by the style"),
  palette: z
    .enum(palettes)
    .optional()
    .describe("how the output comes to the style's mean colour and contrasts"),
  drafts: z.boolean().optional().describe('paint at half size first, then again over the enlarged draft'),
  attendColours: z
    .boolean()
    .optional()
    .describe("the attention's values carry the colours of their places to the decoder"),
  matching: z
    .enum(['relu4_1', 'relu3_1', 'relu2_1+relu3_1'])
    .optional()
    .describe('layers by which the attention at relu4_1 finds its places'),
  pooledKeys: z.boolean().optional().describe('attend to means over 2×2 blocks of style positions'),
  twoLevels: z.boolean().optional().describe('attention at relu4_1 and relu5_1, as in SANet'),
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
    .describe(
      'weights to take as the encoder: eye, which ships, a VGG-19, or a checkpoint whose encoder is taken (default: that of --init, else the eye)',
    ),
  lossNetwork: z
    .string()
    .default('eye')
    .describe(
      'what losses look through: eye, which ships, or safetensors of a VGG-19, any width, with or without heads',
    ),
  init: z
    .string()
    .optional()
    .describe('a checkpoint or weights file to start from; parameters that it lacks start at random'),
  renew: z
    .string()
    .optional()
    .describe('parameters of --init whose names begin so, several with commas between them, start at random'),
  reviveEvery: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe(
      'steps after which units that never fire begin anew, the first at once, none in the last third; 0 is off',
    ),
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
  learningRate: positive.default(8e-4).describe('of the generator'),
  schedule: z.enum(schedules).default('cosine').describe('of both learning rates'),
  learningRateDecay: weight
    .default(5e-5)
    .describe("for the inverse schedule: rate / (1 + decay · step), SANet's 5e-5"),
  warmup: z.number().int().min(0).default(200).describe('steps over which the rate rises from zero'),
  clip: positive.default(1).describe('largest norm of all gradients together'),
  centred: z
    .boolean()
    .default(false)
    .describe(
      "Adam's steps of the generator's 3×3 kernels and matrices have mean 0 for each unit, so that fewer die",
    ),
  beta1: probability.default(0.9).describe("Adam's, of the generator"),
  beta2: probability.default(0.999).describe("Adam's, of the generator"),
  divergence: positive.default(4).describe('a loss that stays above so many times its best stops the run'),
  ema: probability
    .default(0.999)
    .describe('decay of the running average of the weights, which samples and exports use'),
  contentWeight: weight.default(1.25).describe('of the content loss'),
  contentForm: z
    .enum(contentForms)
    .default('normalised')
    .describe('which form of the features the content loss compares'),
  contentLayers: z
    .enum(contentLayerChoices)
    .default('relu4_1+relu5_1')
    .describe('layers that the content loss looks at'),
  selfSimilarityWeight: weight
    .default(0)
    .describe('of the self-similarity content loss of STROTSS, at relu3_1 and relu4_1'),
  massesWeight: weight
    .default(0)
    .describe('of the masses loss: what is light and dark in the large stays so'),
  styleLoss: z.enum(styleLosses).default('wasserstein+moments').describe('what the style is compared by'),
  styleWeight: weight.default(2.5).describe("of the critics' or the sliced distance, β in the paper"),
  momentsWeight: weight
    .default(1.5)
    .describe('of the mean/deviation style loss, where the style loss has it'),
  slicedWeight: weight
    .default(0)
    .describe("of the sliced distance beside another style loss; swd has the critics' weight"),
  remdWeight: weight
    .default(0)
    .describe("of the relaxed earth mover's distance at relu2_1, relu3_1 and relu4_1"),
  deepestLayer: z
    .enum(deepestLayers)
    .default('relu5_1')
    .describe("deepest layer that the style losses look at; AdaIN's is relu4_1"),
  layerWeights: z
    .string()
    .regex(/^(\d+(\.\d+)?,){4}\d+(\.\d+)?$/, 'expected five numbers with commas between them')
    .default('1,1,1,1,1')
    .describe('of relu1_1 … relu5_1 in the style losses, w^l in the paper'),
  identityWeight: weight.default(0).describe('of the identity loss'),
  colour: z
    .boolean()
    .default(true)
    .describe('style losses see luma and colour differences of 4×4 blocks as one layer more'),
  gridWeight: weight
    .default(0)
    .describe('of the grid loss: no patterns locked to 8 pixels; crops of more than 64 pixels'),
  variationWeight: weight.default(0).describe('of the total variation'),
  conditioning: z.enum(conditionings).default('standardised').describe('how the critics know the style'),
  positions: count.default(128).describe('feature vectors per picture and layer that critics see in a step'),
  directions: count
    .default(32)
    .describe('random directions per layer of the sliced distance, new ones in each step'),
  momentPositions: count
    .default(1024)
    .describe('positions per picture and layer from which means and deviations are taken'),
  criticLearningRate: positive.default(6e-4).describe('of the critics'),
  criticBeta1: probability.default(0).describe("Adam's, of the critics: none, as in WGAN-GP"),
  criticBeta2: probability.default(0.99).describe("Adam's, of the critics; WGAN-GP has 0.9"),
  criticClip: positive.default(10).describe('largest norm of all critic gradients together'),
  criticSteps: count.default(1).describe('critic updates per generator update'),
  penaltyWeight: weight.default(10).describe('of the gradient penalty'),
  lossHeads: z
    .boolean()
    .default(true)
    .describe(
      "content and style losses look through the loss network's 1×1 heads, where it has them; without, at its narrow features: cheaper",
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
  device: z
    .string()
    .default('auto')
    .describe(
      'what runs the steps: auto (the CPU), cpu, webgpu, cuda, coreml or dml; docs/gpu.md says which system has which',
    ),
});

export type TrainingConfig = z.output<typeof configSchema>;
export type TrainingSettings = z.input<typeof configSchema>;

/** What makes pictures look painted: docs/training-log.md has the trials. */
const painterLosses: Partial<TrainingSettings> = {
  cropSize: 256,
  batchSize: 2,
  regionMin: 180,
  contentWeight: 4,
  massesWeight: 3,
  styleWeight: 4,
  momentsWeight: 5,
  slicedWeight: 6,
  remdWeight: 6,
  layerWeights: '1,1,1,2,2',
  gridWeight: 1,
};

/** Eq. 5 and 7 with α 1 and β 10, critics that are not told the style, WGAN-GP's five critic steps. */
const papersLosses: Partial<TrainingSettings> = {
  contentForm: 'raw',
  contentLayers: 'relu4_1',
  contentWeight: 1,
  styleLoss: 'wasserstein',
  styleWeight: 10,
  colour: false,
  conditioning: 'none',
  criticLearningRate: 1e-4,
  criticBeta2: 0.9,
  criticSteps: 5,
};

/** Park & Lee 2019: content 1, style 3, identity 50 (pixels) and 1 (features). */
const sanetLosses: Partial<TrainingSettings> = {
  contentForm: 'normalised',
  contentWeight: 1,
  styleLoss: 'moments',
  momentsWeight: 3,
  identityWeight: 1,
  colour: false,
};

/** Huang & Belongie 2017: the content loss pulls towards AdaIN's own features, style 10, nothing below relu4_1. */
const adainLosses: Partial<TrainingSettings> = {
  contentForm: 'adain',
  contentLayers: 'relu4_1',
  contentWeight: 1,
  styleLoss: 'moments',
  momentsWeight: 10,
  deepestLayer: 'relu4_1',
  colour: false,
};

/**
 * The publications' data and optimiser: short side 512, crops of 256 as they are, Adam 1e-4 with inverse decay from the
 * first step, gradients not clipped, moments over whole maps, SANet's and AdaIN's 160,000 steps.
 */
const published: Partial<TrainingSettings> = {
  cacheSize: 512,
  regionMin: 256,
  regionMax: 256,
  cropSize: 256,
  iterations: 160_000,
  learningRate: 1e-4,
  schedule: 'inverse',
  warmup: 0,
  clip: 1e9,
  momentPositions: 65_536,
};

/** What each method and preset trains with unless told otherwise. */
const methodSettings: Readonly<
  Record<MethodName, Readonly<Partial<Record<PresetName, Partial<TrainingSettings>>>>>
> = {
  wasserfarbe: {
    slim: painterLosses,
    paper: { ...papersLosses, ...published, batchSize: 2 },
    'paper-slim': papersLosses,
  },
  sanet: { slim: sanetLosses, paper: { ...sanetLosses, ...published, batchSize: 5 } },
  adain: { slim: adainLosses, paper: { ...adainLosses, ...published, batchSize: 8 } },
};

/** Fills in defaults; an unknown or impossible setting is a SettingError of one line. */
export function parseTrainingConfig(settings: unknown): TrainingConfig {
  const result = configSchema.safeParse(withPreset(settings));
  if (!result.success) {
    const issue = result.error.issues[0];
    const path = issue?.path.join('.') || 'settings';
    throw new SettingError(`training setting ${path}: ${issue?.message ?? 'invalid'}`);
  }
  // What the preset says of the generator stands in the settings too: they are printed and stored.
  const config = { ...generatorSettings(result.data.method, result.data.preset), ...result.data };
  const network = generatorConfig(config);
  const { stage, cropSize } = config;
  if (stage === 'style' && config.gridWeight > 0 && cropSize <= 64) {
    throw new SettingError({
      expected: 'crops of more than 64 pixels with a grid loss',
      name: 'cropSize',
      received: `${cropSize}`,
      remedy: 'or set gridWeight to 0',
    });
  }
  if (stage === 'style' && cropSize < minimumSize(network)) {
    throw new SettingError({
      expected: `crops of at least ${minimumSize(network)} pixels with drafts`,
      name: 'cropSize',
      received: `${cropSize}`,
      remedy: 'or set drafts to false',
    });
  }
  if (network.conditionalNormalisation && network.modulation === 0) {
    throw new SettingError({
      expected: 'a modulation of 1 unit or more with conditional normalisation',
      name: 'modulation',
      received: '0',
      remedy: 'or set conditionalNormalisation to false',
    });
  }
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
  return config.stage === 'style' && hasCritics(config) ? config.criticSteps : 1;
}

/** Contents and styles that a step draws, those of the critics' own steps included. */
export function picturesPerStep(config: TrainingConfig): number {
  return 2 * config.batchSize * criticStepsOf(config);
}

/** Whether critics take part in the style loss. */
export function hasCritics({ styleLoss }: TrainingConfig): boolean {
  return styleLoss === 'wasserstein' || styleLoss === 'wasserstein+moments';
}

function withPreset(settings: unknown): unknown {
  const wanted = z
    .object({
      method: z.enum(methodNames).default('wasserfarbe'),
      preset: z.enum(presetNames).default('slim'),
    })
    .safeParse(settings);
  if (!wanted.success || typeof settings !== 'object') return settings;
  const { method, preset } = wanted.data;
  return { ...methodSettings[method][preset], ...settings };
}

/** The generator that a run trains: the method's preset, with what the settings override. What is off is left out. */
export function generatorConfig(config: TrainingConfig): GeneratorConfig {
  const preset = generatorOf(config.method, config.preset);
  const {
    transform = preset.transform,
    temperature = preset.temperature,
    modulation = preset.modulation,
    shortcuts = preset.shortcuts,
    palette = preset.palette,
    pooledKeys = preset.pooledKeys,
    linearJoins = preset.linearJoins,
    smoothUpsampling = preset.smoothUpsampling,
    negativeSlope = preset.negativeSlope,
    conditionalNormalisation = preset.conditionalNormalisation,
    drafts = preset.drafts,
    attendColours: colours = preset.colours,
  } = config;
  const matching = config.matching === undefined ? preset.matching : layersOf(config.matching);
  const levels: Levels = config.twoLevels === undefined ? preset.levels : levelsOf(config.twoLevels);
  return {
    encoder: preset.encoder,
    levels,
    transform,
    temperature,
    pooledKeys,
    modulation,
    shortcuts,
    palette,
    ...(linearJoins ? { linearJoins } : {}),
    ...(smoothUpsampling ? { smoothUpsampling } : {}),
    ...(negativeSlope ? { negativeSlope } : {}),
    ...(conditionalNormalisation ? { conditionalNormalisation } : {}),
    ...(drafts ? { drafts } : {}),
    ...(colours ? { colours } : {}),
    ...(matching ? { matching } : {}),
  };
}

/** The settings that make a preset's generator. */
function generatorSettings(method: MethodName, preset: PresetName): Partial<TrainingConfig> {
  const {
    encoder: _,
    levels,
    colours,
    matching,
    transform,
    temperature,
    ...rest
  } = generatorOf(method, preset);
  const { modulation, shortcuts, palette, pooledKeys } = rest;
  return {
    transform,
    temperature,
    modulation,
    shortcuts,
    linearJoins: rest.linearJoins ?? false,
    smoothUpsampling: rest.smoothUpsampling ?? false,
    negativeSlope: rest.negativeSlope ?? 0,
    conditionalNormalisation: rest.conditionalNormalisation ?? false,
    palette,
    drafts: rest.drafts ?? false,
    attendColours: colours ?? false,
    matching: matching === undefined ? 'relu4_1' : matching.length === 2 ? 'relu2_1+relu3_1' : 'relu3_1',
    pooledKeys,
    twoLevels: levels.length === 2,
  };
}

/** What a run of a method and preset does unless told otherwise, by name. */
export function defaultSettings(
  method: MethodName = 'wasserfarbe',
  preset: PresetName = 'slim',
): Readonly<Record<string, unknown>> {
  const needed = { contentDir: '', styleDir: '', saveDir: '' };
  return parseTrainingConfig({ stage: 'style', method, preset, ...needed });
}

function layersOf(layers: NonNullable<TrainingConfig['matching']>): GeneratorConfig['matching'] {
  const named = matchingLayers.filter((layer) => layers.includes(layer));
  return named.length === 0 ? undefined : named;
}

function levelsOf(two: boolean): Levels {
  return two ? ['relu4_1', 'relu5_1'] : ['relu4_1'];
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

/** The command line that repeats a run: every setting that is not its default. */
export function trainCommand(config: TrainingConfig): string {
  const defaults: Record<string, unknown> = parseTrainingConfig({
    stage: config.stage,
    method: config.method,
    preset: config.preset,
    contentDir: '',
    styleDir: '',
    saveDir: '',
  });
  const flags = Object.entries(config).flatMap(([name, value]) => {
    if (name === 'method' && value !== 'wasserfarbe') return [`--method ${value}`];
    if (name === 'preset' && value !== 'slim') return [`--preset ${value}`];
    if (name !== 'stage' && value === defaults[name]) return [];
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
