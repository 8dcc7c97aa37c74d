/**
 * Diversity: outputs in different styles should differ as the styles do. Those of a collapsed network all
 * look alike.
 */

import { layerNames } from '../networks/vgg19.ts';
import type { SeenLayers } from './judge.ts';
import { slicedWasserstein } from './metrics.ts';
import { DIRECTIONS, quantiles } from './sliced.ts';

/** Number of values kept of a layer's sorted projection on one direction. */
export const QUANTILES = 256;

/** The value of one output; call it for the outputs of a method and content one after another. */
export type DiversityMeasure = (
  method: string,
  content: string,
  output: SeenLayers,
  style: SeenLayers,
) => number | undefined;

/**
 * Compares each output with the previous style's output by the same method for the same content: sliced
 * Wasserstein distance of the outputs over that of their styles. 1 means as different as the styles, 0 the
 * same picture again. Undefined for the first output of a content, and between equal styles.
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

/**
 * At most {@link QUANTILES} of each row, a fifteenth of the memory: one picture is kept for each method and
 * content.
 */
function reduced(seen: SeenLayers): SeenLayers {
  return Object.fromEntries(
    layerNames.map((name) => {
      const projections = quantiles(seen[name].projections, DIRECTIONS, QUANTILES);
      return [name, { ...seen[name], projections }];
    }),
  ) as unknown as SeenLayers;
}
