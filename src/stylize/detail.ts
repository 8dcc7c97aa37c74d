/** Where a picture has detail: strokes are finer there. */

import { blurred } from '../images/blur.ts';
import type { RgbImage } from '../images/image.ts';
import { lumaAt } from '../images/luma.ts';

/** Half of the most detail: a change of luma over two pixels, in means over the neighbourhood. */
const HALF_DETAIL = 0.04;

/** Standard deviation of a neighbourhood, of the short side. */
const NEIGHBOURHOOD = 1 / 64;

/** How much detail there is around each pixel, `[height, width]`: 0 in plain ground, near 1 in faces and thin things. */
export function detailMap(content: RgbImage): Float32Array {
  const { width, height, data } = content;
  const pixels = width * height;
  const luma = Float32Array.from({ length: pixels }, (_, i) => lumaAt(data, i, pixels));
  const change = new Float32Array(pixels);
  for (let y = 0; y < height; y++) {
    const [above, below] = [Math.max(0, y - 1) * width, Math.min(height - 1, y + 1) * width];
    for (let x = 0; x < width; x++) {
      const [l, r] = [Math.max(0, x - 1), Math.min(width - 1, x + 1)];
      const across = (luma[y * width + r] ?? 0) - (luma[y * width + l] ?? 0);
      const down = (luma[below + x] ?? 0) - (luma[above + x] ?? 0);
      change[y * width + x] = Math.hypot(across, down);
    }
  }
  const mean = blurred(change, content, NEIGHBOURHOOD * Math.min(width, height));
  return mean.map((value) => value / (value + HALF_DETAIL));
}
