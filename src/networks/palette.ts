/** The palette frame: the decoder paints in an average palette, and the style's own mean colour and contrasts replace it. */

import { flattenPositions, meanOver, safeSqrt, square, VARIANCE_EPSILON } from '../graph/derived.ts';
import { add, div, mul, relu, sub } from '../graph/ops/elementwise.ts';
import { concat, reshape, slice } from '../graph/ops/layout.ts';
import { conv, matmul, matrixTranspose } from '../graph/ops/linear.ts';
import { constant } from '../graph/ops/sources.ts';
import { nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';

/** Mean and covariance of a picture's colours. */
export interface Palette {
  /** Mean RGB, `[N, 3, 1, 1]`. */
  readonly mean: Tensor;
  /** L of the Cholesky decomposition L Lᵀ of the covariance of Y, R − Y and B − Y (BT.601), `[N, 3, 3]`. */
  readonly factor: Tensor;
}

/** The palette of a style picture `[N, 3, H, W]`, RGB 0–1; biased covariance, 1e-5 added to its diagonal. */
export function paletteOf(picture: Tensor): Palette {
  const [n, , h, w] = nchw(picture.shape, 'style');
  const colours = toDifferences(picture);
  const centred = flattenPositions(sub(colours, meanOver(colours, [2, 3])));
  const covariance = mul(matmul(centred, matrixTranspose(centred)), 1 / (h * w));
  const entry = (i: number, j: number) => slice(covariance, [0, i, j], [n, i + 1, j + 1]);
  const root = (x: Tensor) => safeSqrt(relu(x), VARIANCE_EPSILON);
  const a = root(entry(0, 0));
  const [b, d] = [div(entry(1, 0), a), div(entry(2, 0), a)];
  const c = root(sub(entry(1, 1), square(b)));
  const e = div(sub(entry(2, 1), mul(b, d)), c);
  const f = root(sub(sub(entry(2, 2), square(d)), square(e)));
  const zero = mul(a, 0);
  const factor = reshape(concat([a, zero, zero, b, c, zero, d, e, f], 2), [n, 3, 3]);
  return { mean: meanOver(picture, [2, 3]), factor };
}

/**
 * `y [N, 3, H, W]` around 0.45 → the same in the palette: M⁻¹ L σ̄⁻¹ M (y − 0.45) + μ, M to luma and colour
 * differences, μ and L the palette's, σ̄ the mean deviations of paintings. Dark red and pale blue stay dark red and
 * pale blue, since L knows how hue goes with light. Difference from the paper, which has none: a decoder that must
 * learn every palette knows those it was trained on. No statistic of the output is taken, so tiles stay exact and
 * flat pictures flat.
 */
export function applyPalette(y: Tensor, { mean, factor }: Palette): Tensor {
  const contrast = mul(
    factor,
    constant(
      AVERAGE_DEVIATIONS.map((d) => 1 / d),
      [1, 1, 3],
    ),
  );
  const painted = matmul(contrast, flattenPositions(toDifferences(sub(y, NEUTRAL))));
  return add(fromDifferences(reshape(painted, y.shape)), mean);
}

/** Where the decoder's last bias starts. */
const NEUTRAL = 0.45;

/** Of Y, R − Y and B − Y, over 310 paintings, prints and drawings at 96². */
const AVERAGE_DEVIATIONS = [0.186, 0.055, 0.074];

const [RED, GREEN, BLUE] = [0.299, 0.587, 0.114];

function toDifferences(x: Tensor): Tensor {
  const luma = [RED, GREEN, BLUE];
  return pixelwise(x, [...luma, 1 - RED, -GREEN, -BLUE, -RED, -GREEN, 1 - BLUE]);
}

function fromDifferences(x: Tensor): Tensor {
  return pixelwise(x, [1, 1, 0, 1, -RED / GREEN, -BLUE / GREEN, 1, 0, 1]);
}

/** A 3×3 matrix, by rows, on the channels of every pixel. */
function pixelwise(x: Tensor, matrix: readonly number[]): Tensor {
  return conv(x, constant(matrix, [3, 3, 1, 1]));
}
