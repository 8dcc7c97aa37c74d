/** The graphs of the training stages: from a batch of pictures to losses, and which parameters each loss trains. */

import {
  channelStatistics,
  flattenPositions,
  mean,
  meanSquaredError,
  square,
  total,
} from '../graph/derived.ts';
import { add, div, mul } from '../graph/ops/elementwise.ts';
import { concat, gather, reshape } from '../graph/ops/layout.ts';
import { matrixTranspose } from '../graph/ops/linear.ts';
import { constant, input, stopGradient } from '../graph/ops/sources.ts';
import { elementCount, nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { contentLoss } from '../losses/content.ts';
import { identityLoss } from '../losses/identity.ts';
import { momentsLoss } from '../losses/moments.ts';
import { totalVariation } from '../losses/total-variation.ts';
import { wassersteinLoss } from '../losses/wasserstein.ts';
import { conv1x1 } from '../networks/layers.ts';
import { type Parameters, scoped } from '../networks/parameters.ts';
import {
  type Features,
  type LayerName,
  layerNames,
  type NarrowFeatures,
  type Vgg19Config,
  vgg19Narrow,
} from '../networks/vgg19.ts';
import {
  ENCODER,
  encodeFeatures,
  type GeneratorConfig,
  reconstruct,
  styleOutputs,
  stylizeFeatures,
} from '../networks/wasserfarbe.ts';
import type { TrainingConfig } from './config.ts';

/** Prefix of the critics' parameters, e.g. `critic.relu1_1.hidden1.weight`. */
export const CRITIC = 'critic.';

/** Parameters needed only while distilling, never exported. */
export const DISTIL = 'distil.';

/** The frozen network that losses look through. */
export interface LossNetwork {
  readonly parameters: Parameters;
  readonly config: Vgg19Config;
}

export interface StageGraph {
  /** What is minimised, per group of parameters. */
  readonly objectives: { readonly generator: Tensor; readonly critic?: Tensor };
  /** All loss terms by dotted name, for the log. */
  readonly losses: Readonly<Record<string, Tensor>>;
  /** Inputs `positions.LAYER`: how many positions to draw out of how many. */
  readonly positions: Readonly<Record<string, { readonly count: number; readonly of: number }>>;
  /** Inputs `mix.LAYER`: how many uniform numbers. */
  readonly mixes: Readonly<Record<string, number>>;
}

/** Builds the stage's graph on inputs `content` and `style`, `[N, 3, S, S]`, RGB 0–1. */
export function stageGraph(
  config: TrainingConfig,
  network: GeneratorConfig,
  parameters: Parameters,
  loss: LossNetwork,
): StageGraph {
  const shape = [config.batchSize, 3, config.cropSize, config.cropSize];
  const content = input('content', shape);
  const style = input('style', shape);
  switch (config.stage) {
    case 'distil':
      return distilGraph(concat([content, style], 0), network, parameters, loss);
    case 'autoencode':
      return autoencodeGraph(concat([content, style], 0), network, parameters, loss);
    case 'moments':
    case 'wasserstein':
      return styleGraph(content, style, config, network, parameters, loss);
  }
}

/** Shallow layers are cheap to get right for a deep one but not the other way round: all weigh the same. */
const distilLayers = ['relu1_1', 'relu2_1', 'relu3_1', 'relu4_1'] as const;

/** Relative error of each layer's features: mean((student − teacher)²) / mean(teacher²), summed. */
function distilGraph(
  x: Tensor,
  network: GeneratorConfig,
  parameters: Parameters,
  loss: LossNetwork,
): StageGraph {
  const layers = network.levels.length === 2 ? layerNames : distilLayers;
  const student = encodeFeatures(x, parameters, network);
  const teacher = vgg19Narrow(x, loss.parameters, loss.config, layers);
  const losses: Record<string, Tensor> = {};
  for (const layer of layers) {
    const target = teacher.narrow[layer];
    const [own, width] = [student[layer], nchw(target.shape, layer)[1]];
    // A student of another width learns through a linear map that is thrown away afterwards.
    const seen = nchw(own.shape, layer)[1] === width ? own : conv1x1(own, parameters, DISTIL + layer, width);
    losses[`distil.${layer}`] = relativeError(seen, target);
  }
  return { objectives: { generator: sumOf(Object.values(losses)) }, losses, positions: {}, mixes: {} };
}

/** The decoder inverts frozen features, modulated by the picture's own statistics: pixels, and two layers. */
function autoencodeGraph(
  x: Tensor,
  network: GeneratorConfig,
  parameters: Parameters,
  loss: LossNetwork,
): StageGraph {
  const layers = ['relu1_1', 'relu2_1'] as const;
  const output = reconstruct(frozenFeatures(encodeFeatures(x, parameters, network)), parameters, network);
  const own = vgg19Narrow(output, loss.parameters, loss.config, layers).narrow;
  const target = vgg19Narrow(x, loss.parameters, loss.config, layers).narrow;
  const pixels = meanSquaredError(output, x);
  const features = sumOf(layers.map((layer) => relativeError(own[layer], target[layer])));
  return {
    objectives: { generator: add(mul(pixels, 10), features) },
    losses: { 'autoencode.pixels': pixels, 'autoencode.features': features },
    positions: {},
    mixes: {},
  };
}

/** mean((x − target)²) / mean(target²). */
function relativeError(x: Tensor, target: Tensor): Tensor {
  const fixed = stopGradient(target);
  return div(meanSquaredError(x, fixed), add(mean(square(fixed)), 1e-6));
}

/** α · content + β · Σ critics + moments + identity + variation, and the critics' own losses. */
function styleGraph(
  content: Tensor,
  style: Tensor,
  config: TrainingConfig,
  network: GeneratorConfig,
  parameters: Parameters,
  loss: LossNetwork,
): StageGraph {
  const encode = (x: Tensor) => {
    const features = encodeFeatures(x, parameters, network);
    return config.trainEncoder ? features : frozenFeatures(features);
  };
  const generate = (c: Features, s: Features) =>
    stylizeFeatures(c, styleOutputs(s, parameters, network), parameters, network);
  const contentFeatures = encode(content);
  const styleFeatures = encode(style);
  const output = generate(contentFeatures, styleFeatures);
  const { heads, ...withoutHeads } = loss.config;
  const lossConfig = config.lossHeads && heads !== undefined ? loss.config : withoutHeads;
  const look = (x: Tensor, layers: readonly LayerName[]) =>
    vgg19Narrow(x, loss.parameters, lossConfig, layers);
  const seenOutput = look(output, layerNames);
  const seenStyle = look(style, layerNames);
  const deep = ['relu4_1', 'relu5_1'] as const;
  const seenContent = look(content, deep);
  const contentTerm = contentLoss(
    deep.map((layer) => seenOutput.narrow[layer]),
    deep.map((layer) => seenContent.narrow[layer]),
    config.contentForm,
  );
  const statistics = (seen: NarrowFeatures<LayerName>) =>
    layerNames.map((layer) => channelStatistics(seen.apply(layer, seen.narrow[layer])));
  const [own, target] = [statistics(seenOutput), statistics(seenStyle)];
  const moments = momentsLoss(own, target);
  const losses: Record<string, Tensor> = { content: contentTerm, moments };
  const weighted = [mul(contentTerm, config.contentWeight), mul(moments, config.momentsWeight)];
  if (config.variationWeight > 0) {
    losses.variation = totalVariation(output);
    weighted.push(mul(losses.variation, config.variationWeight));
  }
  if (config.identityWeight > 0) {
    const self = (x: Tensor, features: Features) => {
      const same = generate(features, features);
      const [again, original] = [same, x].map((y) => ({
        picture: y,
        features: layerNames.map((layer) => look(y, layerNames).narrow[layer]),
      }));
      return again === undefined || original === undefined
        ? constant([0], [])
        : identityLoss(again, original);
    };
    losses.identity = add(self(content, contentFeatures), self(style, styleFeatures));
    weighted.push(mul(losses.identity, config.identityWeight));
  }
  if (config.stage === 'moments') {
    return { objectives: { generator: sumOf(weighted) }, losses, positions: {}, mixes: {} };
  }
  const positions: Record<string, { count: number; of: number }> = {};
  const mixes: Record<string, number> = {};
  const criticLosses = layerNames.map((layer, i) => {
    const [n, , h, w] = nchw(seenOutput.narrow[layer].shape, layer);
    const picked = Math.min(config.positions, h * w);
    const mix = input(`mix.${layer}`, [n, picked, 1]);
    mixes[`mix.${layer}`] = elementCount(mix.shape);
    let indices: Tensor | undefined;
    if (picked < h * w) {
      indices = input(`positions.${layer}`, [picked]);
      positions[`positions.${layer}`] = { count: picked, of: h * w };
    }
    const result = wassersteinLoss(
      {
        fake: vectors(seenOutput, layer, indices),
        real: vectors(seenStyle, layer, indices),
        style: target[i] ?? channelStatistics(style),
        mix,
        conditioning: config.conditioning,
        penaltyWeight: config.penaltyWeight,
      },
      scoped(parameters, `${CRITIC}${layer}.`),
    );
    losses[`wasserstein.${layer}`] = result.style;
    losses[`penalty.${layer}`] = result.penalty;
    return result;
  });
  weighted.push(mul(sumOf(criticLosses.map((c) => c.style)), config.styleWeight));
  const critic = sumOf(criticLosses.map((c) => c.critic));
  return { objectives: { generator: sumOf(weighted), critic }, losses, positions, mixes };
}

/** Feature vectors `[N, K, C]` of a layer at `indices` (all positions without them): heads see only those. */
function vectors(seen: NarrowFeatures<LayerName>, layer: LayerName, indices: Tensor | undefined): Tensor {
  const flat = flattenPositions(seen.narrow[layer]);
  const picked = indices === undefined ? flat : gather(flat, indices);
  const [n = 1, c = 1, k = 1] = picked.shape;
  return matrixTranspose(flattenPositions(seen.apply(layer, reshape(picked, [n, c, k, 1]))));
}

function frozenFeatures(features: Features): Features {
  const result: Partial<Record<LayerName, Tensor>> = {};
  for (const layer of layerNames) {
    const feature: Tensor | undefined = features[layer];
    if (feature !== undefined) result[layer] = stopGradient(feature);
  }
  return result as Features;
}

function sumOf(terms: readonly Tensor[]): Tensor {
  return total([constant([0], []), ...terms]);
}

/** Whether the stage trains the parameter; the rest is frozen into the graph as constants. */
export function trains(config: TrainingConfig, name: string): boolean {
  if (config.stage === 'distil') return name.startsWith(ENCODER) || name.startsWith(DISTIL);
  return config.trainEncoder || !name.startsWith(ENCODER);
}
