/** From the features of a content to its painting: transforms, shortcuts, decoder, palette, gamut. */

import {
  type ChannelStatistics,
  channelStatistics,
  meanOver,
  normalise,
  square,
  VARIANCE_EPSILON,
} from '../graph/composed.ts';
import { add, div, relu, sqrt, sub } from '../graph/ops/elementwise.ts';
import { concat, slice } from '../graph/ops/layout.ts';
import { upsample } from '../graph/ops/spatial.ts';
import { extent, nchw, sameShape } from '../graph/shape.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import { internal } from '../errors.ts';
import { type DecoderConfig, decoder, type ShortcutLayer, shortcutLayerNames } from './decoder.ts';
import { conv3x3, meanPool } from './layers.ts';
import { blend, type Mixture } from './mixture.ts';
import { withinGamut } from './gamut.ts';
import { applyPalette, type ColourStatistics, paintedColours } from './palette.ts';
import { type Parameters, scoped } from './parameters.ts';
import { type GeneratorConfig, meetingLayers, matchingLayersOf } from './settings.ts';
import { adain } from './transforms/adain.ts';
import { transforms } from './transforms/table.ts';
import type { Transform } from './transforms/transform.ts';
import { type Features, type LayerName, layerNames } from './vgg19.ts';

/** Statistics taken while painting. They are measured, except for a part of a larger painting. */
export interface OwnStatistics {
  /** Statistics of a layer of the decoder, `[N, C, H, W]`. */
  layer(name: string, y: Tensor): ChannelStatistics;
  /** Statistics of the decoder's colours, `[N, 3, H, W]`. */
  colours(y: Tensor): ColourStatistics;
}

const measured: OwnStatistics = { layer: (_, y) => channelStatistics(y), colours: paintedColours };

/** Channel statistics of a content's features, by layer. */
export type ContentStatistics = Readonly<Partial<Record<LayerName, ChannelStatistics>>>;

/**
 * {@link stylizeFeatures} for a mixture of styles. `statistics` and `own` are those of the whole picture if
 * `features` are only a tile of it.
 */
export function paintFeatures(
  features: Partial<Features>,
  mixture: Mixture,
  parameters: Parameters,
  config: GeneratorConfig,
  statistics: ContentStatistics = {},
  own: OwnStatistics = measured,
): Tensor {
  const { styles } = mixture;
  /** The transformed features of a layer, averaged over the styles. */
  const transformed = (layer: LayerName, { apply }: Transform, own: Parameters) => {
    const fc = features[layer];
    if (fc === undefined) throw internal(`no features of ${layer}`);
    const known = statistics[layer] ?? channelStatistics(fc);
    const looking = matched(layer, features, config, statistics);
    const extras = { statistics: known, matched: looking };
    const made = styles.map((style) => apply(fc, stateOf(style, layer), own, config, extras));
    const [, , h, w] = nchw(fc.shape, layer);
    const weights = () => mixture.weightsAt(strideOf(layer), h, w);
    const colours = made.flatMap((one) => (one.colours === undefined ? [] : [one.colours]));
    return {
      features: blend(
        made.map((one) => one.features),
        weights,
      ),
      colours: colours.length === 0 ? undefined : blend(colours, weights),
    };
  };
  const transform = transforms[config.transform];
  const [deep, deeper] = meetingLayers(config).map((level) =>
    transformed(level, transform, scoped(parameters, blockPrefix(level))),
  );
  if (deep === undefined) throw internal('a generator without layers');
  const fused = deeper === undefined ? deep.features : merge(deep.features, deeper.features, parameters);
  const shortcuts: Partial<Record<ShortcutLayer, Tensor>> = {};
  for (const layer of shortcutLayers(config)) {
    shortcuts[layer] = transformed(layer, adain, parameters).features;
  }
  const signals = styles.flatMap((style) => (style.modulation === undefined ? [] : [style.modulation]));
  const inputs = {
    signals,
    shortcuts,
    colours: deep.colours,
    adapt: (layer: ShortcutLayer, y: Tensor) => {
      if (!transform.decodesAlike) return y;
      const made = styles.map((style) => adain.apply(y, stateOf(style, layer), parameters, config).features);
      const [, , h, w] = nchw(y.shape, layer);
      return blend(made, () => mixture.weightsAt(strideOf(layer), h, w));
    },
    weightsAt: mixture.weightsAt,
    statisticsOf: config.conditionalNormalisation ? quietly(own, features, statistics) : own.layer,
  };
  const picture = decoder(fused, scoped(parameters, 'decoder.'), decoderConfig(config), inputs);
  if (config.palette === 'none') return picture;
  const [, , height, width] = nchw(picture.shape, 'picture');
  const painted = own.colours(picture);
  const coloured = styles.map(({ 'palette.matrix': matrix, 'palette.shift': shift, gamut }) => {
    if (matrix === undefined || shift === undefined) throw internal('a style without palette');
    // Styles that `decodeStyleFile` reads of older files hold no gamut.
    const recoloured = applyPalette(picture, { matrix, shift }, painted);
    return gamut === undefined ? recoloured : withinGamut(recoloured, gamut);
  });
  return blend(coloured, () => mixture.weightsAt(1, height, width));
}

