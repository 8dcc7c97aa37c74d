/** The graphs of fine-tuning: its losses, a step of the decoder, a sample of its painting. */

import { type ChannelStatistics, channelStatistics, flattenPositions } from '../graph/composed.ts';
import { add, mul } from '../graph/ops/elementwise.ts';
import { matrixTranspose } from '../graph/ops/linear.ts';
import { constant, input } from '../graph/ops/sources.ts';
import type { Tensor, Outputs } from '../graph/tensor.ts';
import { colourLayer } from '../losses/colour.ts';
import { contentLoss } from '../losses/content.ts';
import { momentsLoss } from '../losses/moments.ts';
import { slicedWassersteinLoss } from '../losses/sliced-wasserstein.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { type Features, layerNames, vgg19 } from '../networks/vgg19.ts';
import type { ImageSize } from '../images/size.ts';
import { stylize } from '../networks/generator.ts';
import { frozen, type Parameters, Variables } from '../networks/parameters.ts';
import type { StylizerModel } from '../stylize/style.ts';
import { type AdamConfig, adam } from '../training/adam.ts';
import type { Painting } from './encoded-painting.ts';

/** Weights of relu1_1 … relu5_1 in the style loss, as in training. */
const layerWeights = [1, 1, 1, 2, 2];

const weights = { style: 5, colours: 0.7 };

/** The features of a painting that are kept for comparison. */
export interface Target {
  /** Moments of each layer in {@link styleMoments}. */
  readonly moments: readonly ChannelStatistics[];
  /** `count` of its colours, drawn at random: `[1, count, 3]`, in the form of {@link colourVectors}. */
  colours(count: number): Tensor;
}

export interface Losses {
  /** Difference of normalised relu4_1 and relu5_1 from the photograph's, i.e. in its arrangement. */
  readonly content: Tensor;
  /**
   * Difference from the painting: weighted means and deviations of five layers, + 0.7 · the sliced
   * Wasserstein distance of the colours. In a minute the decoder learns more than the mean of a palette, and
   * the mean of red and blue is in no painting.
   */
  readonly style: Tensor;
  /** The objective: content + 5 · style. */
  readonly total: Tensor;
}

/** Channel statistics of features at the layers that the style loss compares. */
export function styleMoments(features: Features): ChannelStatistics[] {
  return layerNames.map((layer) => channelStatistics(features[layer]));
}

/** The colour of each block: picture `[1, 3, H, W]`, sides multiples of 4 → `[1, H · W / 16, 3]`. */
export function colourVectors(picture: Tensor): Tensor {
  return matrixTranspose(flattenPositions(colourLayer(picture)));
}

/** Pictures `[1, 3, H, W]`, sides multiples of 8, with their features in the loss network. */
export interface Seen {
  readonly picture: Tensor;
  readonly features: Features;
}

export function seen(picture: Tensor, { parameters, config }: LossNetwork): Seen {
  return { picture, features: vgg19(picture, parameters, config, layerNames) };
}

function tuningLosses(output: Seen, content: Seen, target: Target): Losses {
  const deep = contentLoss(deepest(output), deepest(content), 'normalised');
  const moments = momentsLoss(styleMoments(output.features), target.moments, layerWeights);
  const own = colourVectors(output.picture);
  const colours = slicedWassersteinLoss(own, target.colours(own.shape[1] ?? 0), directions());
  const style = add(moments, mul(colours, weights.colours));
  return { content: deep, style, total: add(deep, mul(style, weights.style)) };
}

function deepest({ features }: Seen): Tensor[] {
  return [features.relu4_1, features.relu5_1];
}

const DIRECTIONS = 24;

/**
 * Directions `[3, 24]`, spread evenly over half a sphere. With more than three channels they
 * would have to be random.
 */
function directions(): Tensor {
  const data = new Float32Array(3 * DIRECTIONS);
  const golden = Math.PI * (3 - Math.sqrt(5));
  for (let k = 0; k < DIRECTIONS; k++) {
    const z = (k + 0.5) / DIRECTIONS;
    const radius = Math.sqrt(1 - z * z);
    data[k] = radius * Math.cos(golden * k);
    data[DIRECTIONS + k] = radius * Math.sin(golden * k);
    data[2 * DIRECTIONS + k] = z;
  }
  return constant(data, [3, DIRECTIONS]);
}

/**
 * Prefix of the trained parameters. Attention matches content and style, which one painting does not teach
 * better. Modulation gives a single painting nothing that the decoder's own weights cannot. With both frozen,
 * the painting's style never changes.
 */
export const TUNED = 'decoder.';

/** It keeps no running average: the rate falls to zero, and the weights settle. */
export const optimiser: AdamConfig = {
  group: 'decoder',
  beta1: 0.9,
  beta2: 0.99,
  clip: 1,
  average: 0,
  centred: true,
};

export interface StepGraph {
  /** Next states by `kind/parameter`. */
  readonly states: Outputs;
  /** Losses before the step. */
  readonly losses: Losses;
}

/** One step on input `content [1, 3, size, size]`, RGB 0–1. For the other inputs see {@link adam}. */
export function stepGraph(
  model: StylizerModel,
  loss: LossNetwork,
  painting: Painting,
  size: number,
): StepGraph {
  const variables = new Variables();
  const { losses } = paint(model, loss, painting, { width: size, height: size }, variables);
  return { states: adam(losses.total, variables.tensors, optimiser).states, losses };
}

export interface SampleGraph {
  /** `[1, 3, H, W]`, RGB around 0–1, not clamped. */
  readonly picture: Tensor;
  readonly losses: Losses;
}

/**
 * The decoder's painting of input `content [1, 3, H, W]`. The other inputs are its parameters by their names.
 */
export function sampleGraph(
  model: StylizerModel,
  loss: LossNetwork,
  painting: Painting,
  size: ImageSize,
): SampleGraph {
  return paint(model, loss, painting, size, new Variables());
}

function paint(
  { weights, name, config }: StylizerModel,
  loss: LossNetwork,
  painting: Painting,
  { width, height }: ImageSize,
  variables: Variables,
): SampleGraph {
  const constants = frozen(weights, name);
  const parameters: Parameters = {
    get: (name, ...rest) => (name.startsWith(TUNED) ? variables : constants).get(name, ...rest),
  };
  const content = input('content', [1, 3, height, width]);
  const picture = stylize(content, painting.style, parameters, config);
  return { picture, losses: tuningLosses(seen(picture, loss), seen(content, loss), painting) };
}
