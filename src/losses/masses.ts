/** Masses loss: large areas keep their light and their hue, in the colours of the style. */

import { channelStatistics, flattenPositions, mean, square } from '../graph/composed.ts';
import { add, div, sub } from '../graph/ops/elementwise.ts';
import { reshape } from '../graph/ops/layout.ts';
import { matmul } from '../graph/ops/linear.ts';
import { stopGradient } from '../graph/ops/sources.ts';
import { extent } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { meanPool } from '../networks/layers.ts';
import { applyPalette, stylePalette, toDifferences } from '../networks/palette.ts';

/** Largest number of places along the shorter side. */
const PLACES = 16;

/** Added to each deviation, 0–1, so that a colourless style does not enlarge what nobody sees. */
const UNSEEN = 0.02;

/**
 * mean(((m(output) − m(target)) / (σ + 0.02))²). The target is the content in the style's mean colour and
 * covariance ({@link applyPalette}); m is luma and the differences R − Y and B − Y in means over blocks,
 * halved until 16 or fewer are left along the shorter side; σ is the deviation of each of m(target). Pictures
 * `[N, 3, H, W]`, RGB 0–1. Gradients reach only the output.
 *
 * Difference from the paper, which has no such term. Content features tell objects apart, but not that the
 * sky is the lighter part and the leaves are the green one. With this loss skies lose their blotches, trunks
 * and legs come back, and a subject keeps one hue.
 */
export function massesLoss(output: Tensor, content: Tensor, style: Tensor): Tensor {
  const target = stopGradient(masses(applyPalette(content, stylePalette(style))));
  const { deviation } = channelStatistics(target);
  return mean(square(div(sub(masses(output), target), add(deviation, UNSEEN))));
}

function masses(picture: Tensor): Tensor {
  let blocks = picture;
  while (Math.min(extent(blocks.shape, 2), extent(blocks.shape, 3)) > PLACES) blocks = meanPool(blocks, 1);
  return reshape(matmul(toDifferences(), flattenPositions(blocks)), blocks.shape);
}
