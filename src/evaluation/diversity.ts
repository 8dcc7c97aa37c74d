/** Whether outputs in different styles differ as the styles do, or all look alike: the house style of a collapsed network. */

import { layerNames } from '../networks/vgg19.ts';
import type { SeenLayers } from './judge.ts';
import { slicedWasserstein } from './metrics.ts';
import { DIRECTIONS, quantiles } from './sliced.ts';

/** Values that are kept of a layer's sorted projection on one direction. */
export const QUANTILES = 256;

/** The value for one output, after all outputs of the same method and content before it. */
export type DiversityMeasure = (
  method: string,
  content: string,
  output: SeenLayers,
  style: SeenLayers,
) => number | undefined;

/**
 * Each output is compared with the one that the same method made of the same content in the style before: sliced
 * Wasserstein distance of the two over that of their styles. 1 is as different as the styles, 0 the same picture
 * again; nothing for the first of a content, and between styles that are equal.
 */
export function diversity(): DiversityMeasure {
  const last = new Map<string, { output: SeenLayers; style: SeenLayers }>();
  return (method, content, output, style) => {
    const key = JSON.stringify([method, content]);
    const own = { output: reduced(output), style: reduced(style) };
    const before = last.get(key);
    last.set(key, own);
    if (before === undefined) return undefined;
    const wanted = slicedWasserstein(own.style, before.style);
    return wanted > 0 ? slicedWasserstein(own.output, before.output) / wanted : undefined;
  };
}

/** At most {@link QUANTILES} of each row: a fifteenth of the memory, for as many pictures as there are contents. */
function reduced(seen: SeenLayers): SeenLayers {
  return Object.fromEntries(
    layerNames.map((name) => {
      const projections = quantiles(seen[name].projections, DIRECTIONS, QUANTILES);
      return [name, { ...seen[name], projections }];
    }),
  ) as unknown as SeenLayers;
}
