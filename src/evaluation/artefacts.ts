/** Artefacts that losses overlook: frames, checkerboards, grids of the decoder, cut-off colours. */

import { ShapeError } from '../errors.ts';
import type { RgbImage } from '../images/image.ts';
import { type Luminance, luminance } from './luminance.ts';

/** Width in pixels of the frame that the border error measures. */
export const FRAME = 8;
/** Three frames from each side and blocks between them. */
export const SMALLEST_SIDE = 7 * FRAME;
/**
 * Side in pixels of the blocks that are searched for grids. A real pattern keeps its phase over this
 * distance.
 */
const BLOCK = 64;
/**
 * A variance, one hundredth of that of rounding to 8 bits. It keeps ratios of flat pictures finite and
 * affects no others.
 */
const FLOOR = 1e-8;

/** Traces of artefacts in one picture. Only their ratios, output over content, have a meaning. */
export interface Traces {
  readonly border: number;
  readonly checkerboard: number;
  readonly grid: number;
}

/**
 * The traces of a picture (see the functions below).
 *
 * @throws ShapeError for pictures smaller than {@link SMALLEST_SIDE}
 */
export function tracesOf(image: RgbImage, grey: Luminance = luminance(image)): Traces {
  return { border: borderJump(image, grey), checkerboard: nyquistShare(grey), grid: gridExcess(grey) };
}

/**
 * Each trace of an output as a multiple of its content's: 1 if stylising added none. Patterns of the
 * photograph itself, such as a frame or a fence, cancel.
 */
export function artefacts(output: Traces, content: Traces): Traces {
  return {
    border: output.border / content.border,
    checkerboard: output.checkerboard / content.checkerboard,
    grid: output.grid / content.grid,
  };
}

/**
 * Difference of the frame from the ring inside it, as a multiple of that ring's difference from the next
 * one. The rings consist of blocks of 8×8 pixels along the four sides, without the corners. Each block
 * is described by its three mean colours and the deviation of its luminance. J(a, b) is the root mean square,
 * over blocks, of the distance between the descriptions of rings a and b (0 the frame, 1 and 2 the rings
 * inside). The result is (J(0, 1) + 1/255) / (J(1, 2) + 1/255); one level of 8 bits keeps flat pictures at 1.
 */
export function borderJump(image: RgbImage, grey: Luminance = luminance(image)): number {
  const { width, height } = image;
  if (Math.min(width, height) < SMALLEST_SIDE) {
    throw new ShapeError({
      expected: `a picture of at least ${SMALLEST_SIDE} pixels`,
      name: 'the border error',
      received: `${width}×${height}`,
    });
  }
  let [outer, inner, count] = [0, 0, 0];
  for (const [length, place] of sides(width, height)) {
    for (let along = 3 * FRAME; along + FRAME <= length - 3 * FRAME; along += FRAME) {
      const [a, b, c] = [0, 1, 2].map((ring) => describe(image, grey, ...place(ring, along)));
      if (a === undefined || b === undefined || c === undefined) continue;
      outer += squaredDistance(a, b);
      inner += squaredDistance(b, c);
      count++;
    }
  }
  const level = 1 / 255;
  return (Math.sqrt(outer / count) + level) / (Math.sqrt(inner / count) + level);
}

type Place = (ring: number, along: number) => readonly [left: number, top: number];

/** Length of each side, and the place of a ring's block along it. */
function sides(width: number, height: number): readonly (readonly [number, Place])[] {
  const far = (length: number, ring: number) => length - (ring + 1) * FRAME;
  return [
    [width, (ring, along) => [along, ring * FRAME]],
    [width, (ring, along) => [along, far(height, ring)]],
    [height, (ring, along) => [ring * FRAME, along]],
    [height, (ring, along) => [far(width, ring), along]],
  ];
}

function describe(image: RgbImage, grey: Luminance, left: number, top: number): readonly number[] {
  const { width, height, data } = image;
  const [size, area] = [width * height, FRAME * FRAME];
  let [red, green, blue, mean, square] = [0, 0, 0, 0, 0];
  for (let y = top; y < top + FRAME; y++) {
    for (let i = y * width + left; i < y * width + left + FRAME; i++) {
      red += data[i] ?? 0;
      green += data[i + size] ?? 0;
      blue += data[i + 2 * size] ?? 0;
      const value = grey.values[i] ?? 0;
      mean += value;
      square += value * value;
    }
  }
  const variance = square / area - (mean / area) ** 2;
  return [red / area, green / area, blue / area, Math.sqrt(Math.max(0, variance))];
}

function squaredDistance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0);
}

/**
 * Share of the luminance's energy at and near the horizontal and vertical Nyquist frequencies, where
 * checkerboards have theirs: the mean square of the luminance filtered by [1 −4 6 −4 1] / 16 along rows, plus
 * that along columns, over the luminance's variance (1e-8 added to both). The filter's gain is sin⁴(π f): 1
 * at period 2, ¼ at period 4, 0.02 at period 8. Unlike a Fourier transform, a direct filter needs no periodic
 * borders and finds checkerboards whose sign changes from place to place.
 */
