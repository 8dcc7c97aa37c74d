/** A picture moved to where its places are in the next frame. */

import type { RgbImage } from '../images/image.ts';
import type { Motion } from './motion.ts';

/** Neighbours of a place in each direction. */
const TAPS = 6;
/** Places between two pixels for which weights are kept. */
const PLACES = 256;
/** Weights of the neighbours for each place behind the third. */
const kernels = lanczosKernels();

/**
 * The picture as seen after a motion: pixel `i` is taken from its place before, between pixels by Lanczos-3,
 * which keeps strokes sharp over many frames. Places outside have the border's colour. Alpha is left out.
 */
export function moved({ width, height, data }: RgbImage, motion: Motion): RgbImage {
  const pixels = width * height;
  const made = new Float32Array(3 * pixels);
  const [columns, rows] = [new Int32Array(TAPS), new Int32Array(TAPS)];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const u = Math.round(PLACES * (x + (motion.x[i] ?? 0)));
      const v = Math.round(PLACES * (y + (motion.y[i] ?? 0)));
      const [left, top] = [Math.floor(u / PLACES), Math.floor(v / PLACES)];
      const [across, down] = [TAPS * (u - PLACES * left), TAPS * (v - PLACES * top)];
      for (let k = 0; k < TAPS; k++) {
        columns[k] = Math.min(width - 1, Math.max(0, left - 2 + k));
        rows[k] = width * Math.min(height - 1, Math.max(0, top - 2 + k));
      }
      if (across === 0 && down === 0) {
        const from = (rows[2] ?? 0) + (columns[2] ?? 0);
        for (let c = 0; c < 3 * pixels; c += pixels) made[c + i] = data[c + from] ?? 0;
        continue;
      }
      for (let c = 0; c < 3 * pixels; c += pixels) {
        let sum = 0;
        for (let r = 0; r < TAPS; r++) {
          const row = c + (rows[r] ?? 0);
          let line = 0;
          for (let k = 0; k < TAPS; k++) {
            line += (kernels[across + k] ?? 0) * (data[row + (columns[k] ?? 0)] ?? 0);
          }
          sum += (kernels[down + r] ?? 0) * line;
        }
        made[c + i] = Math.min(1, Math.max(0, sum));
      }
    }
  }
  return { width, height, data: made };
}

function lanczosKernels(): Float32Array {
  const weights = new Float32Array(TAPS * PLACES);
  for (let place = 0; place < PLACES; place++) {
    const own = Array.from({ length: TAPS }, (_, k) => lanczos(k - 2 - place / PLACES));
    const sum = own.reduce((total, weight) => total + weight, 0);
    weights.set(
      own.map((weight) => weight / sum),
      TAPS * place,
    );
  }
  return weights;
}

function lanczos(x: number): number {
  if (Math.abs(x) < 1e-9) return 1;
  if (Math.abs(x) >= 3) return 0;
  const t = Math.PI * x;
  return (3 * Math.sin(t) * Math.sin(t / 3)) / (t * t);
}
