/**
 * VGG-19 up to relu5_1, of any width: the encoder in the two widths of every method, and the
 * network of losses and metrics.
 */

import { SettingError } from '../errors.ts';
import { div, mul, relu, sub } from '../graph/ops/elementwise.ts';
import { constant } from '../graph/ops/sources.ts';
import { maxPool } from '../graph/ops/spatial.ts';
import type { Tensor } from '../graph/tensor.ts';
import { namingOf } from '../weights/foreign.ts';
import type { WeightMap } from '../weights/safetensors.ts';
import { conv1x1, conv3x3 } from './layers.ts';
import type { Parameters } from './parameters.ts';

/** The layers that style transfer uses, from shallow to deep, named after their ReLU. */
export const layerNames = ['relu1_1', 'relu2_1', 'relu3_1', 'relu4_1', 'relu5_1'] as const;
export type LayerName = (typeof layerNames)[number];
export type Features<L extends LayerName = LayerName> = Readonly<Record<L, Tensor>>;

/**
 * Form in which RGB 0–1 enters the network:
 * - `conv0`: a stored 1×1 convolution, as in the "normalised" VGG-19 of AdaIN and SANet;
 * - `imagenet`: minus mean, over deviation, as for torchvision's VGG-19;
 * - `centred`: (x − 0.45) · 4, roughly mean 0 and variance 1, for encoders trained from a random start.
 */
export const preprocessings = ['conv0', 'imagenet', 'centred'] as const;
export type Preprocessing = (typeof preprocessings)[number];

export interface Vgg19Config {
  /** Channels of the five stages; VGG-19 itself: 64, 128, 256, 512, 512. */
  readonly widths: readonly [number, number, number, number, number];
  readonly preprocessing: Preprocessing;
  /**
   * Channels of 1×1 heads `convX_1_aux` at each layer. A layer is then relu(head), not the narrow feature.
   */
  readonly heads?: readonly [number, number, number, number, number];
}

/** Convolutions of each stage; a 2×2 max-pool (ceil mode) stands between stages. */
const stages = [
  ['conv1_1', 'conv1_2'],
  ['conv2_1', 'conv2_2'],
  ['conv3_1', 'conv3_2', 'conv3_3', 'conv3_4'],
  ['conv4_1', 'conv4_2', 'conv4_3', 'conv4_4'],
  ['conv5_1'],
] as const;

/**
 * Features of `x [N, 3, H, W]` (RGB 0–1) at `layers`: `[N, C, ⌈H/2^k⌉, ⌈W/2^k⌉]`, k = 0 … 4. Layers behind
 * the deepest one in `layers` are not built. Simonyan & Zisserman 2014, with reflection padding.
 */
export function vgg19<L extends LayerName>(
  x: Tensor,
  parameters: Parameters,
  config: Vgg19Config,
  layers: readonly L[],
): Features<L> {
  const { narrow, apply } = vgg19Narrow(x, parameters, config, layers);
  const features: Partial<Record<L, Tensor>> = {};
  for (const layer of layers) features[layer] = apply(layer, narrow[layer]);
  return features as Features<L>;
}

/** Features before the heads, and the head of each layer: relu(1×1 conv), or nothing without heads. */
export interface NarrowFeatures<L extends LayerName> {
  readonly narrow: Features<L>;
  apply(layer: L, feature: Tensor): Tensor;
}

/** {@link vgg19} without the heads, which the caller may want at a few positions only. */
export function vgg19Narrow<L extends LayerName>(
  x: Tensor,
  parameters: Parameters,
  config: Vgg19Config,
  layers: readonly L[],
): NarrowFeatures<L> {
  const deepest = Math.max(...layers.map((layer) => layerNames.indexOf(layer)));
  const activations = vgg19Activations(x, parameters, config, deepest);
  const found = layers.map((layer) => [layer, activations.get(layer.replace('relu', 'conv'))]);
  const { heads } = config;
  return {
    narrow: Object.fromEntries(found),
    apply(layer, feature) {
      if (heads === undefined) return feature;
      const name = `${layer.replace('relu', 'conv')}_aux`;
      return relu(conv1x1(feature, parameters, name, heads[layerNames.indexOf(layer)] ?? 0));
    },
  };
}

/**
 * The activations after the ReLU of every convolution, by its name and from shallow to deep, up to the first
 * one of stage `deepest`, 0–4.
 */
export function vgg19Activations(
  x: Tensor,
  parameters: Parameters,
  config: Vgg19Config,
  deepest: number,
): ReadonlyMap<string, Tensor> {
  const found = new Map<string, Tensor>();
  let y = preprocess(x, parameters, config.preprocessing);
  for (const [i, names] of stages.slice(0, deepest + 1).entries()) {
    if (i > 0) y = maxPool(y);
    for (const name of i === deepest ? names.slice(0, 1) : names) {
      y = relu(conv3x3(y, parameters, name, config.widths[i] ?? 0));
      found.set(name, y);
    }
  }
  return found;
}

/** The settings of a weights file. Widths and heads are read off its tensors; `source` names it in errors. */
export function vgg19ConfigOf(weights: WeightMap, source: string, preprocessing: Preprocessing): Vgg19Config {
  const outputs = (name: string) => weights.get(`${name}.weight`)?.shape[0];
  const collect = (suffix: string) =>
    layerNames.map((layer) => outputs(layer.replace('relu', 'conv') + suffix));
  const [a, b, c, d, e] = collect('');
  if (a === undefined || b === undefined || c === undefined) throw notVgg19(weights.keys(), source);
  const [h1, h2, h3, h4, h5] = collect('_aux');
  const hasHeads = h1 !== undefined && h2 !== undefined && h3 !== undefined;
  return {
    widths: [a, b, c, d ?? 0, e ?? 0],
    preprocessing,
    ...(hasHeads ? { heads: [h1, h2, h3, h4 ?? 0, h5 ?? 0] as const } : {}),
  };
}

/** The error for a file whose tensors are not those of a VGG-19. */
export function notVgg19(names: Iterable<string>, source: string): SettingError {
  const all = [...names];
  const remedy = namingOf(all);
  return new SettingError({
    expected: 'VGG-19 weights conv1_1.weight … conv5_1.weight',
    name: 'loss network',
    received: all.slice(0, 4).join(', ') || 'no tensors',
    where: source,
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** Statistics of ImageNet's RGB values, 0–1, from torchvision's documentation of its VGG weights. */
export const IMAGENET = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] } as const;

function preprocess(x: Tensor, parameters: Parameters, how: Preprocessing): Tensor {
  switch (how) {
    case 'conv0':
      return conv1x1(x, parameters, 'conv0', 3);
    case 'imagenet': {
      const perChannel = (values: readonly number[]) => constant(values, [1, 3, 1, 1]);
      return div(sub(x, perChannel(IMAGENET.mean)), perChannel(IMAGENET.deviation));
    }
    case 'centred':
      return mul(sub(x, 0.45), 4);
  }
}

export const encoders = {
  /** A quarter of VGG-19's channels, and about a tenth of its work. Learns from it. */
  slim: { widths: [16, 32, 64, 128, 128], preprocessing: 'centred' },
  /** VGG-19 "normalised", as in AdaIN, SANet and our reading of the paper. */
  paper: { widths: [64, 128, 256, 512, 512], preprocessing: 'conv0' },
} as const satisfies Record<string, Vgg19Config>;
