/** Encoded styles as inputs of a graph, with how much of each: shares that hold everywhere, or maps. */

import { reshape, slice } from '../graph/ops/layout.ts';
import { input } from '../graph/ops/sources.ts';
import type { Outputs } from '../graph/tensor.ts';
import { type Mixture, sole } from '../networks/mixture.ts';
import type { Feeds } from '../runtime/runtime.ts';
import type { WeightTensor } from '../weights/safetensors.ts';

/** The tensors of an encoded style. */
export interface EncodedStyle {
  readonly tensors: Readonly<Record<string, WeightTensor>>;
}

/** Names of an encoded style as graph inputs: ONNX forbids an input and an output of one name, and these were outputs. */
const inputName = (style: number, name: string): string => `style.${style}.${name}`;

/** What tells the programs of two mixtures apart: the shapes of their tensors. */
export function mixtureKey(styles: readonly EncodedStyle[]): string {
  return styles
    .map(({ tensors }) => Object.entries(tensors).map(([name, { shape }]) => `${name} ${shape.join('×')}`))
    .join(' | ');
}

/** The mixture as inputs: the tensors of each style, and for several their shares, `[K]`. */
export function mixtureInputs(styles: readonly EncodedStyle[]): Mixture {
  const encoded = styles.map(
    ({ tensors }, k): Outputs =>
      Object.fromEntries(
        Object.entries(tensors).map(([name, { shape }]) => [name, input(inputName(k, name), shape)]),
      ),
  );
  const [only] = encoded;
  if (encoded.length === 1 && only !== undefined) return sole(only);
  const shares = input('shares', [styles.length]);
  return {
    styles: encoded,
    weightsAt: () => encoded.map((_, k) => reshape(slice(shares, [k], [k + 1]), [1, 1, 1, 1])),
  };
}

/** Values for {@link mixtureInputs}; `shares` need not sum to 1. */
export function mixtureFeeds(styles: readonly EncodedStyle[], shares: readonly number[]): Feeds {
  const feeds: Record<string, Float32Array> = {};
  for (const [k, { tensors }] of styles.entries()) {
    for (const [name, { data }] of Object.entries(tensors)) feeds[inputName(k, name)] = data;
  }
  if (styles.length > 1) {
    const sum = shares.reduce((total, share) => total + share, 0);
    feeds.shares = Float32Array.from(shares, (share) => share / sum);
  }
  return feeds;
}
