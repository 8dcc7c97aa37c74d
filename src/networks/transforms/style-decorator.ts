/**
 * The style decorator (Avatar-Net, Sheng et al. 2018): every patch of the whitened content becomes the
 * nearest patch of the whitened style, and the whole gets the style's covariance and mean. It keeps the
 * whitened style `[N, C, h, w]`, its mean `[N, C, 1]` and the root of its covariance `[N, C, C]`.
 */

import { safeSqrt, square, total } from '../../graph/composed.ts';
import { reduceSum } from '../../graph/ops/broadcast.ts';
import { add, div, equal, mul } from '../../graph/ops/elementwise.ts';
import { padZeros, reshape, slice } from '../../graph/ops/layout.ts';
import { matmul, matrixTranspose } from '../../graph/ops/linear.ts';
import { maxPool, reflectPad } from '../../graph/ops/spatial.ts';
import { extent, nchw } from '../../graph/shape.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { internal } from '../../errors.ts';
import type { Transform } from './transform.ts';
import { covarianceOf, rootsOf } from './whitening.ts';

/** Side of a patch in positions, 5 in the authors' code; a patch reaches so far from its middle. */
const REACH = 2;
const SIDE = 2 * REACH + 1;

/** The share of the style's patches in the whitened features, 0.8 in the authors' code. */
const SHARE = 0.8;

export const styleDecorator: Transform = {
  meets: 'once',
  learns: 'nothing',
  whole: true,
  decodesAlike: true,
  attends: false,
  foldable: [],
  encode(fs) {
    const { mean, centred, matrix } = covarianceOf(fs);
    const { root, inverse } = rootsOf(matrix);
    return { whitened: reshape(matmul(inverse, centred), fs.shape), mean, root };
  },
  apply(fc, { whitened, mean, root }) {
    if (whitened === undefined || mean === undefined || root === undefined) {
      throw internal('a style without whitened features, mean and root');
    }
    const { centred, matrix } = covarianceOf(fc);
    const own = matmul(rootsOf(matrix).inverse, centred);
    const swapped = swapPatches(reshape(own, fc.shape), whitened);
    const mixed = add(mul(swapped, SHARE), mul(own, 1 - SHARE));
    return { features: reshape(add(matmul(root, mixed), mean), fc.shape) };
  },
  // Measured at 640×500: products, slices of them, sums and shares are alive together.
  working: (content, style) => 13 * content * style,
};

/**
 * Every patch of `x [N, C, H, W]` replaced by the patch of `y [N, C, h, w]` with the largest product, patches
 * of `y` having norm 1; where patches overlap, their mean: `[N, C, H·W]`. At borders `x` is mirrored, and
 * patches of `y` have only the positions that it has. The authors fill these with zeros.
 *
 * The product of two patches is the sum of the products of their positions, so all of them come from one
 * matrix of products; and the mean of patches is one product with a matrix of shares.
 */
export function swapPatches(x: Tensor, y: Tensor): Tensor {
  const [n, c, height, width] = nchw(x.shape, 'content features');
  const [, , h, w] = nchw(y.shape, 'style features');
  const padded = padZeros(y, [0, 0, REACH, REACH], [n, c, h + 2 * REACH, w + 2 * REACH]);
  const mirrored = reflectPad(x, REACH);
  const rows = (map: Tensor) =>
    matrixTranspose(reshape(map, [n, c, extent(map.shape, 2) * extent(map.shape, 3)]));
  const products = matmul(rows(mirrored), matrixTranspose(rows(padded)));
  const grid = [height + 2 * REACH, width + 2 * REACH, h + 2 * REACH, w + 2 * REACH];
  const likeness = alongDiagonals(reshape(products, [n, ...grid]));
  const power = reshape(reduceSum(square(padded), [1]), [n, 1, 1, h + 2 * REACH, w + 2 * REACH]);
  const scores = div(likeness, safeSqrt(overPatches(power), 1e-7));
  const best = reshape(scores, [n, height * width, h, w]);
  const chosen = reshape(equal(best, maximum(best)), [n, height, width, h, w]);
  // A position takes part in the patches around it, each with its own position of the style.
  const shares = alongDiagonals(padZeros(chosen, [0, REACH, REACH, REACH, REACH], [n, ...grid]));
  const flat = reshape(shares, [n, height * width, h * w]);
  const sums = matmul(flat, rows(y));
  return matrixTranspose(div(sums, reduceSum(flat, [2])));
}

/** Sums over patches that move in both pictures: `[N, H + 4, W + 4, h + 4, w + 4]` → `[N, H, W, h, w]`. */
function alongDiagonals(x: Tensor): Tensor {
  return summed(summed(x, [1, 3]), [2, 4]);
}

/** Sums over patches of one picture: `[N, 1, 1, h + 4, w + 4]` → `[N, 1, 1, h, w]`. */
function overPatches(x: Tensor): Tensor {
  return summed(summed(x, [3]), [4]);
}

/** Sum of the slices that begin at 0 … 4 along all of `axes` at once. */
function summed(x: Tensor, axes: readonly number[]): Tensor {
  const slices = Array.from({ length: SIDE }, (_, start) => {
    const starts = x.shape.map((_, axis) => (axes.includes(axis) ? start : 0));
    const ends = x.shape.map((size, axis) => (axes.includes(axis) ? size - 2 * REACH + start : size));
    return slice(x, starts, ends);
  });
  return total(slices);
}

/** The maximum of each map, `[N, P, h, w]` → `[N, P, 1, 1]`. */
function maximum(x: Tensor): Tensor {
  let y = x;
  while (extent(y.shape, 2) > 1 || extent(y.shape, 3) > 1) y = maxPool(y);
  return y;
}
