/** The form in which every stage gives its graph to the trainer, and the names that stages share. */

import { input } from '../graph/ops/sources.ts';
import type { Tensor } from '../graph/tensor.ts';
import { type Features, type LayerName, layerNames } from '../networks/vgg19.ts';
import type { GeneratorConfig } from '../networks/settings.ts';
import { transforms } from '../networks/transforms/table.ts';
import type { TrainingConfig } from './config.ts';

/** Prefix of the critics' parameters, e.g. `critic.relu1_1.hidden1.weight`. */
export const CRITIC = 'critic.';

/** Prefix of the losses that are the critics' own. */
export const PENALTY = 'penalty.';

/** Parameters needed only while distilling, never exported. */
export const DISTIL = 'distil.';

export interface StageGraph {
  /** The objective to minimise, per group of parameters. */
  readonly objectives: { readonly generator: Tensor; readonly critic?: Tensor };
  /** All loss terms by dotted name, for the log. */
  readonly losses: Readonly<Record<string, Tensor>>;
  /** Inputs `positions.LAYER`: how many positions to draw, and out of how many. */
  readonly positions: Readonly<Record<string, { readonly count: number; readonly of: number }>>;
  /** Inputs of uniform numbers, 0–1, such as `mix.LAYER` and the drafts' `share`: how many. */
  readonly mixes: Readonly<Record<string, number>>;
  /** Inputs of standard normal numbers, such as `directions.LAYER` and the filters of patches: how many. */
  readonly normals: Readonly<Record<string, number>>;
}

/** Inputs `content` and `style`, `[N, 3, S, S]`, RGB 0–1. */
export function pictureInputs(config: TrainingConfig) {
  const shape = [config.batchSize, 3, config.cropSize, config.cropSize];
  return { content: input('content', shape), style: input('style', shape) };
}

/** The features with `change` applied to each layer. */
export function mapFeatures(features: Features, change: (feature: Tensor) => Tensor): Features {
  const result: Partial<Record<LayerName, Tensor>> = {};
  for (const layer of layerNames) {
    const feature: Tensor | undefined = features[layer];
    if (feature !== undefined) result[layer] = change(feature);
  }
  return result as Features;
}

/** Whether the stage teaches style: of many paintings, or of a single one. */
export function teachesStyle({ stage }: Pick<TrainingConfig, 'stage'>): boolean {
  return stage === 'style' || stage === 'single';
}

/** Whether the stage ends with a generator that paints. Before it, its decoder only inverts features. */
export function paints(config: Pick<TrainingConfig, 'stage'>, { transform }: GeneratorConfig): boolean {
  const inverts = config.stage === 'autoencode' && transforms[transform].learns === 'nothing';
  return inverts || teachesStyle(config);
}

/** Critic updates per generator update in this stage. */
export function criticStepsOf(config: TrainingConfig): number {
  return teachesStyle(config) && hasCritics(config) ? config.criticSteps : 1;
}

/** Whether the generator's update comes after all of the critics', not with their last one. */
export function alternates(config: TrainingConfig): boolean {
  return config.alternate && teachesStyle(config) && hasCritics(config);
}

/** Batches of a step: one for each of the critics' updates, and the generator's own if it alternates. */
export function drawsPerStep(config: TrainingConfig): number {
  return criticStepsOf(config) + (alternates(config) ? 1 : 0);
}

/** Critic updates that a step takes before the generator's. */
export function criticStepsAhead(config: TrainingConfig): number {
  return drawsPerStep(config) - 1;
}

/** Contents and styles that a step draws, including those of the critics' own steps. */
export function picturesPerStep(config: TrainingConfig): number {
  return 2 * config.batchSize * drawsPerStep(config);
}

/** Whether critics take part in the style loss. */
export function hasCritics({ styleLoss }: TrainingConfig): boolean {
  return styleLoss === 'wasserstein' || styleLoss === 'wasserstein+moments';
}
