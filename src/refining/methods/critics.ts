/**
 * `critics`: a critic of each layer learns to tell the picture's features from the style's, and the picture
 * learns to be taken for the style (WGAN-GP on one pair, Huang & Gupta 2020).
 */

import { total } from '../../graph/composed.ts';
import { reshape } from '../../graph/ops/layout.ts';
import { extent } from '../../graph/shape.ts';
import { wassersteinLoss } from '../../losses/wasserstein.ts';
import { scoped } from '../../networks/parameters.ts';
import { layerNames } from '../../networks/vgg19.ts';
import { drawnPairs, mixInput, onceInput } from '../inputs.ts';
import { layoutLoss } from './layout.ts';
import type { RefiningMethod } from './method.ts';
import { statisticsOnce } from './statistics.ts';

/** Feature vectors of either picture at a layer in a step, as in Huang & Gupta 2020. */
const VECTORS = 1024;

/** λ of WGAN-GP. */
const PENALTY = 10;

export const critics: RefiningMethod = {
  weights: { content: 1, style: 10 },
  content: (own, content) => layoutLoss(own.relu4_1, content.relu4_1),
  once: statisticsOnce,
  style(own, k, parameters) {
    const losses = layerNames.map((layer) => {
      const { fake, real } = drawnPairs(own, layer, k, VECTORS);
      const [places, channels] = [extent(fake.shape, 1), extent(fake.shape, 2)];
      const known = (name: string) => onceInput(`${name}.${layer}`, k, [1, channels, 1]);
      return wassersteinLoss(
        {
          fake,
          real,
          style: {
            mean: reshape(known('mean'), [1, channels, 1, 1]),
            deviation: reshape(known('deviation'), [1, channels, 1, 1]),
          },
          mix: mixInput(layer, k, places),
          conditioning: 'standardised',
          penaltyWeight: PENALTY,
        },
        scoped(parameters, `${layer}.`),
      );
    });
    return {
      terms: losses.map(({ style }) => ({ value: style })),
      learned: total(losses.map(({ critic }) => critic)),
    };
  },
};
