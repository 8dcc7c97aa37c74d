/**
 * Resizing of pictures in memory without a library, to the same pixels as libvips, which sharp uses: boxes
 * and Lanczos-3 to reduce, Catmull-Rom to enlarge, positions rounded to 1/64 of a pixel.
 */

import { unit } from '../unit.ts';
import type { ImageSize, RgbImage } from './image.ts';

export interface ResampleOptions {
  /**
   * Bits to which values are rounded after either direction, as libvips does with opaque pictures: 8 for
   * pictures from files. Default: not rounded.
   */
  readonly depth?: 8;
  /**
   * More exact than libvips: enlarges from the middles of pixels, so that nothing moves, and keeps whole
   * weights, so that flat pictures stay flat.
   */
  readonly centred?: boolean;
  /** Default true: results are within 0–1. Reducing clamps in any case. */
  readonly clamped?: boolean;
}

/** A picture at another size; the picture itself if it has that size. Colours are weighted by their alpha. */
export function resampleImage(
  image: RgbImage,
  size: ImageSize,
  { depth, centred = false, clamped = true }: ResampleOptions = {},
): RgbImage {
  const { width, height } = size;
  if (image.width === width && image.height === height) return image;
  const { alpha } = image;
  const eight = depth === 8 && alpha === undefined;
  const columns = plan(image.width, width, eight, centred);
  const rows = plan(image.height, height, eight, centred);
  const scaled = (plane: Float32Array): Float32Array => {
    // In units of 1/255, sums of bytes and weights are exact, and so are values halfway between two bytes.
    const own = eight ? plane.map((value) => Math.round(255 * value)) : plane;
    const made =
      height < image.height
        ? across(down(own, image.width, rows), { width: image.width, height }, columns)
        : down(across(own, image, columns), width, rows);
    return eight ? made.map((value) => value / 255) : made;
  };
  const made = alpha && scaled(alpha).map(unit);
  const data = new Float32Array(3 * width * height);
  const pixels = image.width * image.height;
  for (let c = 0; c < 3; c++) {
    const plane = image.data.subarray(c * pixels, (c + 1) * pixels);
    const values = scaled(alpha === undefined ? plane : plane.map((value, i) => value * (alpha[i] ?? 1)));
    for (let i = 0; i < values.length; i++) {
      const weight = made?.[i] ?? 1;
      const value = weight === 0 ? 0 : (values[i] ?? 0) / weight;
      data[c * values.length + i] = clamped ? unit(value) : value;
    }
  }
  return made === undefined ? { width, height, data } : { width, height, data, alpha: made };
}

/** Plan for one direction: means over boxes first, then weighted sums. */
interface Plan {
  /** Number of source pixels that are averaged to one. */
  readonly box: number;
  /** For each output pixel the index of its first source pixel or box, which may be negative. */
  readonly starts: Int32Array;
  /** `length` weights for each output pixel, which sum to 1. */
  readonly weights: Float32Array;
  readonly length: number;
  readonly settle: Settle;
}

/** Number of positions between pixels for which libvips keeps weights. */
const PLACES = 64;

/** libvips truncates weights to multiples of 1/4096, except when it enlarges more than 8 bits. */
const STEPS = 4096;

