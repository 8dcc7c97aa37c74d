/** A picture moved to where its places are in the next frame. */

import type { RgbImage } from '../images/image.ts';
import type { Motion } from './motion.ts';

/**
 * The picture as seen after a motion: pixel `i` is taken from its place before, between pixels by
 * Catmull-Rom's cubic (Keys 1981), which keeps strokes sharp over many frames. Places outside have the
 * border's colour. Alpha is left out.
 */
export function moved({ width, height, data }: RgbImage, motion: Motion): RgbImage {
  const pixels = width * height;
  const made = new Float32Array(3 * pixels);
  const [across, down] = [new Float32Array(4), new Float32Array(4)];
  const [columns, rows] = [new Int32Array(4), new Int32Array(4)];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [u, v] = [x + (motion.x[i] ?? 0), y + (motion.y[i] ?? 0)];
      const [left, top] = [Math.floor(u), Math.floor(v)];
      if (u === left && v === top && left >= 0 && top >= 0 && left < width && top < height) {
        const from = top * width + left;
        for (let c = 0; c < 3 * pixels; c += pixels) made[c + i] = data[c + from] ?? 0;
        continue;
      }
      weights(u - left, across);
      weights(v - top, down);
      for (let k = 0; k < 4; k++) {
        columns[k] = Math.min(width - 1, Math.max(0, left - 1 + k));
        rows[k] = width * Math.min(height - 1, Math.max(0, top - 1 + k));
      }
      for (let c = 0; c < 3 * pixels; c += pixels) {
        let sum = 0;
        for (let r = 0; r < 4; r++) {
          const row = c + (rows[r] ?? 0);
          let line = 0;
          for (let k = 0; k < 4; k++) line += (across[k] ?? 0) * (data[row + (columns[k] ?? 0)] ?? 0);
          sum += (down[r] ?? 0) * line;
        }
        made[c + i] = Math.min(1, Math.max(0, sum));
      }
    }
  }
  return { width, height, data: made };
}

/** Weights of four neighbours for a place `t` (0–1) behind the second. */
function weights(t: number, into: Float32Array): void {
  into[0] = t * (-0.5 + t * (1 - 0.5 * t));
  into[1] = 1 + t * t * (-2.5 + 1.5 * t);
  into[2] = t * (0.5 + t * (2 - 1.5 * t));
  into[3] = t * t * (-0.5 + 0.5 * t);
}
