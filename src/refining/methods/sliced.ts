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

/** Feature vectors that are compared at a layer in a step. In small pictures sorting is most of the work. */
const VECTORS = { small: 2048, large: 4096 };

/** Pixels from which on a picture is large. */
const LARGE = 256 * 256;

export const sliced: RefiningMethod = {
  weights: { content: 3, style: 10 },
  content(own, content) {
    const deep = (seen: Looked) => [seen.relu4_1, seen.relu5_1];
    return contentLoss(deep(own), deep(content), 'normalised');
  },
  style(own, k) {
    const [, , height = 0, width = 0] = own.relu1_1.shape;
    const most = height * width < LARGE ? VECTORS.small : VECTORS.large;
    const distances = comparedLayers.map((layer) => {
      const { fake, real } = drawnPairs(own, layer, k, most);
      return slicedWassersteinLoss(fake, real, directionsInput(layer, extent(fake.shape, 2), DIRECTIONS));
    });
    return { terms: [{ value: total(distances) }] };
  },
};
