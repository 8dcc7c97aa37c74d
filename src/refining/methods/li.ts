/**
 * `li-…`: style transfer as matching of distributions by kernels and by statistics (Li et al. 2017). The
 * polynomial kernel of degree 2 without a constant is the Gram matrix: `gatys`.
 */

import { mean, meanSquaredError, square } from '../../graph/composed.ts';
import { reduceSum } from '../../graph/ops/broadcast.ts';
import { add, div, exp, mul, neg, sub } from '../../graph/ops/elementwise.ts';
import { matmul, matrixTranspose } from '../../graph/ops/linear.ts';
import { stopGradient } from '../../graph/ops/sources.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { layerNames } from '../../networks/vgg19.ts';
import { chancesInput, drawnPairs, onceInput } from '../inputs.ts';
import type { Looked } from '../look.ts';
import { layoutLoss } from './layout.ts';
import type { RefiningMethod, Term } from './method.ts';
import { statistics, statisticsOnce } from './statistics.ts';

type Layer = (typeof layerNames)[number];

const content = (own: Looked, of: Looked): Tensor => layoutLoss(own.relu4_1, of.relu4_1);

/** A relative term for each layer. */
function layerTerms(distance: (layer: Layer) => Tensor): readonly Term[] {
  return layerNames.map((layer) => ({
    value: distance(layer),
    weight: 1 / layerNames.length,
    isRelative: true,
  }));
}

/** Linear kernel: the squared distance of the mean vectors. */
export const linear: RefiningMethod = {
  weights: { content: 1, style: 30 },
  content,
  once: (style) => Object.fromEntries(layerNames.map((layer) => [layer, statistics(style[layer]).mean])),
  style: (own, k) => ({
    terms: layerTerms((layer) => {
      const { mean } = statistics(own[layer], chancesInput(own, layer, k));
      return meanSquaredError(mean, onceInput(layer, k, mean.shape));
    }),
  }),
};

/** Statistics of batch normalisation: squared distances of the channels' means and deviations. */
export const batchStatistics: RefiningMethod = {
  weights: { content: 1, style: 30 },
  content,
  once: statisticsOnce,
  style: (own, k) => ({
    terms: layerTerms((layer) => {
      const { mean, deviation } = statistics(own[layer], chancesInput(own, layer, k));
      return add(
        meanSquaredError(mean, onceInput(`mean.${layer}`, k, mean.shape)),
        meanSquaredError(deviation, onceInput(`deviation.${layer}`, k, deviation.shape)),
      );
    }),
  }),
};

/** Vectors of either picture, few enough to compare all pairs. */
const VECTORS = 1024;

/** Gaussian kernel, as wide as the mean squared distance between vectors of the picture and of the style. */
export const gaussian: RefiningMethod = {
  weights: { content: 1, style: 30 },
  content,
  style: (own, k) => ({
    terms: layerTerms((layer) => {
      const { fake, real } = drawnPairs(own, layer, k, VECTORS);
      return gaussianDiscrepancy(fake, real);
    }),
  }),
};

/**
 * Squared maximum mean discrepancy of `fake` and `real`, `[1, P, C]`: mean k(x, x′) + mean k(y, y′) −
 * 2 · mean k(x, y) over all pairs, k = exp(−d² / width). The width passes no gradient.
 */
function gaussianDiscrepancy(fake: Tensor, real: Tensor): Tensor {
  const between = squaredDistances(fake, real);
  const width = add(stopGradient(mean(between)), 1e-8);
  const kernel = (distances: Tensor) => mean(exp(neg(div(distances, width))));
  const within = add(kernel(squaredDistances(fake, fake)), kernel(squaredDistances(real, real)));
  return sub(within, mul(kernel(between), 2));
}

function squaredDistances(a: Tensor, b: Tensor): Tensor {
  const sizes = (x: Tensor) => reduceSum(square(x), [2]);
  const products = matmul(a, matrixTranspose(b));
  return sub(add(sizes(a), matrixTranspose(sizes(b))), mul(products, 2));
}
