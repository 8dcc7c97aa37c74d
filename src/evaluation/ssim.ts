/** SSIM of two luminances. */

import { ShapeError } from '../errors.ts';
import type { Luminance } from './luminance.ts';

/** The middle row of the Gaussian window: 11 pixels, σ 1.5, sum 1. */
const WINDOW = (() => {
  const weights = Float64Array.from({ length: 11 }, (_, i) => Math.exp(-((i - 5) ** 2) / (2 * 1.5 ** 2)));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / total);
})();

/**
 * SSIM (Wang et al. 2004) against one content: Gaussian window 11×11 of σ 1.5, K1 = 0.01, K2 = 0.03, range 1, mean
 * over the positions where the whole window lies in the picture. The content's part is computed once.
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
  const blur = (values: Float64Array) => blurred(values, width, height);
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

/** Both directions of the window, valid positions only. Tap by tap over whole rows: the inner loops are plain. */
function blurred(values: Float64Array, width: number, height: number): Float64Array {
  const reach = WINDOW.length - 1;
  const [narrow, low] = [width - reach, height - reach];
  const rows = new Float64Array(narrow * height);
  const result = new Float64Array(narrow * low);
  for (let k = 0; k <= reach; k++) {
    const weight = WINDOW[k] ?? 0;
    for (let y = 0; y < height; y++) {
      const [from, to] = [y * width + k, y * narrow];
      for (let x = 0; x < narrow; x++) rows[to + x] = (rows[to + x] ?? 0) + weight * (values[from + x] ?? 0);
    }
  }
  for (let y = 0; y < low; y++) {
    for (let k = 0; k <= reach; k++) {
      const weight = WINDOW[k] ?? 0;
      const [from, to] = [(y + k) * narrow, y * narrow];
      for (let x = 0; x < narrow; x++)
        result[to + x] = (result[to + x] ?? 0) + weight * (rows[from + x] ?? 0);
    }
  }
  return result;
}
