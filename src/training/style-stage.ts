/** The stages that teach style: the generator under content and style losses, with critics or without. */

import { type ChannelStatistics, channelStatistics, flattenPositions, total } from '../graph/derived.ts';
import { add, mul } from '../graph/ops/elementwise.ts';
import { gather, reshape, slice } from '../graph/ops/layout.ts';
import { matrixTranspose } from '../graph/ops/linear.ts';
import { input, stopGradient } from '../graph/ops/sources.ts';
import { elementCount, extent, nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { calmLoss } from '../losses/calm.ts';
import { colourLayer } from '../losses/colour.ts';
import { contentLoss } from '../losses/content.ts';
import { gridLoss } from '../losses/grid.ts';
import { identityLoss } from '../losses/identity.ts';
import { momentsLoss } from '../losses/moments.ts';
import { shifted, shiftLoss } from '../losses/shift.ts';
import { slicedWassersteinLoss } from '../losses/sliced-wasserstein.ts';
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
} from '../networks/generator.ts';
import { hasCritics, type TrainingConfig } from './config.ts';
import { CRITIC, type LossNetwork, mapFeatures, pictureInputs, type StageGraph } from './stage.ts';

/** α · content + the style loss + identity + variation, and the critics' own losses. */
export function styleGraph(
  config: TrainingConfig,
  network: GeneratorConfig,
  parameters: Parameters,
  loss: LossNetwork,
): StageGraph {
  const { content, style } = pictureInputs(config);
  const encode = (x: Tensor) => {
    const features = encodeFeatures(x, parameters, network);
    return config.trainEncoder ? features : mapFeatures(features, stopGradient);
  };
  const generate = (c: Features, picture: Tensor, s: Features) =>
    stylizeFeatures(c, styleOutputs(picture, s, parameters, network), parameters, network);
  const { heads, ...withoutHeads } = loss.config;
  const lossConfig = config.lossHeads && heads !== undefined ? loss.config : withoutHeads;
  const layers = layerNames.slice(0, layerNames.indexOf(config.deepestLayer) + 1);
  const look = (x: Tensor) => vgg19Narrow(x, loss.parameters, lossConfig, layerNames);
  const positions: Record<string, { count: number; of: number }> = {};
  const mixes: Record<string, number> = {};

  const contentFeatures = encode(content);
  const styleFeatures = encode(style);
  const output = generate(contentFeatures, style, styleFeatures);
  const [seenOutput, seenStyle, seenContent] = [look(output), look(style), look(content)];
  const indices = Object.fromEntries(
    layers.map((layer) => [layer, positionInput(seenOutput.narrow[layer], layer, config, positions)]),
  );

  const deep = contentLayers[config.contentLayers];
  const whole = (seen: Seen) => deep.map((layer) => seen.apply(layer, seen.narrow[layer]));
  const { contentForm } = config;
  const deepStatistics = contentForm === 'adain' ? whole(seenStyle).map(channelStatistics) : [];
  const contentTerm = contentLoss(whole(seenOutput), whole(seenContent), contentForm, deepStatistics);

  const compared = layers.map((layer) =>
    compare(layer, at(seenOutput, layer, indices[layer]), at(seenStyle, layer, indices[layer])),
  );
  if (config.colour) {
    const [own, target] = [colourLayer(output), colourLayer(style)];
    const chosen = positionInput(own, 'colour', config, positions);
    compared.push(compare('colour', pick(own, chosen), pick(target, chosen)));
  }
  // Logged whatever the style loss is: the one number by which all of them compare.
  const moments = momentsLoss(
    compared.map((l) => l.statistics),
    compared.map((l) => l.style),
  );
  const losses: Record<string, Tensor> = { content: contentTerm, moments };
  const ofLayers = config.layerWeights.split(',').map(Number);
  /** The colour layer has no part in w^l. */
  const layerWeight = (i: number) => (compared[i]?.layer === 'colour' ? 1 : (ofLayers[i] ?? 1));
  const weighted = [mul(contentTerm, config.contentWeight)];
  if (config.styleLoss.endsWith('moments')) {
    const own = momentsLoss(
      compared.map((l) => l.statistics),
      compared.map((l) => l.style),
      compared.map((_, i) => layerWeight(i)),
    );
    weighted.push(mul(own, config.momentsWeight));
  }
  if (config.variationWeight > 0) {
    losses.variation = totalVariation(output);
    weighted.push(mul(losses.variation, config.variationWeight));
  }
  if (config.calmWeight > 0) {
    losses.calm = calmLoss(output, content);
    weighted.push(mul(losses.calm, config.calmWeight));
  }
  if (config.gridWeight > 0) {
    losses.grid = gridLoss(output);
    weighted.push(mul(losses.grid, config.gridWeight));
  }
  // Fewer pictures than the batch has: each costs as much as a stylised one, and a few teach what identity is.
  const count = Math.min(config.identityPictures ?? config.batchSize, config.batchSize);
  const few = (x: Tensor) =>
    count === config.batchSize ? x : slice(x, [0, 0, 0, 0], [count, ...x.shape.slice(1)]);
  if (config.shiftWeight > 0) {
    const moved = generate(encode(shifted(few(content))), few(style), mapFeatures(styleFeatures, few));
    losses.shift = shiftLoss(few(output), moved);
    weighted.push(mul(losses.shift, config.shiftWeight));
  }
  if (config.identityWeight > 0) {
    const self = (picture: Tensor, features: Features, seen: Seen) => {
      const [x, own] = [few(picture), mapFeatures(features, few)];
      const output = generate(own, x, own);
      const seenOutput = look(output);
      const chosen = (layer: LayerName, from: Tensor) => seen.apply(layer, pick(from, indices[layer]));
      return identityLoss(
        { picture: output, features: layers.map((layer) => chosen(layer, seenOutput.narrow[layer])) },
        { picture: x, features: layers.map((layer) => chosen(layer, few(seen.narrow[layer]))) },
      );
    };
    losses.identity = add(self(content, contentFeatures, seenContent), self(style, styleFeatures, seenStyle));
    weighted.push(mul(losses.identity, config.identityWeight));
  }
  const directions: Record<string, number> = {};
  const slicedWeight = config.styleLoss === 'swd' ? config.styleWeight : config.slicedWeight;
  if (slicedWeight > 0) {
    const distances = compared.map(({ layer, own, target }) => {
      const [fake, real] = [vectors(own), vectors(target)];
      const shape = [extent(fake.shape, 2), config.directions];
      directions[`directions.${layer}`] = elementCount(shape);
      const distance = slicedWassersteinLoss(fake, real, input(`directions.${layer}`, shape));
      losses[`swd.${layer}`] = distance;
      return distance;
    });
    weighted.push(mul(total(distances.map((d, i) => mul(d, layerWeight(i)))), slicedWeight));
  }
  const drawn = { positions, mixes, directions };
  if (!hasCritics(config)) return { objectives: { generator: total(weighted) }, losses, ...drawn };
  const critics = compared.map(({ layer, own, target, style: statistics }) => {
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
  weighted.push(mul(total(critics.map((c, i) => mul(c.style, layerWeight(i)))), config.styleWeight));
  const critic = total(critics.map((c) => c.critic));
  return { objectives: { generator: total(weighted), critic }, losses, ...drawn };
}

const contentLayers = {
  relu4_1: ['relu4_1'],
  'relu4_1+relu5_1': ['relu4_1', 'relu5_1'],
} as const satisfies Record<TrainingConfig['contentLayers'], readonly LayerName[]>;

/** What the loss network sees of a picture. */
type Seen = NarrowFeatures<LayerName>;

/** One layer of output and style, at the same positions: `[N, C, K, 1]`, and their channel statistics. */
interface ComparedLayer {
  readonly layer: string;
  readonly own: Tensor;
  readonly target: Tensor;
  readonly statistics: ChannelStatistics;
  readonly style: ChannelStatistics;
}

function compare(layer: string, own: Tensor, target: Tensor): ComparedLayer {
  return { layer, own, target, statistics: channelStatistics(own), style: channelStatistics(target) };
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
function at(seen: Seen, layer: LayerName, indices: Tensor | undefined): Tensor {
  return seen.apply(layer, pick(seen.narrow[layer], indices));
}

/** `[N, C, H, W]` → `[N, C, K, 1]` at `indices`, or all positions without them. */
function pick(features: Tensor, indices: Tensor | undefined): Tensor {
  const flat = flattenPositions(features);
  const picked = indices === undefined ? flat : gather(flat, indices);
  return reshape(picked, [...picked.shape, 1]);
}

/** The first `count` positions of `[N, C, K, 1]`, or all, as vectors `[N, count, C]`; they are in random order. */
function vectors(features: Tensor, count = Number.POSITIVE_INFINITY): Tensor {
  const flat = flattenPositions(features);
  const [n = 1, c = 1, k = 1] = flat.shape;
  return matrixTranspose(k <= count ? flat : slice(flat, [0, 0, 0], [n, c, count]));
}
