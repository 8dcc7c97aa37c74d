/** The default settings of training for each method and preset. */

import type { MethodName, PresetName } from '../networks/presets.ts';
import type { TrainingSettings } from './config.ts';

/** Settings that make pictures look painted; docs/training-log.md has the trials. */
const painterLosses: Partial<TrainingSettings> = {
  cropSize: 256,
  batchSize: 2,
  regionMin: 180,
  contentWeight: 4,
  massesWeight: 30,
  patchesWeight: 60,
  styleWeight: 4,
  momentsWeight: 5,
  slicedWeight: 6,
  remdWeight: 6,
  layerWeights: '1,1,1,2,2',
  gridWeight: 1,
  steadinessWeight: 800,
};

/**
 * Eq. 5 and 7 with α 1 and β 10, critics that are not told the style; WGAN-GP's five critic steps, rate and
 * momenta. docs/paper.md has the source of each number.
 */
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

/**
 * Huang & Belongie 2017: the content loss pulls towards AdaIN's own features; style 10; no
 * layer deeper than relu4_1.
 */
const adainLosses: Partial<TrainingSettings> = {
  contentForm: 'adain',
  contentLayers: 'relu4_1',
  contentWeight: 1,
  styleLoss: 'moments',
  momentsWeight: 10,
  deepestLayer: 'relu4_1',
  colour: false,
};

/** Deng et al. 2020: content 1, style 5, identity 50 (pixels) and 1 (features), disentanglement 1. */
const manetLosses: Partial<TrainingSettings> = {
  contentForm: 'normalised',
  contentWeight: 1,
  styleLoss: 'moments',
  momentsWeight: 5,
  identityWeight: 1,
  disentanglementWeight: 1,
  colour: false,
};

/** Johnson et al. 2016: content 1, style 5 by Gram matrices, little variation; strokes at their own size. */
const johnsonLosses: Partial<TrainingSettings> = {
  regionMax: 200,
  contentForm: 'normalised',
  contentLayers: 'relu4_1',
  contentWeight: 1,
  styleLoss: 'gram',
  styleWeight: 5,
  deepestLayer: 'relu4_1',
  variationWeight: 0.1,
  colour: false,
};

/**
 * SANet's and AdaIN's data and optimiser, for every method: pictures of 512×512, crops of 256 as they are,
 * Adam 1e-4 with inverse decay from the first step, 160,000 steps; losses over whole maps. Nothing of ours:
 * no mirroring, clipping, running average or watch.
 */
const published: Partial<TrainingSettings> = {
  cacheSize: 512,
  resize: 'square',
  mirror: false,
  regionMin: 256,
  regionMax: 256,
  cropSize: 256,
  iterations: 160_000,
  learningRate: 1e-4,
  schedule: 'inverse',
  warmup: 0,
  clip: 0,
  ema: 0,
  divergence: 0,
  momentPositions: 65_536,
};

/** Critics see every feature vector and are trained in WGAN-GP's order, without clipping. */
const likeWganGp: Partial<TrainingSettings> = { positions: 65_536, alternate: true, criticClip: 0 };

/** The settings of each method and preset that differ from the general defaults. */
export const presetSettings: Readonly<
  Record<MethodName, Readonly<Partial<Record<PresetName, Partial<TrainingSettings>>>>>
> = {
  wasserfarbe: {
    slim: painterLosses,
    paper: { ...papersLosses, ...published, ...likeWganGp, batchSize: 2 },
    'paper-slim': papersLosses,
  },
  sanet: { slim: sanetLosses, paper: { ...sanetLosses, ...published, batchSize: 5 } },
  adain: { slim: adainLosses, paper: { ...adainLosses, ...published, batchSize: 8 } },
  wct: { slim: {}, paper: { ...published, batchSize: 8 } },
  manet: { slim: manetLosses, paper: { ...manetLosses, ...published, batchSize: 8 } },
  johnson: {
    slim: johnsonLosses,
    paper: { ...johnsonLosses, ...published, batchSize: 4, iterations: 40_000 },
  },
  avatar: { slim: {}, paper: { ...published, batchSize: 8 } },
};