function plan(from: number, to: number, eight: boolean, centred: boolean): Plan {
  const scale = from / to;
  // The largest box that leaves a factor of 2 for the better filter.
  const box = Math.max(1, Math.floor(scale / 2));
  const rest = scale / box;
  const reduces = rest > 1;
  const length = reduces ? 2 * Math.round(3 * rest) + 1 : 4;
  const starts = new Int32Array(to);
  const weights = new Float32Array(to * length);
  for (let i = 0; i < to; i++) {
    // libvips enlarges from the corners of the output pixels, not from their middles.
    const place = reduces ? (i + 0.5) * rest : (centred ? i + 0.5 : i) * rest - 0.5;
    const before = Math.floor(place);
    const part = ((Math.floor((place - before) * 2 * PLACES) + 1) >> 1) / PLACES;
    starts[i] = reduces ? before - (length - 1) / 2 : before - 1;
    const middle = reduces ? part + length / 2 - 1 : part + 1;
    let sum = 0;
    for (let k = 0; k < length; k++) {
      const weight = reduces ? lanczos3((k - middle) / rest) : catmullRom(k - middle);
      weights[i * length + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < length; k++) {
      const share = (weights[i * length + k] ?? 0) / sum;
      weights[i * length + k] = (reduces || eight) && !centred ? Math.trunc(share * STEPS) / STEPS : share;
    }
  }
  const settle = reduces ? (eight ? byte : unit) : eight ? whole : kept;
  return { box, starts, weights, length, settle };
}

/**
 * Rounds or clamps a value after one direction. libvips reduces in two steps, with clamped whole numbers
 * between them, and enlarges in one.
 */
type Settle = (value: number) => number;

/** Columns `[from, width]` to `[to, width]`, row by row of the source, in the order of memory. */
function down(plane: Float32Array, width: number, { box, starts, weights, length, settle }: Plan) {
  const source = box === 1 ? plane : boxesDown(plane, width, box, settle);
  const last = source.length / width - 1;
  const result = new Float32Array(starts.length * width);
  for (let y = 0; y < starts.length; y++) {
    const row = result.subarray(y * width, (y + 1) * width);
    for (let k = 0; k < length; k++) {
      const weight = weights[y * length + k] ?? 0;
      const from = inside((starts[y] ?? 0) + k, last) * width;
      for (let x = 0; x < width; x++) row[x] = (row[x] ?? 0) + weight * (source[from + x] ?? 0);
    }
  }
  return settle === kept ? result : result.map(settle);
}

/** Rows `[height, from]` to `[height, to]`. */
function across(plane: Float32Array, size: ImageSize, { box, starts, weights, length, settle }: Plan) {
  const source = box === 1 ? plane : boxesAcross(plane, size, box, settle);
  const width = source.length / size.height;
  const to = starts.length;
  const result = new Float32Array(size.height * to);
  for (let y = 0; y < size.height; y++) {
    const row = y * width;
    for (let x = 0; x < to; x++) {
      const first = starts[x] ?? 0;
      let sum = 0;
      for (let k = 0; k < length; k++) {
        sum += (weights[x * length + k] ?? 0) * (source[row + inside(first + k, width - 1)] ?? 0);
      }
      result[y * to + x] = sum;
    }
  }
  return settle === kept ? result : result.map(settle);
}

/** Means over `box` rows; the last row stands for those beyond it. */
function boxesDown(plane: Float32Array, width: number, box: number, settle: Settle): Float32Array {
  const last = plane.length / width - 1;
  const result = new Float32Array(Math.ceil((last + 1) / box) * width);
  for (let i = 0; i < result.length; i++) {
    const [top, x] = [Math.floor(i / width) * box, i % width];
    let sum = 0;
    for (let k = 0; k < box; k++) sum += plane[inside(top + k, last) * width + x] ?? 0;
    result[i] = settle === byte ? meanOfBytes(sum, box) : sum / box;
  }
  return result;
}

/** Means over `box` columns; the last column stands for those beyond it. */
function boxesAcross(plane: Float32Array, { width, height }: ImageSize, box: number, settle: Settle) {
  const columns = Math.ceil(width / box);
  const result = new Float32Array(columns * height);
  for (let i = 0; i < result.length; i++) {
    const [y, left] = [Math.floor(i / columns), (i % columns) * box];
    let sum = 0;
    for (let k = 0; k < box; k++) sum += plane[y * width + inside(left + k, width - 1)] ?? 0;
    result[i] = settle === byte ? meanOfBytes(sum, box) : sum / box;
  }
  return result;
}

/** Mean as in libvips, which multiplies by the whole part of 2²⁴ / count. */
function meanOfBytes(sum: number, count: number): number {
  return Math.floor(((sum + (count >> 1)) * Math.floor(2 ** 24 / count)) / 2 ** 24);
}

/** Beyond the picture its edge is repeated. */
function inside(index: number, last: number): number {
  return index < 0 ? 0 : index > last ? last : index;
}

function kept(value: number): number {
  return value;
}

function whole(value: number): number {
  return Math.floor(value + 0.5);
}

function byte(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : Math.floor(value + 0.5);
}

function lanczos3(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) > 3) return 0;
  const angle = Math.PI * x;
  return (3 * Math.sin(angle) * Math.sin(angle / 3)) / angle ** 2;
}

function catmullRom(x: number): number {
  const at = Math.abs(x);
  if (at >= 2) return 0;
  return at < 1 ? (1.5 * at - 2.5) * at * at + 1 : ((2.5 - 0.5 * at) * at - 4) * at + 2;
}
