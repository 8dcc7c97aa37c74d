/** SSIM of two luminances. */

import { ShapeError } from '../errors.ts';
import { blurredInside, gaussianWindow } from './gaussian.ts';
import type { Luminance } from './luminance.ts';

/** 11 pixels, σ 1.5. */
const WINDOW = gaussianWindow(1.5, 5);

/**
 * SSIM (Wang et al. 2004) against one content: Gaussian window 11×11 of σ 1.5, K1 = 0.01, K2 = 0.03, range 1,
 * mean over the positions where the whole window lies in the picture. The content's part is computed once.
 *
 * @throws ShapeError for pictures under 11 pixels, or of different sizes
 */
export function ssimAgainst(content: Luminance): (output: Luminance) => number {
  const { width, height } = content;
  if (Math.min(width, height) < WINDOW.length) {
    throw new ShapeError({
      expected: `pictures of at least ${WINDOW.length} pixels`,
      name: 'SSIM',
      received: `${width}×${height}`,
    });
  }
  const blur = (values: Float64Array) => blurredInside({ width, height, values }, WINDOW).values;
  const y = content.values;
  const [meanY, yy] = [blur(y), blur(product(y, y))];
  return (output) => {
    if (output.width !== width || output.height !== height) {
      throw new ShapeError({
        expected: `an output of the content’s size (${width}×${height})`,
        name: 'SSIM',
        received: `${output.width}×${output.height}`,
      });
    }
    const x = output.values;
    const [meanX, xx, xy] = [blur(x), blur(product(x, x)), blur(product(x, y))];
    const [c1, c2] = [0.01 ** 2, 0.03 ** 2];
    let total = 0;
    for (let i = 0; i < meanX.length; i++) {
      const [mx, my] = [meanX[i] ?? 0, meanY[i] ?? 0];
      const [vx, vy, cov] = [(xx[i] ?? 0) - mx * mx, (yy[i] ?? 0) - my * my, (xy[i] ?? 0) - mx * my];
      total += ((2 * mx * my + c1) * (2 * cov + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2));
    }
    return total / meanX.length;
  };
}

function product(a: Float64Array, b: Float64Array): Float64Array {
  const result = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) result[i] = (a[i] ?? 0) * (b[i] ?? 0);
  return result;
}
