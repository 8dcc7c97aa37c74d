/** The generator: a content and an encoded style in, a picture out. Styles are encoded apart, to be kept. */

import { channelStatistics } from '../graph/composed.ts';
import { mul, type Operand } from '../graph/ops/elementwise.ts';
import { slice } from '../graph/ops/layout.ts';
import { input } from '../graph/ops/sources.ts';
import { sameShape } from '../graph/shape.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import { internal } from '../errors.ts';
import { decodeFrom, paintCascade } from './cascade.ts';
import { styleGamut, withinGamut } from './gamut.ts';
import { applyPalette, colourMap, stylePalette } from './palette.ts';
import { decoder, modulationSignals, type ShortcutLayer, styleStatistics } from './decoder.ts';
import { type Mixture, sole } from './mixture.ts';
import { DRAFT, DRAFT_SHARE, halved, revisionBase } from './draft.ts';
import { type Parameters, scoped, Variables } from './parameters.ts';
import { type GeneratorConfig, meetingLayers } from './settings.ts';
import { adain } from './transforms/adain.ts';
import { transforms } from './transforms/table.ts';
import {
  blockPrefix,
  decoderConfig,
  matched,
  type OwnStatistics,
  paintFeatures,
  shortcutLayers,
  statisticalLayers,
} from './painting.ts';
import { type Features, type LayerName, vgg19 } from './vgg19.ts';

/** Prefix of the encoder's parameters, which most stages keep frozen. */
export const ENCODER = 'encoder.';

/**
 * The least width and height of a picture, in pixels. The relu5_1 of a draft then still has
 * two positions to mirror.
 */
export function minimumSize({ drafts }: Pick<GeneratorConfig, 'drafts'>): number {
  return drafts ? 33 : 17;
}

/** Whether a painting depends on statistics taken while it is painted, which tiles must be given. */
export function needsWhole({ conditionalNormalisation, palette, transform }: GeneratorConfig): boolean {
  return conditionalNormalisation || palette === 'covariance' || transforms[transform].whole;
}

/**
 * All tensors that the generator keeps of a style picture `[N, 3, H, W]` (RGB 0–1): per level keys and values
 * (or mean and deviation), statistics for the shortcuts, the decoder's modulation signals, palette and gamut.
 * A flat set of named tensors, ready to be stored.
 */
export function encodeStyle(style: Tensor, parameters: Parameters, config: GeneratorConfig): Outputs {
  const encode = (x: Tensor) => styleOutputs(x, encodeFeatures(x, parameters, config), parameters, config);
  return config.drafts ? withDraft(encode(style), encode(halved(style))) : encode(style);
}

/** Both sizes of an encoded style as one set. */
function withDraft(whole: Outputs, half: Outputs): Outputs {
  const named = Object.entries(half).map(([name, tensor]) => [DRAFT + name, tensor] as const);
  return { ...whole, ...Object.fromEntries(named) };
}

/** The tensors that {@link withDraft} has put under the draft's names. */
function draftOf({ styles, weightsAt }: Mixture): Mixture {
  const ofDraft = ([name, tensor]: [string, Tensor]) =>
    name.startsWith(DRAFT) ? [[name.slice(DRAFT.length), tensor] as const] : [];
  return {
    styles: styles.map((style) => Object.fromEntries(Object.entries(style).flatMap(ofDraft))),
    weightsAt,
  };
}

/** The same mixture for a picture with sides of `1 / factor`. */
function reduced({ styles, weightsAt }: Mixture, factor: number): Mixture {
  return { styles, weightsAt: (stride, height, width) => weightsAt(factor * stride, height, width) };
}

/**
 * The style's half from features already computed. The content's features leave AdaIN with the deviation that
 * is kept of the style, so a smaller one makes a shortcut carry less of them.
 */
export function styleOutputs(
  style: Tensor,
  features: Features,
  parameters: Parameters,
  config: GeneratorConfig,
  shallowShare: Operand = config.shallowShare,
): Outputs {
  const outputs: Record<string, Tensor> = {};
  const keep = (layer: LayerName, state: Outputs) => {
    for (const [name, tensor] of Object.entries(state)) outputs[`${layer}.${name}`] = tensor;
  };
  const { encode } = transforms[config.transform];
  for (const level of meetingLayers(config)) {
    const colours = config.attendColours && level === 'relu4_1' ? colourMap(style) : undefined;
    const block = scoped(parameters, blockPrefix(level));
    const extras = { colours, matched: matched(level, features, config) };
    keep(level, encode(features[level], block, config, extras));
  }
  for (const layer of statisticalLayers(config)) {
    const { mean, deviation } = channelStatistics(features[layer]);
    keep(layer, { mean, deviation: layer === 'relu3_1' ? deviation : mul(deviation, shallowShare) });
  }
  if (config.modulation > 0) {
    outputs.modulation = modulationSignals(styleStatistics(features), parameters, decoderConfig(config));
  }
  if (config.palette !== 'none') {
    const { matrix, shift } = stylePalette(style);
    outputs['palette.matrix'] = matrix;
    outputs['palette.shift'] = shift;
    outputs.gamut = styleGamut(style);
  }
  return outputs;
}

