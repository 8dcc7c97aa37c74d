/** Masses loss: large areas keep their light and their hue, in the colours of the style. */

import { channelStatistics, mean, square } from '../graph/composed.ts';
import { add, div, mul, sub } from '../graph/ops/elementwise.ts';
import { slice } from '../graph/ops/layout.ts';
import { stopGradient } from '../graph/ops/sources.ts';
import { extent, nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { meanPool } from '../networks/layers.ts';
import { applyPalette, inDifferences, stylePalette } from '../networks/palette.ts';

/** Largest numbers of places along the shorter side for luma and for hue. */
const [LUMA_PLACES, HUE_PLACES] = [32, 16];

/** Added to each deviation, 0–1, so that a colourless style does not enlarge what nobody sees. */
const UNSEEN = 0.02;

/**
 * mean(((m(output) − m(target)) / (σ + 0.02))²), for luma and for the differences R − Y and B − Y; the mean
 * of the three. The target is the content in the style's mean colour and covariance ({@link applyPalette}); m
 * are means over blocks, halved until 32 or fewer are left along the shorter side for luma, 16 or fewer for
 * the differences; σ is the deviation of each of m(target). Pictures `[N, 3, H, W]`, RGB 0–1. Gradients reach
 * only the output.
 *
 * Difference from the paper, which has no such term. Content features tell objects apart, but not that the
 * sky is the lighter part and the leaves are the green one. With this loss skies lose their blotches, trunks
 * and legs come back, and a subject keeps one hue. Light is bound more closely than hue: a glow is seen at
 * once, while hues may play within a form.
 */
export function massesLoss(output: Tensor, content: Tensor, style: Tensor): Tensor {
  const target = stopGradient(inDifferences(applyPalette(content, stylePalette(style))));
  const own = inDifferences(output);
  const [n, , h, w] = nchw(own.shape, 'picture');
  const light = (x: Tensor) => slice(x, [0, 0, 0, 0], [n, 1, h, w]);
  const hue = (x: Tensor) => slice(x, [0, 1, 0, 0], [n, 3, h, w]);
  const ofLight = distance(blocks(light(own), LUMA_PLACES), blocks(light(target), LUMA_PLACES));
  const ofHue = distance(blocks(hue(own), HUE_PLACES), blocks(hue(target), HUE_PLACES));
  return add(mul(ofLight, 1 / 3), mul(ofHue, 2 / 3));
}

function distance(own: Tensor, target: Tensor): Tensor {
  const { deviation } = channelStatistics(target);
  return mean(square(div(sub(own, target), add(deviation, UNSEEN))));
}

function blocks(x: Tensor, places: number): Tensor {
  let y = x;
  while (Math.min(extent(y.shape, 2), extent(y.shape, 3)) > places) y = meanPool(y, 1);
  return y;
}
