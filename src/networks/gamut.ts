/** Gamuts keep a painting within the colours of its style: what the palette carries beyond them glows. */

import { flattenPositions } from '../graph/composed.ts';
import { add, mul, relu, sub } from '../graph/ops/elementwise.ts';
import { reshape, slice } from '../graph/ops/layout.ts';
import { matmul, matrixTranspose } from '../graph/ops/linear.ts';
import { constant } from '../graph/ops/sources.ts';
import { maxPool } from '../graph/ops/spatial.ts';
import { nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { enlarge, meanPool } from './layers.ts';

/**
 * The gamut of a style picture `[N, 3, H, W]` (RGB 0–1) as `[N, 26, 1]`: how far its colours, means over 4×4
 * pixels, reach in each of 26 directions of RGB. These are half-spaces about the convex hull of its colours.
 */
export function styleGamut(style: Tensor): Tensor {
  const colours = meanPool(style, POOLINGS);
  const [n, , h, w] = nchw(colours.shape, 'style');
  let reach = reshape(matmul(directions(), flattenPositions(colours)), [n, DIRECTIONS.length, h, w]);
  while (
    nchw(reach.shape, 'reach')
      .slice(2)
      .some((size) => size > 1)
  )
    reach = maxPool(reach);
  return reshape(reach, [n, DIRECTIONS.length, 1]);
}

/**
 * Brings `y [N, 3, H, W]` back into a style's `gamut`. Means over 4×4 pixels are moved, and what they
 * move by is taken from their pixels, so that texture stays where the gamut ends.
 *
 * Difference from the paper, which has none.
 */
export function withinGamut(y: Tensor, gamut: Tensor): Tensor {
  const small = meanPool(y, POOLINGS);
  const start = flattenPositions(small);
  let colours = start;
  for (let i = 0; i < PROJECTIONS; i++) {
    const beyond = relu(sub(matmul(directions(), colours), gamut));
    colours = sub(colours, mul(matmul(matrixTranspose(directions()), beyond), STEP));
  }
  let moved = reshape(sub(colours, start), small.shape);
  for (let i = 0; i < POOLINGS; i++) moved = enlarge(moved);
  return add(y, slice(moved, [0, 0, 0, 0], y.shape));
}

const POOLINGS = 2;
/** Steps towards all half-spaces at once, of a size that neither one nor all on one side make slow. */
const PROJECTIONS = 6;
const STEP = 1 / 3;

/** The neighbours of a cell in a cubic grid, as unit vectors. */
const DIRECTIONS = [-1, 0, 1].flatMap((r) =>
  [-1, 0, 1].flatMap((g) =>
    [-1, 0, 1].flatMap((b) => {
      const length = Math.hypot(r, g, b);
      return length === 0 ? [] : [[r / length, g / length, b / length]];
    }),
  ),
);
const directions = () => constant(DIRECTIONS.flat(), [DIRECTIONS.length, 3]);
