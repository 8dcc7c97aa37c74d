/** Calm loss: where the content has one colour, so has the painting. */

import { meanSquaredError, square, total } from '../graph/derived.ts';
import { reduceSum } from '../graph/ops/broadcast.ts';
import { exp, mul, neg, sqrt, sub } from '../graph/ops/elementwise.ts';
import { slice } from '../graph/ops/layout.ts';
import { constant, stopGradient } from '../graph/ops/sources.ts';
import { sumPool } from '../graph/ops/spatial.ts';
import { nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { colourLayer } from './colour.ts';

/** Differences of the content's blocks that count as none, in units of the colour layer: 0.05 of luma. */
const TOLERANCE = 0.25;
/** Of small blocks: plain ground only, not soft texture, where strokes belong. */
const SMALL_TOLERANCE = 0.1;
/** Plain ground is a small part of most pictures, and nothing else keeps ripples off it. */
const SMALL_WEIGHT = 4;

/** How far apart compared blocks are, in blocks. */
const DISTANCES = [1, 2, 4];

/**
 * Σ over sizes, distances and directions of mean(w · Δ²): Δ is the difference of two blocks of the output in luma and
 * colour ({@link colourLayer}), w = exp(−δ² / 0.25²) with the difference δ of the same two blocks of the content. Blocks of
 * 8×8 pixels, and of 4×4 with w = 4 exp(−δ² / 0.1²), one, two and four blocks apart. Pictures `[N, 3, H, W]`, H and W
 * multiples of 8; strokes within 4×4 are free. No gradient reaches the content.
 *
 * Difference from the paper, which has no such term: attention knows of an edge some 30 pixels away, and paints a glow
 * of another hue around whatever stands before a flat sky. The small blocks are for the ripples of 8 pixels that a decoder
 * of nearest-neighbour enlargements paints beside edges, and for the light rim along contours, which falls off too softly for
 * neighbours to differ and lies in blocks of 8 that touch the contour and so are compared with none.
 */
export function calmLoss(output: Tensor, content: Tensor): Tensor {
  const [ownSmall, seenSmall] = [colourLayer(output), stopGradient(colourLayer(content))];
  const [own, seen] = [larger(ownSmall), larger(seenSmall)];
  return total([
    ...DISTANCES.flatMap((distance) => [
      ...terms(ownSmall, seenSmall, distance, SMALL_TOLERANCE).map((term) => mul(term, SMALL_WEIGHT)),
      ...terms(own, seen, distance, TOLERANCE),
    ]),
  ]);
}

function larger(blocks: Tensor): Tensor {
  return mul(sumPool(blocks), 1 / 4);
}

function terms(own: Tensor, seen: Tensor, distance: number, tolerance: number): Tensor[] {
  const [, , h, w] = nchw(own.shape, 'blocks');
  return [
    ...(distance < h ? [term(own, seen, distance, 0, tolerance)] : []),
    ...(distance < w ? [term(own, seen, 0, distance, tolerance)] : []),
  ];
}

function term(own: Tensor, seen: Tensor, down: number, right: number, tolerance: number): Tensor {
  const difference = (x: Tensor) => {
    const [n, c, h, w] = nchw(x.shape, 'blocks');
    const later = slice(x, [0, 0, down, right], [n, c, h, w]);
    return sub(later, slice(x, [0, 0, 0, 0], [n, c, h - down, w - right]));
  };
  const alike = exp(neg(mul(reduceSum(square(difference(seen)), [1]), 1 / tolerance ** 2)));
  // √w before the square: w · Δ² summed over colours is three times its mean.
  const weighed = mul(difference(own), sqrt(alike));
  return mul(meanSquaredError(weighed, constant([0], [])), 3);
}
