/** Pictures turned by quarters, as films ask for it. */

import type { RgbImage } from '../images/image.ts';

/** The picture turned clockwise by 0, 90, 180 or 270 degrees, then mirrored from left to right if asked. */
export function turned(image: RgbImage, degrees: 0 | 90 | 180 | 270, isMirrored = false): RgbImage {
  if (degrees === 0 && !isMirrored) return image;
  const { width: w, height: h, data, alpha } = image;
  const [width, height] = degrees % 180 === 0 ? [w, h] : [h, w];
  const pixels = w * h;
  const made = new Float32Array(3 * pixels);
  const clear = alpha && new Float32Array(pixels);
  for (let y = 0, i = 0; y < height; y++) {
    for (let column = 0; column < width; column++, i++) {
      const x = isMirrored ? width - 1 - column : column;
      const from =
        degrees === 0
          ? y * w + x
          : degrees === 90
            ? (h - 1 - x) * w + y
            : degrees === 180
              ? (h - 1 - y) * w + (w - 1 - x)
              : x * w + (w - 1 - y);
      for (let c = 0; c < 3 * pixels; c += pixels) made[c + i] = data[c + from] ?? 0;
      if (clear) clear[i] = alpha[from] ?? 0;
    }
  }
  return { width, height, data: made, ...(clear && { alpha: clear }) };
}