export function nyquistShare({ width, height, values }: Luminance): number {
  let energy = 0;
  for (const [step, columns, rows] of [
    [1, width - 4, height],
    [width, width, height - 4],
  ] as const) {
    let sum = 0;
    for (let y = 0; y < rows; y++) {
      for (let i = y * width; i < y * width + columns; i++) {
        const ends = (values[i] ?? 0) + (values[i + 4 * step] ?? 0);
        const middle = (values[i + step] ?? 0) + (values[i + 3 * step] ?? 0);
        const response = (ends - 4 * middle + 6 * (values[i + 2 * step] ?? 0)) / 16;
        sum += response * response;
      }
    }
    energy += sum / (columns * rows);
  }
  return (energy + FLOOR) / (varianceOf(values) + FLOOR);
}

function varianceOf(values: Float64Array): number {
  let [sum, square] = [0, 0];
  for (const value of values) {
    sum += value;
    square += value * value;
  }
  return Math.max(0, square / values.length - (sum / values.length) ** 2);
}

/**
 * Patterns locked to a grid of 8 pixels, and so to one of 4 or 2. A decoder that enlarges three times by 2
 * leaves such patterns. In blocks of 64 pixels, the luminance's differences to the right and downwards (which
 * make the spectrum of natural pictures flat) are folded: averaged over all tiles of p×p pixels. n / p² · Σ
 * (mean over the n tiles)², the block's mean taken off, is the power at frequencies that are multiples of
 * 1/p. Without a pattern it does not depend on p. The result is the power for p = 8 over the geometric mean
 * of those for 7 and 9. It is 1 for a picture with a side of 64 pixels or less.
 */
export function gridExcess(grey: Luminance): number {
  const { width, height } = grey;
  // The last column and row have no differences. Pixels beyond whole blocks are left out equally on both
  // sides.
  const [columns, rows] = [Math.floor((width - 1) / BLOCK), Math.floor((height - 1) / BLOCK)];
  const start = Math.floor((height - rows * BLOCK) / 2) * width + Math.floor((width - columns * BLOCK) / 2);
  let [seven, eight, nine] = [0, 0, 0];
  for (const field of differences(grey)) {
    for (let block = 0; block < columns * rows; block++) {
      const corner = start + (Math.floor(block / columns) * width + (block % columns)) * BLOCK;
      seven += foldedPower(field, width, corner, 7);
      eight += foldedPower(field, width, corner, 8);
      nine += foldedPower(field, width, corner, 9);
    }
  }
  return (eight + FLOOR) / (Math.sqrt(seven * nine) + FLOOR);
}

/**
 * Differences to the next pixel to the right, and to the one below. Those of the last column and row are
 * meaningless.
 */
function differences({ width, values }: Luminance): readonly Float64Array[] {
  return [1, width].map((step) => {
    const field = new Float64Array(values.length);
    for (let i = 0; i + step < values.length; i++) field[i] = (values[i + step] ?? 0) - (values[i] ?? 0);
    return field;
  });
}

function foldedPower(field: Float64Array, width: number, corner: number, period: number): number {
  const tilesAcross = Math.floor(BLOCK / period);
  const [side, tiles] = [tilesAcross * period, tilesAcross ** 2];
  const sums = new Float64Array(period * period);
  for (let y = 0; y < side; y++) {
    const [row, cells] = [corner + y * width, (y % period) * period];
    for (let x = 0; x < side; x++) {
      const cell = cells + (x % period);
      sums[cell] = (sums[cell] ?? 0) + (field[row + x] ?? 0);
    }
  }
  return tiles * varianceOf(sums.map((sum) => sum / tiles));
}

/** Share of pixels, 0–1, with a channel at 0 or 1, the ends of 8 bits, where gradations are lost. */
export function clippedShare({ data }: RgbImage): number {
  return shareOfPixels(data, (value) => value <= 0 || value >= 1);
}

/**
 * Share of pixels, 0–1, that clamping changes: a channel of the network's own output is outside of 0–1 by
 * more than rounding to 8 bits moves it (½ / 255), or is not a number.
 */
export function outsideShare({ data }: RgbImage): number {
  const margin = 0.5 / 255;
  return shareOfPixels(data, (value) => !(value >= -margin && value <= 1 + margin));
}

function shareOfPixels(data: Float32Array, holds: (value: number) => boolean): number {
  const size = data.length / 3;
  let count = 0;
  for (let i = 0; i < size; i++) {
    if (holds(data[i] ?? 0) || holds(data[i + size] ?? 0) || holds(data[i + 2 * size] ?? 0)) count++;
  }
  return count / size;
}
