/** Tones: how near a painting's larger areas are to its style in colour, beside recolouring alone. */

import { LUMA } from '../luma.ts';
import { unit } from '../unit.ts';
import type { RgbImage } from '../images/image.ts';
import type { Plane } from './gaussian.ts';
import { reducedBy } from './luminance.ts';
import { METRICS_SEED, quantiles, randomDirections, sortedDistance, sortRows } from './sliced.ts';

const [RED, GREEN, BLUE] = LUMA;

/** Side in pixels of the blocks whose mean colours are compared. */
const BLOCK = 8;
export const TONE_DIRECTIONS = 64;
export const TONE_QUANTILES = 1024;
const directions = randomDirections(TONE_DIRECTIONS, 3, METRICS_SEED);

/** Y, R − Y and B − Y (BT.601) of each pixel. */
type Differences = readonly [Plane, Plane, Plane];

/** The statistics of colours in {@link Differences}. */
export interface Palette {
  readonly mean: readonly number[];
  /** L of L Lᵀ = covariance (biased, 1e-5 on the diagonal), lower triangle row by row: 6 values. */
  readonly factor: readonly number[];
}

/** A photograph with its part of the measure computed. */
export interface TonesContent {
  readonly differences: Differences;
  readonly palette: Palette;
}

export function tonesContent(image: RgbImage): TonesContent {
  const differences = differencesOf(image);
  return { differences, palette: paletteOf(differences) };
}

/** Measures outputs against a style; `against` computes the part of one content. */
export interface TonesStyle {
  against(content: TonesContent): (output: RgbImage) => number;
}

/**
 * Mean Y, R − Y and B − Y of blocks of 8×8 pixels, each over the style's deviation, as a distribution. The
 * result is its sliced Wasserstein distance to the style's (64 fixed directions, mean squared difference of
 * 1,024 quantiles), over that of the recoloured photograph. The recoloured photograph has the style's mean
 * and covariance (x → Ls Lc⁻¹ (x − μc) + μs, clamped to 0–1), as any tinting can give them. 0 is the style, 1
 * the recoloured photograph.
 *
 * All pictures must have one size, a multiple of 8. The result is NaN or infinite if recolouring gives the
 * style itself.
 */
export function tonesStyle(style: RgbImage): TonesStyle {
  const own = differencesOf(style);
  const palette = paletteOf(own);
  const blocks = own.map((plane) => reducedBy(plane, BLOCK));
  const scales = blocks.map((plane) => 1 / Math.sqrt(variance(plane) + 1e-5));
  const distribution = (differences: Differences) =>
    projected(
      differences.map((plane) => reducedBy(plane, BLOCK)),
      scales,
    );
  const wanted = projected(blocks, scales);
  const distance = (differences: Differences) =>
    sortedDistance(distribution(differences), wanted, TONE_DIRECTIONS);
  return {
    against(content) {
      const whole = distance(differencesOf(recoloured(content, palette)));
      return (output) => distance(differencesOf(output)) / whole;
    },
  };
}

function differencesOf({ width, height, data }: RgbImage): Differences {
  const pixels = width * height;
  const plane = (): Plane => ({ width, height, values: new Float64Array(pixels) });
  const [y, red, blue] = [plane(), plane(), plane()];
  for (let i = 0; i < pixels; i++) {
    const [r, g, b] = [data[i] ?? 0, data[pixels + i] ?? 0, data[2 * pixels + i] ?? 0];
    const luma = RED * r + GREEN * g + BLUE * b;
    y.values[i] = luma;
    red.values[i] = r - luma;
    blue.values[i] = b - luma;
  }
  return [y, red, blue];
}

function paletteOf(differences: Differences): Palette {
  const mean = differences.map(({ values }) => values.reduce((a, b) => a + b, 0) / values.length);
  const covariance = (i: 0 | 1 | 2, j: 0 | 1 | 2) => {
    const [a, b] = [differences[i].values, differences[j].values];
    let sum = 0;
    for (let k = 0; k < a.length; k++) sum += ((a[k] ?? 0) - (mean[i] ?? 0)) * ((b[k] ?? 0) - (mean[j] ?? 0));
    return sum / a.length + (i === j ? 1e-5 : 0);
  };
  const a = Math.sqrt(covariance(0, 0));
  const [b, d] = [covariance(1, 0) / a, covariance(2, 0) / a];
  const c = Math.sqrt(covariance(1, 1) - b * b);
  const e = (covariance(2, 1) - b * d) / c;
  const f = Math.sqrt(covariance(2, 2) - d * d - e * e);
  return { mean, factor: [a, b, c, d, e, f] };
}

/** The photograph with the mean and covariance of another palette, clamped to 0–1. */
export function recoloured({ differences, palette: own }: TonesContent, wanted: Palette): RgbImage {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = own.factor;
  const [p = 0, q = 0, r = 0, s = 0, t = 0, u = 0] = wanted.factor;
  const [m0 = 0, m1 = 0, m2 = 0] = own.mean;
  const [n0 = 0, n1 = 0, n2 = 0] = wanted.mean;
  const [{ width, height, values: lumas }, { values: reds }, { values: blues }] = differences;
  const pixels = width * height;
  const data = new Float32Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    // Forward substitution: Lc⁻¹ of the centred colour.
    const x = ((lumas[i] ?? 0) - m0) / a;
    const y = ((reds[i] ?? 0) - m1 - b * x) / c;
    const z = ((blues[i] ?? 0) - m2 - d * x - e * y) / f;
    const luma = p * x + n0;
    const red = luma + q * x + r * y + n1;
    const blue = luma + s * x + t * y + u * z + n2;
    data[i] = unit(red);
    data[pixels + i] = unit((luma - RED * red - BLUE * blue) / GREEN);
    data[2 * pixels + i] = unit(blue);
  }
  return { width, height, data };
}

function variance({ values }: Plane): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

/** Sorted projections of the blocks' colours on the directions, `[64, at most 1,024]`. */
function projected(blocks: readonly Plane[], scales: readonly number[]): Float32Array {
  const count = blocks[0]?.values.length ?? 0;
  const rows = new Float32Array(TONE_DIRECTIONS * count);
  for (let k = 0; k < TONE_DIRECTIONS; k++) {
    for (let c = 0; c < 3; c++) {
      const [values, weight] = [blocks[c]?.values, (directions[3 * k + c] ?? 0) * (scales[c] ?? 0)];
      for (let i = 0; i < count; i++)
        rows[k * count + i] = (rows[k * count + i] ?? 0) + weight * (values?.[i] ?? 0);
    }
  }
  return quantiles(sortRows(rows, TONE_DIRECTIONS), TONE_DIRECTIONS, TONE_QUANTILES);
}
