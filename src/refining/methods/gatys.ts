/** `gatys`: Gram matrices, which channels occur together (Gatys et al. 2016). */

import { flattenPositions, meanSquaredError } from '../../graph/composed.ts';
import { mul } from '../../graph/ops/elementwise.ts';
import { matmul, matrixTranspose } from '../../graph/ops/linear.ts';
import { extent } from '../../graph/shape.ts';
import type { Tensor } from '../../graph/tensor.ts';
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

/**
 * F·diag(chances)·Fᵀ of features `[1, C, h, w]`, `[1, C, C]`: the Gram matrix over the number of places,
 * which are all as likely without `chances [1, 1, h·w]`.
 */
function gram(features: Tensor, chances?: Tensor): Tensor {
  const flat = flattenPositions(features);
  return matmul(mul(flat, chances ?? 1 / extent(flat.shape, 2)), matrixTranspose(flat));
}
