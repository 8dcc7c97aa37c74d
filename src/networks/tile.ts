/**
 * The generator on tiles of a picture, in two passes. The first takes the statistics of the content's
 * features, which belong to the whole picture, and keeps the deep features. The second paints.
 */

import { channelStatistics, square } from '../graph/composed.ts';
import { reshape, slice } from '../graph/ops/layout.ts';
import { matmul } from '../graph/ops/linear.ts';
import { input } from '../graph/ops/sources.ts';
import { elementCount, nchw, type Shape } from '../graph/shape.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import { ENCODER } from './generator.ts';
import {
  type ContentStatistics,
  type OwnStatistics,
  paintFeatures,
  shortcutLayers,
  strideOf,
} from './painting.ts';
import { type GeneratorConfig, meetingLayers, matchingLayersOf } from './settings.ts';
import type { Mixture } from './mixture.ts';
import { type Parameters, scoped } from './parameters.ts';
import { paintedColours } from './palette.ts';
import { transforms } from './transforms/table.ts';
import { type LayerName, vgg19 } from './vgg19.ts';

/** Layers whose statistics over the whole picture the generator needs. */
export function statisticsLayers(config: GeneratorConfig): readonly LayerName[] {
  const matching = transforms[config.transform].attends ? matchingLayersOf(config) : [];
  return [...new Set<LayerName>([...meetingLayers(config), ...shortcutLayers(config), ...matching])];
}

/**
 * Those of {@link statisticsLayers} that the first pass keeps for the second. Shallower layers have many
 * numbers per pixel and few operations, so the second pass computes them again.
 */
export function keptLayers(config: GeneratorConfig): readonly LayerName[] {
  return statisticsLayers(config).filter((layer) => strideOf(layer) >= 4);
}

/** Tiles begin at multiples of this, in pixels: poolings then meet the same pixels as in the picture. */
export function alignment(config: GeneratorConfig): number {
  return Math.max(...statisticsLayers(config).map(strideOf));
}

/** Size of a layer's map of a picture of `height` × `width`. */
export function mapSize(layer: LayerName, height: number, width: number): readonly [number, number] {
  const stride = strideOf(layer);
  return [Math.ceil(height / stride), Math.ceil(width / stride)];
}

/**
 * First pass over a tile `[1, 3, H, W]`. Inputs: `picture` and, for each layer of {@link statisticsLayers},
 * `inside.LAYER [h·w, 1]`: 1 / count at the tile's own positions, else 0. Outputs: `mean.LAYER` and
 * `square.LAYER` `[C]`, the means of x and x² over those positions, and `features.LAYER [1, C, h, w]` of
 * {@link keptLayers}. Subtracting the mean before squaring would read and write the largest maps twice more.
 * The precision lost is below the 1e-5 that is added to every variance.
 */
export function encodeTile(
  height: number,
  width: number,
  parameters: Parameters,
  config: GeneratorConfig,
): Outputs {
  const layers = statisticsLayers(config);
  const picture = input('picture', [1, 3, height, width]);
  const features = vgg19(picture, scoped(parameters, ENCODER), config.encoder, layers);
  const outputs: Record<string, Tensor> = {};
  for (const layer of layers) {
    const [, c, h, w] = nchw(features[layer].shape, layer);
    const inside = input(`inside.${layer}`, [h * w, 1]);
    const mean = (x: Tensor) => reshape(matmul(reshape(x, [c, h * w]), inside), [c]);
    outputs[`mean.${layer}`] = mean(features[layer]);
    outputs[`square.${layer}`] = mean(square(features[layer]));
  }
  for (const layer of keptLayers(config)) outputs[`features.${layer}`] = features[layer];
  return outputs;
}

/**
 * Second pass over a tile of `height` × `width`. Inputs: `picture` (if shallow layers have shortcuts),
 * `features.LAYER` of {@link keptLayers}, `mean.LAYER` and `deviation.LAYER` `[1, C, 1, 1]` of the
 * whole picture, those of {@link knownStatistics}, and those of the mixture. Output: the painted tile
 * `[1, 3, height, width]`.
 */
export function paintTile(
  height: number,
  width: number,
  mixture: Mixture,
  parameters: Parameters,
  config: GeneratorConfig,
): Tensor {
  const features: Partial<Record<LayerName, Tensor>> = {};
  const kept = keptLayers(config);
  const shallow = statisticsLayers(config).filter((layer) => !kept.includes(layer));
  if (shallow.length > 0) {
    const picture = input('picture', [1, 3, height, width]);
    Object.assign(features, vgg19(picture, scoped(parameters, ENCODER), config.encoder, shallow));
  }
  for (const layer of kept) {
    features[layer] = input(`features.${layer}`, featureShape(layer, height, width, config));
  }
  const statistics: Partial<Record<LayerName, ContentStatistics[LayerName]>> = {};
  for (const layer of statisticsLayers(config)) {
    const shape: Shape = [1, channelsOf(layer, config), 1, 1];
    statistics[layer] = {
      mean: input(`mean.${layer}`, shape),
      deviation: input(`deviation.${layer}`, shape),
    };
  }
  const known = statistics as ContentStatistics;
  const painted = paintFeatures(features, mixture, parameters, config, known, knownStatistics());
  const size = [1, 3, height, width];
  return elementCount(painted.shape) === elementCount(size) ? painted : slice(painted, [0, 0, 0, 0], size);
}

/**
 * Measures a painting's own statistics and puts them among `outputs`: `own.LAYER.mean` and
 * `own.LAYER.deviation` `[1, C, 1, 1]` of the decoder's normalised layers, `own.colours.mean [1, 3, 1]` and
 * `own.colours.factor [1, 3, 3]`.
 */
export function reportedStatistics(outputs: Record<string, Tensor>): OwnStatistics {
  return {
    layer(name, y) {
      const { mean, deviation } = channelStatistics(y);
      Object.assign(outputs, { [`own.${name}.mean`]: mean, [`own.${name}.deviation`]: deviation });
      return { mean, deviation };
    },
    colours(y) {
      const { mean, factor } = paintedColours(y);
      Object.assign(outputs, { 'own.colours.mean': mean, 'own.colours.factor': factor });
      return { mean, factor };
    },
  };
}

/** The statistics as inputs, taken from a larger painting or from one that hardly differs. */
function knownStatistics(): OwnStatistics {
  return {
    layer(name, y) {
      const [, c] = nchw(y.shape, name);
      const shape: Shape = [1, c, 1, 1];
      return { mean: input(`own.${name}.mean`, shape), deviation: input(`own.${name}.deviation`, shape) };
    },
    colours: () => ({
      mean: input('own.colours.mean', [1, 3, 1]),
      factor: input('own.colours.factor', [1, 3, 3]),
    }),
  };
}

/** Shape `[1, C, h, w]` of a tile's layer. */
export function featureShape(
  layer: LayerName,
  height: number,
  width: number,
  config: GeneratorConfig,
): readonly [number, number, number, number] {
  return [1, channelsOf(layer, config), ...mapSize(layer, height, width)];
}

function channelsOf(layer: LayerName, { encoder }: GeneratorConfig): number {
  const stage = Math.log2(strideOf(layer));
  return encoder.heads?.[stage] ?? encoder.widths[stage] ?? 0;
}
