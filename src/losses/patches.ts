/** Patches loss: small patches of pixels are spread as the style's are, at several sizes. */

import { channelStatistics, flattenPositions, mean, square, total } from '../graph/composed.ts';
import { add, div, mul, sub } from '../graph/ops/elementwise.ts';
import { gather } from '../graph/ops/gathering.ts';
import { reshape } from '../graph/ops/layout.ts';
import { conv, matmul } from '../graph/ops/linear.ts';
import { argsort, reorder } from '../graph/ops/sorting.ts';
import { blur } from '../graph/ops/spatial.ts';
import { constant, stopGradient } from '../graph/ops/sources.ts';
import { extent, type Shape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { meanPool } from '../networks/layers.ts';
import { inDifferences } from '../networks/palette.ts';

/** Shapes of the random numbers of two 3×3 convolutions: together filters of 5×5, 48 of them. */
export const filterShapes = { first: [16, 3, 3, 3], second: [48, 16, 3, 3] } as const;

/** Pictures are halved until their shorter side would be smaller. */
const LEAST_SIDE = 32;

/** Hue gets more weight than its small part in a picture's variance. */
const HUE = 3;

/** Added to each deviation, 0–1, so that grain that nobody sees is not compared. */
const UNSEEN = 0.02;

/** Number of filtered positions at each size of pictures of `side` × `side`, the largest first. */
export function patchPositions(side: number): number[] {
  const counts = [(side - 4) ** 2];
  for (let half = Math.ceil(side / 2); half >= LEAST_SIDE; half = Math.ceil(half / 2))
    counts.push((half - 4) ** 2);
  return counts;
}

/**
 * The mean, over sizes and filters, of the mean squared difference of the sorted responses, each over the
 * deviation of the style's: a sliced Wasserstein distance of patches of 5×5 pixels (Elnekave & Weiss 2022),
 * of luma and colour differences without their local mean. `output` and `style` are `[N, 3, S, S]`, RGB 0–1,
 * and are halved again and again. `filters` are normal numbers of {@link filterShapes}, fresh at each step;
 * `places` has positions among those of {@link patchPositions} for each size. No gradient reaches `style`.
 *
 * Difference from the paper, which has no such term. The loss network hardly sees hue and forgives ripples,
 * so painters learn to emboss in one hue. Patches of paintings have many hues and few ripples.
 */
export function patchesLoss(
  output: Tensor,
  style: Tensor,
  filters: { readonly first: Tensor; readonly second: Tensor },
  places: readonly Tensor[],
): Tensor {
  const first = scaled(filters.first);
  const second = scaled(filters.second);
  const responses = (x: Tensor, at: Tensor): Tensor =>
    gather(flattenPositions(conv(conv(detail(x), first), second)), at);
  let [own, target] = [colours(output), colours(style)];
  const losses = places.map((at, i) => {
    if (i > 0) [own, target] = [meanPool(own, 1), meanPool(target, 1)];
    return distance(responses(own, at), stopGradient(responses(target, at)));
  });
  return mul(total(losses), 1 / losses.length);
}

/** Mean squared difference of sorted rows of `[N, C, K]`, in deviations of the target's. */
function distance(own: Tensor, target: Tensor): Tensor {
  const { deviation } = channelStatistics(reshape(target, [...target.shape, 1]));
  const rows = [extent(target.shape, 0), extent(target.shape, 1), 1];
  const sorted = (x: Tensor) => reorder(x, argsort(x));
  return mean(square(div(sub(sorted(own), sorted(target)), add(reshape(deviation, rows), UNSEEN))));
}

/** Filters whose responses to noise have the noise's deviation, whatever their size. */
function scaled(filter: Tensor): Tensor {
  const [, inputs = 1, height = 1, width = 1]: Shape = filter.shape;
  return mul(filter, 1 / Math.sqrt(inputs * height * width));
}

/** Luma Y and `HUE` times R − Y and B − Y. */
function colours(picture: Tensor): Tensor {
  const weights = constant(Float32Array.of(1, 0, 0, 0, HUE, 0, 0, 0, HUE), [3, 3]);
  return reshape(matmul(weights, flattenPositions(inDifferences(picture))), picture.shape);
}

/** What a blur takes away. Filters of all would mostly see colours, which other losses compare. */
function detail(x: Tensor): Tensor {
  return sub(x, blur(blur(blur(x))));
}
