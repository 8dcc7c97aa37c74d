/**
 * Palettes replace the decoder's mean colour and contrasts by the style's. Also the colours
 * that the attention carries.
 */

import { LUMA } from '../luma.ts';
import {
  normalise,
  flattenPositions,
  meanOver,
  safeSqrt,
  square,
  VARIANCE_EPSILON,
} from '../graph/composed.ts';
import type { Tensor } from '../graph/tensor.ts';
import { meanPool } from './layers.ts';
import { add, div, mul, neg, relu, sub } from '../graph/ops/elementwise.ts';
import { reduceSum } from '../graph/ops/broadcast.ts';
import { concat, reshape, slice } from '../graph/ops/layout.ts';
import { matmul, matrixTranspose } from '../graph/ops/linear.ts';
import { constant, stopGradient } from '../graph/ops/sources.ts';
import { nchw } from '../graph/shape.ts';

/**
 * A picture `[N, 3, H, W]` as colours at the positions of relu4_1, `[N, 3, ⌈H/8⌉, ⌈W/8⌉]`: means over 8×8
 * pixels. Each channel gets mean 0 and variance 1, since the palette sets mean and covariance of the colours.
 */
export function colourMap(picture: Tensor): Tensor {
  return normalise(meanPool(picture, 3));
}

/** How the output gets the style's colours: not at all (the paper's form), or by its measured covariance. */
export const palettes = ['none', 'covariance'] as const;

/** A linear map of colours, out = matrix · colour + shift. */
export interface Palette {
  /** `[N, 3, 3]`. */
  readonly matrix: Tensor;
  /** `[N, 3, 1]`. */
  readonly shift: Tensor;
}

/**
 * The palette of a style picture `[N, 3, H, W]` (RGB 0–1), its part of {@link applyPalette}: M⁻¹ L and μ. M
 * maps to luma Y and the colour differences R − Y and B − Y (BT.601); L is the Cholesky factor of the style's
 * covariance there (biased, 1e-5 under each root), and μ its mean colour. Dark red and pale blue stay dark
 * red and pale blue, since L carries how hue goes with light.
 *
 * Difference from the paper, which has none: a decoder that must learn every palette knows only those it was
 * trained on.
 */
export function stylePalette(style: Tensor): Palette {
  const { mean, factor } = coloursOf(style);
  return { matrix: matmul(fromDifferences(), factor), shift: mean };
}

/**
 * Brings `y [N, 3, H, W]`, in any palette, to the style's mean colour and covariance: colour → M⁻¹ L U L_y⁻¹
 * M (colour − μ_y) + μ. μ_y is the mean of `y`, and L_y the Cholesky factor of its covariance, to which 4e-4
 * is added in luma and in both differences, so that near-greys are not torn into hues. Two tones cannot meet
 * a style's covariance.
 *
 * Of all maps between the two covariances the rotation U chooses that which moves colours least, luma
 * counting four times as much as hue: the polar factor of Lᵀ diag(16, 1, 1) L_y, after Monge and Kantorovich
 * (Pitié & Kokaram 2007). Without it black trunks turn green, where the style's darker parts are green. If
 * hue counted more, light would follow hue and things would glow. No gradient flows through U.
 *
 * Difference from the paper, which has none. A part of a picture has other statistics: `own` are
 * then those of the whole.
 */
export function applyPalette(y: Tensor, { matrix, shift }: Palette, own = paintedColours(y)): Tensor {
  const factor = matmul(toDifferences(), matrix);
  const product = matmul(matrixTranspose(factor), matmul(distanceWeights(), own.factor));
  const turn = stopGradient(rotation(product));
  const map = matmul(matmul(matmul(matrix, turn), inverseLower(own.factor)), toDifferences());
  const moved = sub(shift, matmul(map, own.mean));
  return reshape(add(matmul(map, flattenPositions(y)), moved), y.shape);
}

/**
 * Mean colour `[N, 3, 1]`, RGB, and the Cholesky factor `[N, 3, 3]` of the covariance
 * in luma and differences.
 */
export interface ColourStatistics {
  readonly mean: Tensor;
  readonly factor: Tensor;
}

/** Statistics of the decoder's painting `[N, 3, H, W]`, which {@link applyPalette} takes away. */
export function paintedColours(y: Tensor): ColourStatistics {
  return coloursOf(y, constant([4e-4, 0, 0, 0, 4e-4, 0, 0, 0, 4e-4], [3, 3]));
}

