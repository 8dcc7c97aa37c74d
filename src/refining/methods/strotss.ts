/**
 * `strotss`: columns of all layers by relaxed optimal transport, their moments, the palette, and the content
 * by self-similarity (Kolkin et al. 2019).
 */

import { mean, meanOver, safeSqrt, square } from '../../graph/composed.ts';
import { reduceSum } from '../../graph/ops/broadcast.ts';
import { add, div, minimum, mul, neg, relu, sub } from '../../graph/ops/elementwise.ts';
import { matmul, matrixTranspose, softmax } from '../../graph/ops/linear.ts';
import { stopGradient } from '../../graph/ops/sources.ts';
import { extent } from '../../graph/shape.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { selfSimilarityLoss } from '../../losses/self-similarity.ts';
import { columns, columnsAt, onceInput } from '../inputs.ts';
import type { Looked } from '../look.ts';
import type { RefiningMethod } from './method.ts';

/** Places of the picture in a step, as in the paper, if it has so many. */
const PLACES = 1024;
const placesOf = ({ relu1_1: { shape } }: Looked) => Math.min(PLACES, extent(shape, 2) * extent(shape, 3));

/** Places of the style, drawn once; the paper has 5,000. */
const STYLE_PLACES = 2048;

export const strotss: RefiningMethod = {
  weights: { content: 10, style: 10 },
  content: (own, content) => {
    const loss = selfSimilarityLoss(
      columns(own, 'all', placesOf(own)),
      columns(content, 'all', placesOf(own)),
    );
    return mul(loss, contentWeight(own));
  },
  once(style) {
    const vectors = columns(style, 'all', STYLE_PLACES);
    const { average, covariance } = moments(vectors);
    const palette = columnsAt(style, 'colour', 'all', STYLE_PLACES);
    return { unit: unitVectors(vectors), palette, average, covariance };
  },
  style(own, k) {
    const vectors = columns(own, k, placesOf(own));
    const channels = extent(vectors.shape, 2);
    const unit = onceInput('unit', k, [1, STYLE_PLACES, channels]);
    const palette = onceInput('palette', k, [1, STYLE_PLACES, 3]);
    const { average, covariance } = moments(vectors);
    const shift = absolute(sub(average, onceInput('average', k, average.shape)));
    const spread = absolute(sub(covariance, onceInput('covariance', k, covariance.shape)));
    const colours = columnsAt(own, 'colour', k, placesOf(own));
    return {
      terms: [
        { value: relaxedTransport(cosineDistances(unitVectors(vectors), unit)), isRelative: true },
        { value: add(mean(shift), mean(spread)), isRelative: true },
        {
          value: relaxedTransport(euclideanDistances(colours, palette)),
          weight: 1 / Math.max(1, contentWeight(own)),
          isRelative: true,
        },
      ],
    };
  },
};

/** The paper's α: 16 at a side of 64 pixels, and half as much at twice the size. */
function contentWeight({ relu1_1: { shape } }: Looked): number {
  return 1024 / Math.min(extent(shape, 2), extent(shape, 3));
}

/**
 * Slope of the softmax that stands for the least of a row, exact where the second is further off by 0.01.
 */
const SLOPE = 1000;

/**
 * The larger of the mean least distance of rows and that of columns, of `distances [1, P, Q]`. No gradient
 * reaches the choice of the least.
 */
function relaxedTransport(distances: Tensor): Tensor {
  const least = (rows: Tensor) => {
    const chosen = stopGradient(softmax(mul(rows, -SLOPE)));
    return mean(reduceSum(mul(chosen, rows), [2]));
  };
  const [own, style] = [least(distances), least(matrixTranspose(distances))];
  return neg(minimum(neg(own), neg(style)));
}

function cosineDistances(a: Tensor, b: Tensor): Tensor {
  return sub(1, matmul(a, matrixTranspose(b)));
}

/** Each vector of `[1, P, C]` at length 1. */
function unitVectors(x: Tensor): Tensor {
  return div(x, safeSqrt(reduceSum(square(x), [2]), 1e-6));
}

/** Distances of all pairs of `a [1, P, C]` and `b [1, Q, C]`. */
function euclideanDistances(a: Tensor, b: Tensor): Tensor {
  const sizes = (x: Tensor) => reduceSum(square(x), [2]);
  const squares = sub(add(sizes(a), matrixTranspose(sizes(b))), mul(matmul(a, matrixTranspose(b)), 2));
  // Rounding can bring squares of equal vectors below 0.
  return safeSqrt(relu(squares), 1e-5);
}

/** Mean `[1, 1, C]` and covariance `[1, C, C]` of vectors `[1, P, C]`. */
function moments(vectors: Tensor): { readonly average: Tensor; readonly covariance: Tensor } {
  const average = meanOver(vectors, [1]);
  const centred = sub(vectors, average);
  const covariance = mul(matmul(matrixTranspose(centred), centred), 1 / extent(vectors.shape, 1));
  return { average, covariance };
}

function absolute(x: Tensor): Tensor {
  return add(relu(x), relu(neg(x)));
}