/** Options of a painting beside networks and pictures. */
export interface PaintingOptions {
  /**
   * Shares of the drafts in the revisions, 0–1, the smallest first. There are as many revisions as shares,
   * each of twice the size; without shares the draft alone is painted. Only for generators that make drafts.
   * Default: one, {@link DRAFT_SHARE}.
   */
  readonly shares?: readonly Operand[];
  /** Source of the last painting's own statistics. Default: they are measured. */
  readonly own?: OwnStatistics;
}

/**
 * The content's half: a picture `[N, 3, H, W]` (RGB 0–1) and an encoded style give the stylised picture of
 * the same size, RGB around 0–1, not clamped.
 */
export function stylize(
  content: Tensor,
  style: Outputs,
  parameters: Parameters,
  config: GeneratorConfig,
  options: PaintingOptions = {},
): Tensor {
  const [picture] = stylizeMixtures(content, [sole(style)], parameters, config, options);
  if (picture === undefined) throw internal('one mixture, no picture');
  return picture;
}

/** {@link stylize} for mixtures of styles, with a picture for each. The smallest content is encoded once. */
export function stylizeMixtures(
  content: Tensor,
  mixtures: readonly Mixture[],
  parameters: Parameters,
  config: GeneratorConfig,
  { shares = [DRAFT_SHARE], own }: PaintingOptions = {},
): Tensor[] {
  const encode = (x: Tensor) => encodeFeatures(x, parameters, config);
  const revisions = config.drafts ? shares : [];
  const paint = (x: Tensor, features: Features, mixture: Mixture, level: number): Tensor => {
    const last = level === revisions.length;
    const decoded = isCascade(config)
      ? paintCascade(features, encode, mixture, parameters, config)
      : paintFeatures(features, mixture, parameters, config, {}, last ? own : undefined);
    // The encoder rounds odd sizes up, so the decoder's picture may be a few pixels too large.
    return sameShape(decoded.shape, x.shape) ? decoded : slice(decoded, [0, 0, 0, 0], x.shape);
  };
  /** The contents, from small to large. */
  const contents = [content];
  for (let i = 0; i < revisions.length; i++) contents.unshift(halved(contents[0] ?? content));
  const smallest = contents[0] ?? content;
  const features = encode(smallest);
  return mixtures.map((mixture) => {
    const drafting = config.drafts ? draftOf(mixture) : mixture;
    let painting = paint(smallest, features, reduced(drafting, 2 ** revisions.length), 0);
    for (const [i, share] of revisions.entries()) {
      const [small, large] = [contents[i] ?? content, contents[i + 1] ?? content];
      const base = revisionBase(large, small, painting, share);
      painting = paint(base, encode(base), reduced(mixture, 2 ** (revisions.length - 1 - i)), i + 1);
    }
    return painting;
  });
}

/** The content's half from features already computed; the picture's size is a multiple of 8. */
export function stylizeFeatures(
  features: Features,
  style: Outputs,
  parameters: Parameters,
  config: GeneratorConfig,
): Tensor {
  return paintFeatures(features, sole(style), parameters, config);
}

/** The layers from which the generator has decoders, from shallow to deep. */
export function decodedLayers(config: GeneratorConfig): readonly LayerName[] {
  return isCascade(config) ? meetingLayers(config) : ['relu4_1'];
}

/** The inversion of the features of `x` by a layer's decoder, in its own style, as autoencoding trains it. */
export function reconstruct(
  x: Tensor,
  features: Features,
  parameters: Parameters,
  config: GeneratorConfig,
  from: LayerName = 'relu4_1',
): Tensor {
  if (isCascade(config)) return decodeFrom(from, features[from], parameters, config);
  const settings = decoderConfig(config);
  const signals =
    config.modulation > 0 ? [modulationSignals(styleStatistics(features), parameters, settings)] : [];
  // In a picture's own style the shortcuts are its unchanged features.
  const shortcuts = Object.fromEntries(shortcutLayers(config).map((layer) => [layer, features[layer]]));
  const alike = transforms[config.transform].decodesAlike;
  const adapt = (layer: ShortcutLayer, y: Tensor) =>
    alike
      ? adain.apply(y, adain.encode(features[layer], parameters, config), parameters, config).features
      : y;
  const inputs = { signals, shortcuts, adapt };
  const picture = decoder(features.relu4_1, scoped(parameters, 'decoder.'), settings, inputs);
  if (config.palette === 'none') return picture;
  return withinGamut(applyPalette(picture, stylePalette(x)), styleGamut(x));
}

function isCascade({ transform }: GeneratorConfig): boolean {
  return transforms[transform].meets === 'cascade';
}

/**
 * Names of all parameters of the generator and no others: initial weights may hold
 * deeper layers of the encoder.
 */
export function parameterNames(config: GeneratorConfig): ReadonlySet<string> {
  const variables = new Variables();
  const picture = (name: string) => input(name, [1, 3, 64, 64]);
  stylize(picture('content'), encodeStyle(picture('style'), variables, config), variables, config);
  return new Set(variables.tensors.keys());
}

/** The encoder's features that either half of the generator needs. */
export function encodeFeatures(x: Tensor, parameters: Parameters, config: GeneratorConfig): Features {
  const layers: readonly LayerName[] = ['relu1_1', 'relu2_1', 'relu3_1', 'relu4_1'];
  const wanted = meetingLayers(config).includes('relu5_1') ? ([...layers, 'relu5_1'] as const) : layers;
  return vgg19(x, scoped(parameters, ENCODER), config.encoder, wanted);
}
