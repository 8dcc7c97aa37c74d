/** `gatys`: Gram matrices, which channels occur together (Gatys et al. 2016). */

import { meanSquaredError } from '../../graph/composed.ts';
import { gram } from '../../losses/gram.ts';
import { layerNames } from '../../networks/vgg19.ts';
import { chancesInput, onceInput } from '../inputs.ts';
import { layoutLoss } from './layout.ts';
import type { RefiningMethod } from './method.ts';

export const gatys: RefiningMethod = {
  weights: { content: 1, style: 30 },
  content: (own, content) => layoutLoss(own.relu4_1, content.relu4_1),
  once: (style) => Object.fromEntries(layerNames.map((layer) => [layer, gram(style[layer])])),
  style: (own, k) => ({
    terms: layerNames.map((layer) => {
      const matrix = gram(own[layer], chancesInput(own, layer, k));
      const value = meanSquaredError(matrix, onceInput(layer, k, matrix.shape));
      return { value, weight: 1 / layerNames.length, isRelative: true };
    }),
  }),
};
