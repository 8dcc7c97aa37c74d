/** The stages that teach style: the generator under content and style losses, with critics or without. */

import { type ChannelStatistics, channelStatistics, flattenPositions, total } from '../graph/derived.ts';
import { add, mul } from '../graph/ops/elementwise.ts';
import { gather, reshape, slice } from '../graph/ops/layout.ts';
import { matrixTranspose } from '../graph/ops/linear.ts';
import { input } from '../graph/ops/sources.ts';
import { extent, nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { colourLayer } from '../losses/colour.ts';
import { contentLoss } from '../losses/content.ts';
import { identityLoss } from '../losses/identity.ts';
import { momentsLoss } from '../losses/moments.ts';
import { totalVariation } from '../losses/total-variation.ts';
import { wassersteinLoss } from '../losses/wasserstein.ts';
import { type Parameters, scoped } from '../networks/parameters.ts';
import {
  type Features,
  type LayerName,
  layerNames,
  type NarrowFeatures,
  vgg19Narrow,
} from '../networks/vgg19.ts';
import {
  encodeFeatures,
  type GeneratorConfig,
  styleOutputs,
  stylizeFeatures,
} from '../networks/wasserfarbe.ts';
import type { TrainingConfig } from './config.ts';
import { CRITIC, frozenFeatures, type LossNetwork, pictureInputs, type StageGraph } from './stage.ts';

/** Layers whose normalised or raw features carry the content, as in SANet. */
const contentLayers = ['relu4_1', 'relu5_1'] as const;

/** α · content + β · Σ critics + moments + identity + variation, and the critics' own losses. */
export function styleGraph(
  config: TrainingConfig,
  network: GeneratorConfig,
  parameters: Parameters,
  loss: LossNetwork,
): StageGraph {
  const { content, style } = pictureInputs(config);
  const encode = (x: Tensor) => {
    const features = encodeFeatures(x, parameters, network);
    return config.trainEncoder ? features : frozenFeatures(features);
  };
  const generate = (c: Features, picture: Tensor, s: Features) =>
    stylizeFeatures(c, styleOutputs(picture, s, parameters, network), parameters, network);
  const { heads, ...withoutHeads } = loss.config;
  const lossConfig = config.lossHeads && heads !== undefined ? loss.config : withoutHeads;
  const look = <L extends LayerName>(x: Tensor, layers: readonly L[]) =>
    vgg19Narrow(x, loss.parameters, lossConfig, layers);

  const contentFeatures = encode(content);
  const styleFeatures = encode(style);
  const output = generate(contentFeatures, style, styleFeatures);
  const seenOutput = look(output, layerNames);
  const seenStyle = look(style, layerNames);
  const seenContent = look(content, contentLayers);
  const contentTerm = contentLoss(
    contentLayers.map((layer) => seenOutput.narrow[layer]),
    contentLayers.map((layer) => seenContent.narrow[layer]),
    config.contentForm,
  );
  const positions: Record<string, { count: number; of: number }> = {};
  const mixes: Record<string, number> = {};
  const compare = (layer: string, own: Tensor, target: Tensor): ComparedLayer => {
    return { layer, own, target, statistics: channelStatistics(own), style: channelStatistics(target) };
  };
  const layers = layerNames.map((layer) => {
    const indices = positionInput(seenOutput.narrow[layer], layer, config, positions);
    return compare(layer, at(seenOutput, layer, indices), at(seenStyle, layer, indices));
  });
  if (config.colour) {
    const [own, target] = [colourLayer(output), colourLayer(style)];
    const indices = positionInput(own, 'colour', config, positions);
    layers.push(compare('colour', pick(own, indices), pick(target, indices)));
  }
  const moments = momentsLoss(
    layers.map((l) => l.statistics),
    layers.map((l) => l.style),
  );
  const losses: Record<string, Tensor> = { content: contentTerm, moments };
  const weighted = [mul(contentTerm, config.contentWeight), mul(moments, config.momentsWeight)];
  if (config.variationWeight > 0) {
    losses.variation = totalVariation(output);
    weighted.push(mul(losses.variation, config.variationWeight));
  }
  if (config.identityWeight > 0) {
    const see = (picture: Tensor) => {
      const { narrow } = look(picture, layerNames);
      return { picture, features: layerNames.map((layer) => narrow[layer]) };
    };
    const self = (x: Tensor, features: Features) =>
      identityLoss(see(generate(features, x, features)), see(x));
    losses.identity = add(self(content, contentFeatures), self(style, styleFeatures));
    weighted.push(mul(losses.identity, config.identityWeight));
  }
  if (config.stage === 'moments') {
    return { objectives: { generator: total(weighted) }, losses, positions, mixes };
  }
  const critics = layers.map(({ layer, own, target, style: statistics }) => {
    const [fake, real] = [vectors(own, config.positions), vectors(target, config.positions)];
    const mix = input(`mix.${layer}`, [extent(fake.shape, 0), extent(fake.shape, 1), 1]);
    mixes[`mix.${layer}`] = extent(fake.shape, 0) * extent(fake.shape, 1);
    const { conditioning, penaltyWeight } = config;
    const inputs = { fake, real, style: statistics, mix, conditioning, penaltyWeight };
    const result = wassersteinLoss(inputs, scoped(parameters, `${CRITIC}${layer}.`));
    losses[`wasserstein.${layer}`] = result.style;
    losses[`penalty.${layer}`] = result.penalty;
    return result;
  });
  weighted.push(mul(total(critics.map((c) => c.style)), config.styleWeight));
  const critic = total(critics.map((c) => c.critic));
  return { objectives: { generator: total(weighted), critic }, losses, positions, mixes };
}

/** One layer of output and style, at the same positions: `[N, C, K, 1]`, and their channel statistics. */
interface ComparedLayer {
  readonly layer: string;
  readonly own: Tensor;
  readonly target: Tensor;
  readonly statistics: ChannelStatistics;
  readonly style: ChannelStatistics;
}

/** Random positions, drawn anew at each step, for a layer that has more than the critics look at. */
function positionInput(
  features: Tensor,
  layer: string,
  config: TrainingConfig,
  positions: Record<string, { count: number; of: number }>,
): Tensor | undefined {
  const [, , h, w] = nchw(features.shape, layer);
  if (h * w <= config.positions) return undefined;
  const count = Math.min(Math.max(config.momentPositions, config.positions), h * w);
  positions[`positions.${layer}`] = { count, of: h * w };
  return input(`positions.${layer}`, [count]);
}

/** A layer's features (through its head) at `indices`, `[N, C, K, 1]`: only those positions pass the head. */
function at(seen: NarrowFeatures<LayerName>, layer: LayerName, indices: Tensor | undefined): Tensor {
  return seen.apply(layer, pick(seen.narrow[layer], indices));
}

/** `[N, C, H, W]` → `[N, C, K, 1]` at `indices`, or all positions without them. */
function pick(features: Tensor, indices: Tensor | undefined): Tensor {
  const flat = flattenPositions(features);
  const picked = indices === undefined ? flat : gather(flat, indices);
  return reshape(picked, [...picked.shape, 1]);
}

/** The first `count` positions of `[N, C, K, 1]` as vectors `[N, count, C]`; the positions are in random order. */
function vectors(features: Tensor, count: number): Tensor {
  const flat = flattenPositions(features);
  const [n = 1, c = 1, k = 1] = flat.shape;
  return matrixTranspose(k <= count ? flat : slice(flat, [0, 0, 0], [n, c, count]));
}
