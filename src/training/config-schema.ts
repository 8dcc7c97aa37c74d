/** The schema of a training run's settings: kinds, limits, defaults, and the help of each flag. */

import { z } from 'zod';
import { byteText } from '../byte-count.ts';
import { contentForms } from '../losses/content.ts';
import { conditionings } from '../losses/wasserstein.ts';
import { methodNames, presetNames } from '../networks/presets.ts';
import { generatorSettings } from '../networks/settings.ts';
import { z as mini } from '../schema.ts';

/**
 * `distil`: the encoder regresses the loss network's features. `autoencode`: the decoder learns to
 *   invert the frozen encoder. `style`: the generator learns under content and style losses, with
 *   critics if the style loss has them. `single`: the same with one painting.
 */
export const stageNames = ['distil', 'autoencode', 'style', 'single'] as const;

/**
 * Measure of the difference in style. `wasserstein`: critics' estimate of the distance between feature
 * distributions, the paper's. `moments`: channel means and deviations, AdaIN's and SANet's. `swd`: sliced
 * Wasserstein distance, no critics. `gram`: Gram matrices, Johnson's. `wasserstein+moments`: critics anchored
 * by moments.
 */
const styleLosses = ['wasserstein+moments', 'wasserstein', 'moments', 'swd', 'gram'] as const;

/** The style losses compare relu1_1 up to this layer. */
const deepestLayers = ['relu4_1', 'relu5_1'] as const;

/** Layers that the content loss compares: relu4_1 in AdaIN and our reading of the paper, both in SANet. */
const contentLayerChoices = ['relu4_1', 'relu4_1+relu5_1'] as const;

const schedules = ['constant', 'inverse', 'cosine'] as const;

/** How pictures come to the size at which they are cached, and crops are taken. */
const resizes = ['short-side', 'square'] as const;

const positive = z.number().positive();
const weight = z.number().min(0);
const count = z.number().int().min(1);
const probability = z.number().min(0).lt(1);

/** The description of each setting is also the help text of its flag. */
export const configSchema = z.strictObject({
  stage: z
    .enum(stageNames)
    .describe('distil, autoencode, style, or single, which is style with one painting'),
  method: z.enum(methodNames).default('wasserfarbe').describe('whose generator, and whose losses by default'),
  preset: z
    .enum(presetNames)
    .default('slim')
    .describe(
      'slim, paper (VGG-19’s width; for wasserfarbe its setting too), or paper-slim (the form of the paper, slim)',
    ),
  ...mini.partial(mini.object(generatorSettings)).shape,
  contentDir: z.string().describe('folder of content pictures'),
  styleDir: z.string().describe('folder of style pictures'),
  recursive: z.boolean().default(false).describe('enter the folders in both folders'),
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
      'what losses look through: eye, which ships, or the file of a VGG-19, any width, with or without heads',
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
    .describe('side of cached pictures in pixels, the short one unless they are made square'),
  cacheLimit: byteText.default('8GB').describe('of the disk for decoded pictures, in bytes; 0 for none'),
  resize: z
    .enum(resizes)
    .default('short-side')
    .describe(
      'short-side keeps shapes and enlarges nothing; square brings each picture to cacheSize × cacheSize, as the code of SANet and AdaIN does',
    ),
  mirror: z.boolean().default(true).describe('half of the crops are mirrored'),
  seed: z.number().int().min(0).default(1).describe('same seed, same machine: same losses'),
  learningRate: positive.default(8e-4).describe('of the generator'),
  schedule: z.enum(schedules).default('cosine').describe('of both learning rates'),
  learningRateDecay: weight
    .default(5e-5)
    .describe("for the inverse schedule: rate / (1 + decay · step), SANet's 5e-5"),
  warmup: z.number().int().min(0).default(200).describe('steps over which the rate rises from zero'),
  clip: weight.default(1).describe('largest norm of all gradients together; 0 does not limit it'),
  beta1: probability.default(0.9).describe("Adam's, of the generator"),
  beta2: probability.default(0.999).describe("Adam's, of the generator"),
  divergence: weight
    .default(4)
    .describe('a content or moments loss that stays above so many times its best stops the run; 0 is off'),
  ema: probability
    .default(0.999)
    .describe('decay of the running average of the weights, which samples and exports use; 0 keeps none'),
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
    .describe(
      'of the masses loss: in the large, light and hue stay where they are, in the colours of the style',
    ),
  styleLoss: z.enum(styleLosses).default('wasserstein+moments').describe('what the style is compared by'),
  styleWeight: weight
    .default(2.5)
    .describe("of the critics', the sliced or the Gram distance, β in the paper"),
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
    .describe('of relu1_1 … relu5_1 in the style losses but REMD, w^l in the paper'),
  identityWeight: weight.default(0).describe('of the identity loss'),
  disentanglementWeight: weight
    .default(0)
    .describe(
      "of MANet's disentanglement loss: one content looks alike in two styles, one style on two contents",
    ),
  colour: z
    .boolean()
    .default(true)
    .describe('style losses see luma and colour differences of 4×4 blocks as one layer more'),
  patchesWeight: weight
    .default(0)
    .describe('of the sliced Wasserstein distance between patches of 5×5 pixels at several sizes'),
  gridWeight: weight
    .default(0)
    .describe('of the grid loss: no patterns locked to 8 pixels; crops of more than 64 pixels'),
  steadinessWeight: weight
    .default(0)
    .describe('of the steadiness loss: what has moved is painted alike; crops of more than 64 pixels'),
  variationWeight: weight.default(0).describe('of the total variation'),
  conditioning: z.enum(conditionings).default('standardised').describe('how the critics know the style'),
  positions: count.default(128).describe('feature vectors per picture and layer that critics see in a step'),
  directions: count
    .default(32)
    .describe('random directions per layer of the sliced distance, new ones in each step'),
  momentPositions: count
    .default(1024)
    .describe(
      'positions per picture and layer that moments, Gram matrices and identity look at, or as many as critics if those see more; the most for SWD and REMD',
    ),
  criticLearningRate: positive.default(6e-4).describe('of the critics'),
  criticBeta1: probability.default(0).describe("Adam's, of the critics: none, as in WGAN-GP"),
  criticBeta2: probability.default(0.99).describe("Adam's, of the critics; WGAN-GP has 0.9"),
  criticClip: weight
    .default(10)
    .describe('largest norm of all critic gradients together; 0 does not limit it'),
  criticSteps: count.default(1).describe('critic updates per generator update'),
  alternate: z
    .boolean()
    .default(false)
    .describe(
      "the generator's update comes after all of the critics', on pictures of its own, as in WGAN-GP; otherwise with their last one, which is cheaper",
    ),
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
