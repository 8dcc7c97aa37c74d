/** Encoded styles as inputs of a graph, with their shares: numbers that hold everywhere, or maps. */

import { reshape, slice } from '../graph/ops/layout.ts';
import { input } from '../graph/ops/sources.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import type { ImageSize } from '../images/image.ts';
import { type Mixture, sole } from '../networks/mixture.ts';
import type { Feeds } from '../runtime/runtime.ts';
import type { WeightTensor } from '../weights/safetensors.ts';
import { type Mask, mapStrides, shareMaps, shareMapSize, type Window } from './masks.ts';

/** The tensors of an encoded style. */
interface EncodedStyle {
  readonly tensors: Readonly<Record<string, WeightTensor>>;
}

/**
 * Names of an encoded style as graph inputs. They differ from its names as outputs, since ONNX forbids an
 * input and an output of one name.
 */
const inputName = (mixture: string, style: number, name: string): string =>
  `${mixture}style.${style}.${name}`;

/** Key of a mixture's programs: the shapes of its tensors, and whether it has maps. */
export function mixtureKey(mix: Mix): string {
  const shapes = mix.styles.map(({ tensors }) =>
    Object.entries(tensors).map(([name, { shape }]) => `${name} ${shape.join('×')}`),
  );
  return `${shapes.join(' | ')}${hasMaps(mix) ? ' mapped' : ''}`;
}

/** Encoded styles, how much of each is painted, and where. */
export interface Mix<S extends EncodedStyle = EncodedStyle> {
  readonly styles: readonly S[];
  /** Above 0; only their ratios count. */
  readonly weights: readonly number[];
  /** The mask of each style that has one. */
  readonly masks: readonly (Mask | undefined)[];
}

/** Whether the shares of the styles differ from place to place. */
function hasMaps({ styles, masks }: Mix): boolean {
  return styles.length > 1 && masks.some((mask) => mask !== undefined);
}

/**
 * The mixture as inputs of a graph for a picture or tile of `size`: the tensors of each style and, for
 * several styles, their shares. Shares are `shares [K]`, or with masks `shares.STRIDE [1, K, h, w]`. `prefix`
 * tells the inputs of several mixtures apart.
 */
export function mixtureInputs(mix: Mix, size: ImageSize, prefix = ''): Mixture {
  const encoded = mix.styles.map(
    ({ tensors }, k): Outputs =>
      Object.fromEntries(
        Object.entries(tensors).map(([name, { shape }]) => [name, input(inputName(prefix, k, name), shape)]),
      ),
  );
  const [only] = encoded;
  if (encoded.length === 1 && only !== undefined) return sole(only);
  if (!hasMaps(mix)) {
    const shares = input(`${prefix}shares`, [encoded.length]);
    return {
      styles: encoded,
      weightsAt: () => encoded.map((_, k) => reshape(slice(shares, [k], [k + 1]), [1, 1, 1, 1])),
    };
  }
  const maps = new Map<number, Tensor>();
  return {
    styles: encoded,
    weightsAt(stride, height, width) {
      const shape = [1, encoded.length, ...shareMapSize(size, stride)];
      const map = maps.get(stride) ?? input(`${prefix}shares.${stride}`, shape);
      maps.set(stride, map);
      return encoded.map((_, k) => slice(map, [0, k, 0, 0], [1, k + 1, height, width]));
    },
  };
}

/**
 * A mixture whose shallow shortcuts carry `factor` times as much of the content's contrasts: these get the
 * deviations that a style keeps.
 */
export function leaning<S extends EncodedStyle>(mix: Mix<S>, factor: number): Mix<S> {
  const styles = mix.styles.map((style) => {
    const tensors = { ...style.tensors };
    for (const [name, { shape, data }] of Object.entries(tensors)) {
      if (!/relu[12]_1.deviation$/.test(name)) continue;
      tensors[name] = { shape, data: data.map((value) => value * factor) };
    }
    return { ...style, tensors };
  });
  return { ...mix, styles };
}

/**
 * Values of the styles that a program asks for by its `inputs`, and of their shares if these
 * are the same everywhere.
 */
export function mixtureFeeds(mix: Mix, inputs: Iterable<string>, prefix = ''): Feeds {
  const wanted = new Set(inputs);
  const feeds: Record<string, Float32Array> = {};
  for (const [k, { tensors }] of mix.styles.entries()) {
    for (const [name, { data }] of Object.entries(tensors)) {
      // A draft asks for other tensors than its revisions.
      if (wanted.has(inputName(prefix, k, name))) feeds[inputName(prefix, k, name)] = data;
    }
  }
  if (mix.styles.length > 1 && !hasMaps(mix)) {
    const sum = mix.weights.reduce((total, weight) => total + weight, 0);
    feeds[`${prefix}shares`] = Float32Array.from(mix.weights, (weight) => weight / sum);
  }
  return feeds;
}

/** Values of the maps that a program asks for by its `inputs`, for a window of the picture. */
export function mapFeeds(
  mix: Mix,
  picture: ImageSize,
  window: Window,
  inputs: Iterable<string>,
  prefix = '',
): Feeds {
  if (!hasMaps(mix)) return {};
  const wanted = new Set(inputs);
  const strides = mapStrides.filter((stride) => wanted.has(`${prefix}shares.${stride}`));
  const maps = shareMaps(mix.weights, mix.masks, picture, window, strides);
  return Object.fromEntries([...maps].map(([stride, data]) => [`${prefix}shares.${stride}`, data]));
}
