/** The graph of a refinement's step: how a picture of one size comes nearer to its content and its styles. */

import { flattenPositions, total } from '../graph/composed.ts';
import { gather } from '../graph/ops/gathering.ts';
import { add, minimum, mul, neg, sub } from '../graph/ops/elementwise.ts';
import { reshape } from '../graph/ops/layout.ts';
import { matmul, matrixTranspose } from '../graph/ops/linear.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { extent } from '../graph/shape.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import { lumaAt } from '../images/planes.ts';
import type { ImageSize } from '../images/size.ts';
import { colourLayer } from '../losses/colour.ts';
import { contentLoss } from '../losses/content.ts';
import { slicedWassersteinLoss } from '../losses/sliced-wasserstein.ts';
import { totalVariation } from '../losses/total-variation.ts';
import { enlarge } from '../networks/layers.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { fromDifferences, toDifferences } from '../networks/palette.ts';
import { type Features, layerNames, vgg19 } from '../networks/vgg19.ts';
import { type AdamConfig, adam, stateName } from '../training/adam.ts';
import { internal } from '../errors.ts';

/** Layers at which a picture is compared with its styles: those of the loss network, and its colours. */
export const comparedLayers = [...layerNames, 'colour'] as const;
export type ComparedLayer = (typeof comparedLayers)[number];

/** Pixels between two places of a layer. */
export function strideOf(layer: ComparedLayer): number {
  return layer === 'colour' ? 4 : 2 ** layerNames.indexOf(layer);
}

/** Layers of the content loss. */
export const contentLayers = ['relu4_1', 'relu5_1'] as const;

/** Random directions of the sliced distance, new ones in each step. */
const DIRECTIONS = 32;

/** Feature vectors that are compared at a layer in a step. */
const VECTORS = 4096;

const weights = { content: 3, style: 10, variation: 150 };

/**
 * Parameters: pictures of the whole size, half and a quarter of it in {@link toBasis}'s colours, whose sum is
 * the picture. Adam moves each place of each by about the same, so that large forms move as fast as single
 * pixels.
 */
export const scales = ['whole', 'half', 'quarter'] as const;

/** Steps of the whole size are shorter, since those of the others are added to them. */
const WHOLE = 0.3;

export const optimiser: AdamConfig = {
  group: 'refining',
  beta1: 0.9,
  beta2: 0.99,
  clip: Number.MAX_VALUE,
  average: 0,
};

/** A picture with its features: `[1, C, h, w]` at each layer. */
export type Looked = Readonly<Record<ComparedLayer, Tensor>>;

/** Looks at a picture `[1, 3, H, W]` (RGB 0–1), sides multiples of 16. */
export function look(picture: Tensor, { parameters, config }: LossNetwork): Looked {
  const features: Features = vgg19(picture, parameters, config, layerNames);
  return { ...features, colour: colourLayer(picture) };
}

/** Values of the losses. */
export interface LossValues {
  /** Mean squared difference of normalised relu4_1 and relu5_1 from the content's. */
  readonly content: number;
  /** Sliced Wasserstein distance from the styles, summed over five layers and the colours. */
  readonly style: number;
}

export interface RefiningStep {
  /** Next states by `kind/scale`. */
  readonly states: Outputs;
  /** The picture after the step, `[1, 3, H, W]`, RGB within −0.05–1.05. */
  readonly picture: Tensor;
  /** Losses before the step. */
  readonly losses: Readonly<Record<keyof LossValues, Tensor>>;
}

/**
 * One step on a picture of `size`, sides multiples of 16, towards the content and a number of styles. Inputs:
 *
 * - {@link scales} `[1, 3, h, w]` and Adam's states and scalars, see {@link adam};
 * - `content.LAYER [1, C, h, w]`, the content's features at {@link contentLayers};
 * - for style k: `places.k.LAYER [P]`, at which the picture is compared with it, `target.k.LAYER [1, P, C]`,
 *   as many feature vectors of the style, and `share.k []`, its weight;
 * - `directions.LAYER [C, K]`, normal numbers.
 *
 * The style loss is the sliced Wasserstein distance (Heitz et al. 2021).
 */