function coloursOf(picture: Tensor, ridge?: Tensor): ColourStatistics {
  const [n, , h, w] = nchw(picture.shape, 'picture');
  const mean = reshape(meanOver(picture, [2, 3]), [n, 3, 1]);
  // Not E[x²] − μ²: for light pictures with little contrast, float32 leaves hardly a digit of that.
  const colours = sub(flattenPositions(picture), mean);
  const covariance = mul(matmul(colours, matrixTranspose(colours)), 1 / (h * w));
  const turned = matmul(matmul(toDifferences(), covariance), matrixTranspose(toDifferences()));
  return { mean, factor: cholesky(ridge === undefined ? turned : add(turned, ridge)) };
}

/** The rotation nearest to `x [N, 3, 3]`, its polar factor, by Newton–Schulz iterations. */
function rotation(x: Tensor): Tensor {
  let y = div(x, safeSqrt(reduceSum(square(x), [1, 2]), VARIANCE_EPSILON ** 2));
  for (let i = 0; i < ROTATION_ITERATIONS; i++)
    y = sub(mul(y, 1.5), mul(matmul(matmul(y, matrixTranspose(y)), y), 0.5));
  return y;
}

/** The inverse of a lower triangular matrix `[N, 3, 3]`. */
function inverseLower(lower: Tensor): Tensor {
  const entry = entriesOf(lower);
  const [a, c, f] = [div(1, entry(0, 0)), div(1, entry(1, 1)), div(1, entry(2, 2))];
  const b = neg(mul(mul(entry(1, 0), a), c));
  const e = neg(mul(mul(entry(2, 1), c), f));
  const d = neg(mul(add(mul(entry(2, 0), a), mul(entry(2, 1), b)), f));
  return lowerOf(a, b, c, d, e, f);
}

/** L of L Lᵀ = x `[N, 3, 3]`, 1e-5 added under each root. */
function cholesky(x: Tensor): Tensor {
  const entry = entriesOf(x);
  const root = (value: Tensor) => safeSqrt(relu(value), VARIANCE_EPSILON);
  const a = root(entry(0, 0));
  const [b, d] = [div(entry(1, 0), a), div(entry(2, 0), a)];
  const c = root(sub(entry(1, 1), square(b)));
  const e = div(sub(entry(2, 1), mul(b, d)), c);
  const f = root(sub(sub(entry(2, 2), square(d)), square(e)));
  return lowerOf(a, b, c, d, e, f);
}

/** The entries of `x [N, 3, 3]`, each `[N, 1, 1]`. */
function entriesOf(x: Tensor): (i: number, j: number) => Tensor {
  const [n = 1] = x.shape;
  return (i, j) => slice(x, [0, i, j], [n, i + 1, j + 1]);
}

/** The lower triangular matrix `[N, 3, 3]` of its entries, row by row. */
function lowerOf(a: Tensor, b: Tensor, c: Tensor, d: Tensor, e: Tensor, f: Tensor): Tensor {
  const zero = mul(a, 0);
  return reshape(concat([a, zero, zero, b, c, zero, d, e, f], 2), [a.shape[0] ?? 1, 3, 3]);
}

/** Enough for all but directions in which one of the two hardly varies; these are brought nearer to grey. */
const ROTATION_ITERATIONS = 12;

/** Squared weights of luma and the colour differences in the distance between two colours. */
const distanceWeights = () => constant([16, 0, 0, 0, 1, 0, 0, 0, 1], [3, 3]);

const [RED, GREEN, BLUE] = LUMA;

/** RGB to luma Y and the colour differences R − Y and B − Y (BT.601), `[3, 3]`. */
export const toDifferences = () =>
  constant([RED, GREEN, BLUE, 1 - RED, -GREEN, -BLUE, -RED, -GREEN, 1 - BLUE], [3, 3]);

/** Luma Y, R − Y and B − Y of a picture `[N, 3, H, W]`, RGB, as its three channels. */
export function inDifferences(picture: Tensor): Tensor {
  return reshape(matmul(toDifferences(), flattenPositions(picture)), picture.shape);
}

/** The inverse of {@link toDifferences}. */
export const fromDifferences = () => constant([1, 1, 0, 1, -RED / GREEN, -BLUE / GREEN, 1, 0, 1], [3, 3]);
