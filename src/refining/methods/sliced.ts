/** `sliced`: features are distributed as the style's along random directions (Heitz et al. 2021). */

import { total } from '../../graph/composed.ts';
import { extent } from '../../graph/shape.ts';
import { contentLoss } from '../../losses/content.ts';
import { slicedWassersteinLoss } from '../../losses/sliced-wasserstein.ts';
import { directionsInput, drawnPairs } from '../inputs.ts';
import { comparedLayers, type Looked } from '../look.ts';
import type { RefiningMethod } from './method.ts';

/** Random directions, new ones in each step. */
const DIRECTIONS = 32;

/** Feature vectors that are compared at a layer in a step. */
const VECTORS = 4096;

export const sliced: RefiningMethod = {
  weights: { content: 3, style: 10 },
  content(own, content) {
    const deep = (seen: Looked) => [seen.relu4_1, seen.relu5_1];
    return contentLoss(deep(own), deep(content), 'normalised');
  },
  style(own, k) {
    const distances = comparedLayers.map((layer) => {
      const { fake, real } = drawnPairs(own, layer, k, VECTORS);
      return slicedWassersteinLoss(fake, real, directionsInput(layer, extent(fake.shape, 2), DIRECTIONS));
    });
    return { terms: [{ value: total(distances) }] };
  },
};