export function refiningStep(size: ImageSize, loss: LossNetwork, styles: number): RefiningStep {
  const parameters = new Map(
    scales.map(
      (scale, i) => [scale, input(scale, [1, 3, size.height / 2 ** i, size.width / 2 ** i])] as const,
    ),
  );
  const picture = turned(summed(parameters), basis());
  const features = look(picture, loss);
  const deep = contentLayers.map((layer) => features[layer]);
  const wanted = contentLayers.map((layer) => input(`content.${layer}`, features[layer].shape));
  const content = contentLoss(deep, wanted, 'normalised');
  const strokes = Array.from({ length: styles }, (_, k) => {
    const distances = comparedLayers.map((layer) => distance(layer, features[layer], k));
    return mul(total(distances), input(`share.${k}`, []));
  });
  const style = total(strokes);
  const objective = total([
    mul(content, weights.content),
    mul(style, weights.style),
    mul(totalVariation(picture), weights.variation),
  ]);
  const { states } = adam(objective, parameters, optimiser);
  const next = new Map(scales.map((scale) => [scale, states[stateName('parameter', scale)]] as const));
  const coded = summed(next);
  // Values far outside the range of pictures would be cut when the picture is written.
  const inside = neg(minimum(neg(minimum(turned(coded, basis()), 1.05)), 0.05));
  const whole = add(known(next.get('whole')), mul(sub(turned(inside, inverseBasis()), coded), 1 / WHOLE));
  return {
    states: { ...states, [stateName('parameter', 'whole')]: whole },
    picture: inside,
    losses: { content, style },
  };
}

function summed(parameters: ReadonlyMap<string, Tensor | undefined>): Tensor {
  const [whole, half, quarter] = scales.map((scale) => known(parameters.get(scale)));
  return add(mul(known(whole), WHOLE), enlarge(add(known(half), enlarge(known(quarter)))));
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw internal('no scale in refining');
  return value;
}

function distance(layer: ComparedLayer, features: Tensor, k: number): Tensor {
  const flat = flattenPositions(features);
  const channels = extent(flat.shape, 1);
  const count = vectorCount(extent(flat.shape, 2));
  const own = matrixTranspose(gather(flat, input(`places.${k}.${layer}`, [count])));
  const target = input(`target.${k}.${layer}`, [1, count, channels]);
  return slicedWassersteinLoss(own, target, input(`directions.${layer}`, [channels, DIRECTIONS]));
}

/** Number of places at which a layer with `of` places is compared. */
function vectorCount(of: number): number {
  return Math.min(VECTORS, of);
}

/**
 * Luma and the colour differences R − Y and B − Y (BT.601), the latter times {@link HUE}. Adam moves each
 * coordinate by about the same, so coordinates of red, green and blue make coloured specks.
 */
const HUE = 2;
const basis = () => mul(fromDifferences(), constant([1, 1 / HUE, 1 / HUE], [1, 3]));
const inverseBasis = () => mul(toDifferences(), constant([1, HUE, HUE], [3, 1]));

function turned(picture: Tensor, matrix: Tensor): Tensor {
  return reshape(matmul(matrix, flattenPositions(picture)), picture.shape);
}

/** A picture's pixels `[3, H, W]`, RGB, as the whole scale at the start; the other scales are zero. */
export function toBasis(data: Float32Array): Float32Array {
  const pixels = data.length / 3;
  const coded = new Float32Array(data.length);
  for (let i = 0; i < pixels; i++) {
    const luma = lumaAt(data, i, pixels);
    coded[i] = luma / WHOLE;
    coded[pixels + i] = (HUE * ((data[i] ?? 0) - luma)) / WHOLE;
    coded[2 * pixels + i] = (HUE * ((data[2 * pixels + i] ?? 0) - luma)) / WHOLE;
  }
  return coded;
}
