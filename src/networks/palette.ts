/** The palette frame: the decoder paints in an average palette, and the style's own mean colour and contrasts replace it. */

import { type ChannelStatistics, channelStatistics, meanOver } from '../graph/derived.ts';
import { add, mul, sub } from '../graph/ops/elementwise.ts';
import { conv } from '../graph/ops/linear.ts';
import { constant } from '../graph/ops/sources.ts';
import type { Tensor } from '../graph/tensor.ts';

/**
 * Of a style picture `[N, 3, H, W]` (RGB 0–1): mean RGB, and deviations of luma Y and the colour differences
 * R − Y and B − Y (BT.601), `[N, 3, 1, 1]` each.
 */
export function paletteOf(picture: Tensor): ChannelStatistics {
  return { mean: meanOver(picture, [2, 3]), deviation: channelStatistics(toDifferences(picture)).deviation };
}

/**
 * `y [N, 3, H, W]` around 0.45 → the same in the palette: M⁻¹(M(y − 0.45) ⊙ σ / σ̄) + μ, M to luma and colour
 * differences, μ and σ the palette's, σ̄ the mean deviations of paintings. Difference from the paper, which has
 * none: a decoder that must learn every palette knows those it was trained on. No statistic of the output is
 * taken, so tiles stay exact and flat pictures flat.
 */
export function applyPalette(y: Tensor, palette: ChannelStatistics): Tensor {
  const contrast = mul(
    palette.deviation,
    constant(
      AVERAGE_DEVIATIONS.map((d) => 1 / d),
      [1, 3, 1, 1],
    ),
  );
  return add(fromDifferences(mul(toDifferences(sub(y, NEUTRAL)), contrast)), palette.mean);
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
