/** Features of a picture in the loss network, of the whole or at positions drawn at random in each step. */

import { type ChannelStatistics, channelStatistics, flattenPositions } from '../graph/composed.ts';
import { reshape, slice } from '../graph/ops/layout.ts';
import { gather } from '../graph/ops/gathering.ts';
import { matrixTranspose } from '../graph/ops/linear.ts';
import { input } from '../graph/ops/sources.ts';
import { nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { colourLayer } from '../losses/colour.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { type LayerName, layerNames, type NarrowFeatures, vgg19Narrow } from '../networks/vgg19.ts';
import type { TrainingConfig } from './config.ts';

/** One layer of output and style, at the same positions: `[N, C, K, 1]`, and their channel statistics. */
export interface Compared {
  /** `colour` is the layer of {@link colourLayer}. */
  readonly layer: LayerName | 'colour';
  readonly own: Tensor;
  readonly target: Tensor;
  readonly statistics: ChannelStatistics;
  readonly styleStatistics: ChannelStatistics;
}

/**
 * The loss network on pictures of one size. It processes each picture once and draws the
 * positions of each layer once.
 */
export class Sight {
  readonly #seen = new Map<Tensor, NarrowFeatures<LayerName>>();
  readonly #places = new Map<string, Tensor>();
  readonly #suffix: string;
  readonly #config: TrainingConfig;
  readonly #loss: LossNetwork;
  readonly #positions: Record<string, { count: number; of: number }>;

  /**
   * @param suffix tells the inputs of two sizes apart
   * @param positions receives the positions to be drawn
   */
  constructor(
    suffix: string,
    config: TrainingConfig,
    loss: LossNetwork,
    positions: Record<string, { count: number; of: number }>,
  ) {
    this.#suffix = suffix;
    this.#config = config;
    const { heads, ...withoutHeads } = loss.config;
    const whole = config.lossHeads && heads !== undefined;
    this.#loss = { parameters: loss.parameters, config: whole ? loss.config : withoutHeads };
    this.#positions = positions;
  }

  /** Layers of the style losses. */
  get layers(): readonly LayerName[] {
    return layerNames.slice(0, layerNames.indexOf(this.#config.deepestLayer) + 1);
  }

  /** Output and style at every layer of the style losses, the colour layer last, at the same positions. */
  compare(output: Tensor, style: Tensor): Compared[] {
    const compared = this.layers.map((layer) => pair(layer, this.#at(output, layer), this.#at(style, layer)));
    if (!this.#config.colour) return compared;
    const [own, target] = [colourLayer(output), colourLayer(style)];
    const places = this.#placesOf(own, 'colour');
    return [...compared, pair('colour', pick(own, places), pick(target, places))];
  }

  /** Features of the whole picture, `[N, C, h, w]` each. */
  whole(picture: Tensor, layers: readonly LayerName[]): Tensor[] {
    const { narrow, apply } = this.#look(picture);
    return layers.map((layer) => apply(layer, narrow[layer]));
  }

  statistics(picture: Tensor, layers: readonly LayerName[]): ChannelStatistics[] {
    return this.whole(picture, layers).map((features) => channelStatistics(features));
  }

  /** Feature vectors `[N, P, C]` at the drawn positions, few enough to compare all pairs. */
  vectors(picture: Tensor, layers: readonly LayerName[]): Tensor[] {
    return layers.map((layer) => vectorsOf(this.#at(picture, layer), PAIRED_PLACES));
  }

  /** Features at the drawn positions, for every layer of the style losses. */
  chosen(picture: Tensor): Tensor[] {
    return this.layers.map((layer) => this.#at(picture, layer));
  }

  #look(picture: Tensor): NarrowFeatures<LayerName> {
    const known = this.#seen.get(picture);
    if (known !== undefined) return known;
    const seen = vgg19Narrow(picture, this.#loss.parameters, this.#loss.config, this.#wanted());
    this.#seen.set(picture, seen);
    return seen;
  }

  /** Layers of the style losses and of the content loss: a network that ends before relu5_1 may suffice. */
  #wanted(): readonly LayerName[] {
    const { deepestLayer, contentLayers } = this.#config;
    return deepestLayer === 'relu5_1' || contentLayers.endsWith('relu5_1') ? layerNames : this.layers;
  }

  /** A layer at the drawn positions, which alone pass through its head, if any. */
  #at(picture: Tensor, layer: LayerName): Tensor {
    const { narrow, apply } = this.#look(picture);
    return apply(layer, pick(narrow[layer], this.#placesOf(narrow[layer], layer)));
  }

  /**
   * Positions drawn anew in each step; of small maps, all. They are in random order, so that the first few
   * cover the whole picture and not only its top rows.
   */
  #placesOf(features: Tensor, layer: string): Tensor {
    const known = this.#places.get(layer);
    if (known !== undefined) return known;
    const { positions, momentPositions } = this.#config;
    const [, , h, w] = nchw(features.shape, layer);
    const count = Math.min(Math.max(momentPositions, positions), h * w);
    const name = `positions${this.#suffix}.${layer}`;
    const places = input(name, [count]);
    this.#positions[name] = { count, of: h * w };
    this.#places.set(layer, places);
    return places;
  }
}

function pair(layer: Compared['layer'], own: Tensor, target: Tensor): Compared {
  return {
    layer,
    own,
    target,
    statistics: channelStatistics(own),
    styleStatistics: channelStatistics(target),
  };
}

/** `[N, C, H, W]` → `[N, C, K, 1]` at `places`. */
function pick(features: Tensor, places: Tensor): Tensor {
  const picked = gather(flattenPositions(features), places);
  return reshape(picked, [...picked.shape, 1]);
}

/**
 * The first `count` positions of `[N, C, K, 1]`, or all, as vectors `[N, count, C]`.
 * They are in random order.
 */
export function vectorsOf(features: Tensor, count = Number.POSITIVE_INFINITY): Tensor {
  const flat = flattenPositions(features);
  const [n = 1, c = 1, k = 1] = flat.shape;
  return matrixTranspose(k <= count ? flat : slice(flat, [0, 0, 0], [n, c, count]));
}

const PAIRED_PLACES = 400;
