/** The motion of the camera: what most of a picture does alike. */

import type { Motion } from './motion.ts';

/** Rounds in which what moves by itself loses its weight. */
const ROUNDS = 4;
/** Pixels of difference at which half of the weight is lost. */
const APART = 1;
/** Keeps turning and zooming small where few places show them. */
const RIDGE = 0.01;

/**
 * The motion of a camera that pans, turns and zooms, as an affine map fitted to a motion.
 *
 * @param trust weight of each place; if all are 0 it is the motion itself
 */
export function cameraMotion({ width, height, x, y }: Motion, trust: Float32Array): Motion {
  const made = { width, height, x: new Float32Array(x.length), y: new Float32Array(y.length) };
  const across = Float32Array.from({ length: width }, (_, i) => (2 * i + 1) / width - 1);
  const down = Float32Array.from({ length: height }, (_, i) => (2 * i + 1) / height - 1);
  for (let round = 0; round < ROUNDS; round++) {
    // Sums of weighted products of (1, u, v, x, y).
    let [w1, wu, wv, wuu, wuv, wvv] = [0, 0, 0, 0, 0, 0];
    const [sx, sy] = [
      [0, 0, 0],
      [0, 0, 0],
    ] as [number[], number[]];
    for (let row = 0, i = 0; row < height; row++) {
      const v = down[row] ?? 0;
      for (let column = 0; column < width; column++, i++) {
        const u = across[column] ?? 0;
        const [mx, my] = [x[i] ?? 0, y[i] ?? 0];
        const far = round === 0 ? 0 : (mx - (made.x[i] ?? 0)) ** 2 + (my - (made.y[i] ?? 0)) ** 2;
        const w = (trust[i] ?? 0) / (1 + far / APART ** 2);
        w1 += w;
        wu += w * u;
        wv += w * v;
        wuu += w * u * u;
        wuv += w * u * v;
        wvv += w * v * v;
        for (const [sums, m] of [
          [sx, mx],
          [sy, my],
        ] as const) {
          sums[0] = (sums[0] ?? 0) + w * m;
          sums[1] = (sums[1] ?? 0) + w * m * u;
          sums[2] = (sums[2] ?? 0) + w * m * v;
        }
      }
    }
    if (w1 === 0) return { width, height, x, y };
    const ridge = RIDGE * w1;
    const rows = [
      [w1, wu, wv],
      [wu, wuu + ridge, wuv],
      [wv, wuv, wvv + ridge],
    ];
    const [ax, ay] = [solved(rows, sx), solved(rows, sy)];
    for (let row = 0, i = 0; row < height; row++) {
      const v = down[row] ?? 0;
      for (let column = 0; column < width; column++, i++) {
        const u = across[column] ?? 0;
        made.x[i] = (ax[0] ?? 0) + (ax[1] ?? 0) * u + (ax[2] ?? 0) * v;
        made.y[i] = (ay[0] ?? 0) + (ay[1] ?? 0) * u + (ay[2] ?? 0) * v;
      }
    }
  }
  return made;
}

/** Solves three equations with a positive definite matrix, by Cramer's rule. */
function solved(rows: readonly (readonly number[])[], right: readonly number[]): number[] {
  const whole = determinant(rows);
  return [0, 1, 2].map((k) => {
    const replaced = rows.map((row, i) => row.map((value, j) => (j === k ? (right[i] ?? 0) : value)));
    return determinant(replaced) / whole;
  });
}

function determinant(rows: readonly (readonly number[])[]): number {
  const [[a = 0, b = 0, c = 0] = [], [d = 0, e = 0, f = 0] = [], [g = 0, h = 0, i = 0] = []] = rows;
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}