/**
 * The features from which queries and keys at `level` are made, `[N, K, h, w]` at its positions; undefined if
 * they are those of the level itself.
 */
export function matched(
  level: LayerName,
  features: Partial<Features>,
  config: GeneratorConfig,
  statistics: ContentStatistics = {},
): Tensor | undefined {
  const layers = matchingLayersOf(config);
  if (layers.length === 0 || level !== 'relu4_1' || !transforms[config.transform].attends) return undefined;
  const parts = layers.map((layer) => {
    const x = features[layer];
    if (x === undefined) throw internal(`no features of ${layer}`);
    const known = statistics[layer] ?? channelStatistics(x);
    return normalise(meanPool(x, Math.log2(strideOf(level) / strideOf(layer))), known);
  });
  return parts.length === 1 ? parts[0] : concat(parts, 1);
}

/**
 * SANet's merge: the deeper level is upsampled to the other's size (cropped if that is
 * odd) and added; 3×3 conv.
 */
function merge(deep: Tensor, deeper: Tensor, parameters: Parameters): Tensor {
  const large = upsample(deeper);
  const fitted = sameShape(large.shape, deep.shape) ? large : slice(large, [0, 0, 0, 0], deep.shape);
  return conv3x3(add(deep, fitted), parameters, 'merge', extent(deep.shape, 1));
}

export function blockPrefix(level: LayerName): string {
  return `attention.${level}.`;
}

/** The tensors that a style keeps of a layer, without its name. */
export function stateOf(style: Outputs, layer: LayerName): Outputs {
  const prefix = `${layer}.`;
  const own = Object.entries(style).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

/** Pixels between two positions of a layer. */
export function strideOf(layer: LayerName): number {
  return 2 ** layerNames.indexOf(layer);
}

export function shortcutLayers(config: GeneratorConfig): readonly ShortcutLayer[] {
  return config.shortcuts === 'none'
    ? []
    : shortcutLayerNames.slice(0, shortcutLayerNames.indexOf(config.shortcuts) + 1);
}

/** Layers whose mean and deviation the generator keeps of a style. */
export function statisticalLayers(config: GeneratorConfig): readonly ShortcutLayer[] {
  return transforms[config.transform].decodesAlike ? shortcutLayerNames : shortcutLayers(config);
}

/** The decoder's part of the settings. */
export function decoderConfig(config: GeneratorConfig): DecoderConfig {
  const [c1, c2, c3, c4] = config.encoder.widths;
  return { ...config, widths: [c1, c2, c3, c4] };
}

/** Relative variance of relu4_1 at which a content counts as nearly flat. */
const FLAT = 1e-4;

/**
 * Statistics for normalisation that leave flat contents quiet. Normalising a flat map would magnify its
 * rounding errors, layer after layer, to strokes at full contrast. FLAT / (v + FLAT²) is added to each
 * variance, v being the content's relative variance at relu4_1. That is 10,000 for flat contents, 1 for
 * nearly flat ones, next to nothing for others.
 */
function quietly(own: OwnStatistics, features: Partial<Features>, statistics: ContentStatistics) {
  const { relu4_1 } = features;
  if (relu4_1 === undefined) throw internal('no features of relu4_1');
  const { mean, deviation } = statistics.relu4_1 ?? channelStatistics(relu4_1);
  const power = (x: Tensor) => meanOver(square(x), [1]);
  const variance = relu(sub(power(deviation), VARIANCE_EPSILON));
  const relative = div(variance, add(power(mean), power(deviation)));
  const floor = div(FLAT, add(relative, FLAT ** 2));
  return (layer: string, y: Tensor): ChannelStatistics => {
    const measured = own.layer(layer, y);
    return { mean: measured.mean, deviation: sqrt(add(square(measured.deviation), floor)) };
  };
}
