/**
 * The stages before any style: the encoder learns from the loss network, the decoder
 * learns to invert the encoder.
 */

import { mean, meanSquaredError, square, total } from '../graph/composed.ts';
import { add, div, mul } from '../graph/ops/elementwise.ts';
import { concat } from '../graph/ops/layout.ts';
import { stopGradient } from '../graph/ops/sources.ts';
import { nchw } from '../graph/shape.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { conv1x1 } from '../networks/layers.ts';
import type { Parameters } from '../networks/parameters.ts';
import { type LayerName, layerNames, vgg19Narrow } from '../networks/vgg19.ts';
import { decodedLayers, encodeFeatures, reconstruct } from '../networks/generator.ts';
import type { GeneratorConfig } from '../networks/settings.ts';
import type { TrainingConfig } from './config.ts';
import { DISTIL, mapFeatures, pictureInputs, type StageGraph } from './stage-graph.ts';

/** Contents and styles together, `[2N, 3, S, S]`. */
export function pictures(config: TrainingConfig): Tensor {
  const { content, style } = pictureInputs(config);
  return concat([content, style], 0);
}

/** Layers that a distillation teaches. */
export function taughtLayers(network: GeneratorConfig): readonly LayerName[] {
  return network.layers === 'relu4_1+relu5_1' ? layerNames : layerNames.slice(0, 4);
}

/** Name of the fixed factor that brings the teacher's layer to a mean square of 1. */
export function distilScale(layer: LayerName): string {
  return `${DISTIL}scale.${layer}`;
}

/**
 * Mean square of each of the teacher's layers over inputs `content` and `style`, from
 * which the scales are made.
 */
export function teacherPower(config: TrainingConfig, network: GeneratorConfig, loss: LossNetwork): Outputs {
  const x = pictures(config);
  const layers = taughtLayers(network);
  const { narrow } = vgg19Narrow(x, loss.parameters, loss.config, layers);
  return Object.fromEntries(layers.map((layer) => [layer, mean(square(narrow[layer]))]));
}

/**
 * Relative error of each layer's features, summed: mean((student − scale · teacher)²) / mean((scale ·
 * teacher)²). The scale brings the teacher's features to a mean square of 1: to grow to
 * larger ones, weights would need thousands of Adam's small steps.
 */
export function distilGraph(
  config: TrainingConfig,
  network: GeneratorConfig,
  parameters: Parameters,
  loss: LossNetwork,
): StageGraph {
  const losses: Record<string, Tensor> = {};
  for (const { layer, own, target } of taughtPairs(pictures(config), network, parameters, loss)) {
    losses[`distil.${layer}`] = relativeError(own, target);
  }
  return { objectives: { generator: total(Object.values(losses)) }, losses, ...NOTHING_DRAWN };
}

/**
 * Features of student and teacher for `x` at each taught layer: `[N, C, h, w]`, with
 * the teacher's C and scale.
 */
export function taughtPairs(
  x: Tensor,
  network: GeneratorConfig,
  parameters: Parameters,
  loss: LossNetwork,
): { readonly layer: LayerName; readonly own: Tensor; readonly target: Tensor }[] {
  return taughtFeatures(x, network, parameters, loss).map(({ layer, own, target }) => {
    const width = nchw(target.shape, layer)[1];
    // A student of another width learns through a linear map, which is discarded afterwards.
    const same = nchw(own.shape, layer)[1] === width;
    return { layer, own: same ? own : conv1x1(own, parameters, DISTIL + layer, width), target };
  });
}

/** {@link taughtPairs} before the maps: `own` has the student's channels. */
export function taughtFeatures(
  x: Tensor,
  network: GeneratorConfig,
  parameters: Parameters,
  loss: LossNetwork,
): { readonly layer: LayerName; readonly own: Tensor; readonly target: Tensor }[] {
  const layers = taughtLayers(network);
  const student = encodeFeatures(x, parameters, network);
  const teacher = vgg19Narrow(x, loss.parameters, loss.config, layers);
  return layers.map((layer) => {
    const scale = parameters.get(distilScale(layer), [], { kind: 'constant', value: 1 });
    return { layer, own: student[layer], target: mul(teacher.narrow[layer], scale) };
  });
}

/**
 * The objective of autoencoding: each decoder inverts frozen features, modulated by the picture's own
 * statistics. It compares pixels, and the loss network's layers up to that of the features.
 */
export function autoencodeGraph(
  config: TrainingConfig,
  network: GeneratorConfig,
  parameters: Parameters,
  loss: LossNetwork,
): StageGraph {
  const x = pictures(config);
  const own = mapFeatures(encodeFeatures(x, parameters, network), stopGradient);
  const seen = vgg19Narrow(x, loss.parameters, loss.config, layerNames).narrow;
  const decoders = decodedLayers(network);
  const losses: Record<string, Tensor> = {};
  const terms = decoders.map((from) => {
    const output = reconstruct(x, own, parameters, network, from);
    const layers = layerNames.slice(0, layerNames.indexOf(from) + 1);
    const again = vgg19Narrow(output, loss.parameters, loss.config, layers).narrow;
    const pixels = meanSquaredError(output, x);
    const features = total(layers.map((layer) => relativeError(again[layer], seen[layer])));
    const suffix = decoders.length === 1 ? '' : `.${from}`;
    losses[`autoencode.pixels${suffix}`] = pixels;
    losses[`autoencode.features${suffix}`] = features;
    return add(mul(pixels, 10), features);
  });
  return { objectives: { generator: total(terms) }, losses, ...NOTHING_DRAWN };
}

const NOTHING_DRAWN = { positions: {}, mixes: {}, normals: {} };

/** mean((x − target)²) / mean(target²). */
function relativeError(x: Tensor, target: Tensor): Tensor {
  const fixed = stopGradient(target);
  return div(meanSquaredError(x, fixed), add(mean(square(fixed)), 1e-6));
}
