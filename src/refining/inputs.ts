/**
 * The inputs of a refinement's step beside its states, by name. `draws.ts` makes their values.
 *
 * - `content.LAYER [1, C, h, w]`: the content's features;
 * - `share.K []`: the weight of style K;
 * - `places.K.LAYER [P]`: places of a layer, drawn where style K is likely;
 * - `target.K.LAYER [1, P, C]`: vectors of style K, drawn;
 * - `columns.OF.LAYER [P]`: the same places of the picture at every layer; OF is a style's number, or `all`;
 * - `chances.K.LAYER [1, 1, h·w]`: how likely each place shows style K, summing to 1;
 * - `directions.LAYER [C, N]`: normal numbers;
 * - `mix.K.LAYER [1, P, 1]`: uniform in 0–1;
 * - `once.K.NAME`: what the method has computed of style K.
 */

import { flattenPositions } from '../graph/composed.ts';
import { gather } from '../graph/ops/gathering.ts';
import { concat } from '../graph/ops/layout.ts';
import { matrixTranspose } from '../graph/ops/linear.ts';
import { input } from '../graph/ops/sources.ts';
import { extent, type Shape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { type ComparedLayer, comparedLayers, type Looked } from './look.ts';

/** The content's features, in the shapes of the picture's. */
export function contentInputs(own: Looked): Looked {
  const layers = comparedLayers.map((layer) => [layer, input(`content.${layer}`, own[layer].shape)]);
  return Object.fromEntries(layers) as Record<ComparedLayer, Tensor>;
}

/** Vectors of the picture at drawn places, and as many of style `k`; at most `most`, or all. `[1, P, C]` */
export function drawnPairs(
  own: Looked,
  layer: ComparedLayer,
  k: number,
  most: number,
): { readonly fake: Tensor; readonly real: Tensor } {
  const flat = flattenPositions(own[layer]);
  const count = Math.min(most, extent(flat.shape, 2));
  const fake = matrixTranspose(gather(flat, input(`places.${k}.${layer}`, [count])));
  return { fake, real: input(`target.${k}.${layer}`, [1, count, extent(flat.shape, 1)]) };
}

/** Vectors of all layers together, `[1, P, ΣC]`, at `count` places of the picture. A place may come twice. */
export function columns(seen: Looked, of: number | 'all', count: number): Tensor {
  const vectors = comparedLayers.map((layer) => columnsAt(seen, layer, of, count));
  return concat(vectors, 2);
}

/** The part of one layer of {@link columns}, `[1, P, C]`. */
export function columnsAt(seen: Looked, layer: ComparedLayer, of: number | 'all', count: number): Tensor {
  return matrixTranspose(gather(flattenPositions(seen[layer]), input(`columns.${of}.${layer}`, [count])));
}

/** How likely each place of a layer shows style `k`, `[1, 1, h·w]`, summing to 1. */
export function chancesInput(own: Looked, layer: ComparedLayer, k: number): Tensor {
  return input(`chances.${k}.${layer}`, [1, 1, extent(flattenPositions(own[layer]).shape, 2)]);
}

export function directionsInput(layer: ComparedLayer, channels: number, count: number): Tensor {
  return input(`directions.${layer}`, [channels, count]);
}

export function mixInput(layer: ComparedLayer, k: number, count: number): Tensor {
  return input(`mix.${k}.${layer}`, [1, count, 1]);
}

/** What the method has computed of style `k` under a name. */
export function onceInput(name: string, k: number, shape: Shape): Tensor {
  return input(`once.${k}.${name}`, shape);
}
