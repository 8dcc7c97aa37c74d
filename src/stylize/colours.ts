/** Keeping the colours of the content: the style picture is recoloured before, or the painting after. */

import type { RgbImage } from '../images/image.ts';
import { lumaAt } from '../images/planes.ts';

/**
 * `coral`: the style picture takes the content's mean colour and covariance before it is encoded, so that its
 *   strokes have the content's colours. AdaIN's code does so (Sun et al. 2016, without its mapping back).
 * `luma`: the painting keeps its own luma Y and takes the colour differences of the content (BT.601;
 *   luminance-only transfer, Gatys et al. 2016).
 */
export const colourPreservations = ['coral', 'luma'] as const;
export type ColourPreservation = (typeof colourPreservations)[number];

/** Joins Y of the painting with B − Y and R − Y of the content. Both have one size. */
export function withColoursOf(content: RgbImage, painting: RgbImage): RgbImage {
  const pixels = painting.width * painting.height;
  const data = new Float32Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    const shift = lumaAt(painting.data, i, pixels) - lumaAt(content.data, i, pixels);
    for (let c = 0; c < 3; c++) data[c * pixels + i] = (content.data[c * pixels + i] ?? 0) + shift;
  }
  return { width: painting.width, height: painting.height, data };
}

/**
 * The style in the content's colours: x → Σc^½ Σs^−½ (x − μs) + μc, clamped to 0–1. 1e-5 is added to the
 * variances. Only the content's statistics count, so a reduced copy of it suffices.
 */
export function inColoursOf(content: RgbImage, style: RgbImage): RgbImage {
  const [own, wanted] = [colourStatistics(style), colourStatistics(content)];
  const map = multiply(power(wanted.covariance, 0.5), power(own.covariance, -0.5));
  const pixels = style.width * style.height;
  const data = new Float32Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    for (let c = 0; c < 3; c++) {
      let value = wanted.mean[c] ?? 0;
      for (let k = 0; k < 3; k++) {
        value += (map[3 * c + k] ?? 0) * ((style.data[k * pixels + i] ?? 0) - (own.mean[k] ?? 0));
      }
      data[c * pixels + i] = Math.min(1, Math.max(0, value));
    }
  }
  return { width: style.width, height: style.height, data };
}

/** Mean `[3]` and covariance `[3 × 3]` of the colours. */
function colourStatistics({ width, height, data }: RgbImage) {
  const pixels = width * height;
  const mean = [0, 1, 2].map((c) => {
    let sum = 0;
    for (let i = 0; i < pixels; i++) sum += data[c * pixels + i] ?? 0;
    return sum / pixels;
  });
  const covariance = Array.from({ length: 9 }, (_, at) => {
    const [a, b] = [Math.floor(at / 3), at % 3];
    let sum = 0;
    for (let i = 0; i < pixels; i++) {
      sum += ((data[a * pixels + i] ?? 0) - (mean[a] ?? 0)) * ((data[b * pixels + i] ?? 0) - (mean[b] ?? 0));
    }
    return sum / pixels + (a === b ? 1e-5 : 0);
  });
  return { mean, covariance };
}

/** A symmetric 3 × 3 matrix to a power, through its eigenvectors. */
function power(matrix: readonly number[], exponent: number): number[] {
  const { values, vectors } = eigen(matrix);
  const result = new Array<number>(9).fill(0);
  for (let k = 0; k < 3; k++) {
    const value = Math.max(values[k] ?? 0, 1e-9) ** exponent;
    for (let at = 0; at < 9; at++) {
      const [a, b] = [Math.floor(at / 3), at % 3];
      result[at] = (result[at] ?? 0) + value * (vectors[3 * a + k] ?? 0) * (vectors[3 * b + k] ?? 0);
    }
  }
  return result;
}

/** Eigenvalues and eigenvectors by Jacobi's rotations; the eigenvectors are the columns of `vectors`. */
function eigen(matrix: readonly number[]): { values: number[]; vectors: number[] } {
  let a = [...matrix];
  let vectors = [1, 0, 0, 0, 1, 0, 0, 0, 1];
  for (let sweep = 0; sweep < 12; sweep++) {
    for (const [p, q] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      const off = a[3 * p + q] ?? 0;
      if (Math.abs(off) < 1e-15) continue;
      const angle = 0.5 * Math.atan2(2 * off, (a[4 * q] ?? 0) - (a[4 * p] ?? 0));
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      const turn = [1, 0, 0, 0, 1, 0, 0, 0, 1];
      [turn[4 * p], turn[4 * q], turn[3 * p + q], turn[3 * q + p]] = [cos, cos, sin, -sin];
      a = multiply(multiply(transposed(turn), a), turn);
      vectors = multiply(vectors, turn);
    }
  }
  return { values: [0, 1, 2].map((i) => a[4 * i] ?? 0), vectors };
}

function multiply(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: 9 }, (_, at) => {
    const [row, column] = [Math.floor(at / 3), at % 3];
    return [0, 1, 2].reduce((sum, k) => sum + (a[3 * row + k] ?? 0) * (b[3 * k + column] ?? 0), 0);
  });
}

function transposed(a: readonly number[]): number[] {
  return Array.from({ length: 9 }, (_, at) => a[3 * (at % 3) + Math.floor(at / 3)] ?? 0);
}
