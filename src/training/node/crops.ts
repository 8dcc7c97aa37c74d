/** The order of a run's pictures, and random crops of them, at mixed scales. Node only. */

import { permutation, type RandomGenerator, stream, uniformInt } from '../../random.ts';
import type { Pixels } from './picture-cache.ts';

export interface CropOptions {
  /** Side of a crop in pixels. */
  readonly size: number;
  /** Range of the side of the region that a crop shows, limited to the picture. */
  readonly regionMin: number;
  readonly regionMax: number;
  /** Whether half of the crops are mirrored. */
  readonly mirror: boolean;
}

/**
 * The picture, 0 … count − 1, at a place in the order of a run. Every picture comes once in a random order,
 * then again in another. It depends on its arguments alone, so that a resumed run continues exactly where the
 * other stopped.
 */
export function indexAt(count: number, seed: number, name: string, place: number): number {
  return order(count, seed, name, Math.floor(place / count))[place % count] ?? 0;
}

/**
 * Random crops of the given pictures, `[N, 3, size, size]`, RGB 0–1. Regions begin and end at whole pixels:
 * one of the crop's size is the picture's own pixels.
 */
export function crops(
  pictures: readonly Pixels[],
  random: RandomGenerator,
  options: CropOptions,
): Float32Array<ArrayBuffer> {
  const { size } = options;
  const result = new Float32Array(pictures.length * 3 * size * size);
  pictures.forEach(({ data, width, height }, i) => {
    const short = Math.min(width, height);
    const low = Math.min(options.regionMin, short);
    const high = Math.min(options.regionMax, short);
    const region = uniformInt(random, low, high);
    const left = uniformInt(random, 0, width - region);
    const top = uniformInt(random, 0, height - region);
    const mirrored = options.mirror && uniformInt(random, 0, 1) === 1;
    const target = result.subarray(i * 3 * size * size, (i + 1) * 3 * size * size);
    resample({ data, width, height }, { left, top, region, mirrored }, size, target);
  });
  return result;
}

const orders = new Map<string, Uint32Array>();

function order(count: number, seed: number, name: string, epoch: number): Uint32Array {
  const key = `${count}/${seed}/${name}/${epoch}`;
  const known = orders.get(key);
  if (known !== undefined) return known;
  if (orders.size > 8) orders.clear();
  const fresh = permutation(stream(seed, 'order', name, epoch), count);
  orders.set(key, fresh);
  return fresh;
}

interface Region {
  readonly left: number;
  readonly top: number;
  readonly region: number;
  readonly mirrored: boolean;
}

/**
 * The filters of {@link readImage}, as for users' pictures: Lanczos-3 as wide as the reduction, so
 * that shrinking does not alias, and Catmull-Rom for enlarging. A softer filter teaches the
 * networks to paint softly.
 */
function resample(
  picture: Pixels,
  { left, top, region, mirrored }: Region,
  size: number,
  out: Float32Array,
): void {
  const columns = taps(left, region, size, picture.width);
  const rows = taps(top, region, size, picture.height);
  const firstRow = rows.starts[0] ?? 0;
  const lastRow = (rows.starts[size - 1] ?? 0) + rows.length;
  const wide = new Float32Array((lastRow - firstRow) * size * 3);
  for (let y = firstRow; y < lastRow; y++) {
    for (let x = 0; x < size; x++) {
      const start = columns.starts[x] ?? 0;
      let r = 0;
      let g = 0;
      let b = 0;
      for (let k = 0; k < columns.length; k++) {
        const weight = columns.weights[x * columns.length + k] ?? 0;
        const at = (y * picture.width + start + k) * 3;
        r += weight * (picture.data[at] ?? 0);
        g += weight * (picture.data[at + 1] ?? 0);
        b += weight * (picture.data[at + 2] ?? 0);
      }
      const to = ((y - firstRow) * size + (mirrored ? size - 1 - x : x)) * 3;
      wide[to] = r;
      wide[to + 1] = g;
      wide[to + 2] = b;
    }
  }
  const plane = size * size;
  for (let y = 0; y < size; y++) {
    const start = (rows.starts[y] ?? 0) - firstRow;
    for (let x = 0; x < size; x++) {
      let r = 0;
      let g = 0;
      let b = 0;
      for (let k = 0; k < rows.length; k++) {
        const weight = rows.weights[y * rows.length + k] ?? 0;
        const at = ((start + k) * size + x) * 3;
        r += weight * (wide[at] ?? 0);
        g += weight * (wide[at + 1] ?? 0);
        b += weight * (wide[at + 2] ?? 0);
      }
      const to = y * size + x;
      out[to] = unit(r);
      out[to + plane] = unit(g);
      out[to + 2 * plane] = unit(b);
    }
  }
}

/** Bytes to 0–1. The filters overshoot at edges. */
function unit(value: number): number {
  return Math.min(255, Math.max(0, value)) / 255;
}

/**
 * The first source pixel, and weights that sum to 1, for each of `size` output pixels over
 * `[offset, offset + region)`.
 */
function taps(offset: number, region: number, size: number, limit: number) {
  const scale = region / size;
  const kernel = scale > 1 ? lanczos3 : catmullRom;
  const stretch = Math.max(1, scale);
  const radius = kernel.support * stretch;
  const length = Math.min(limit, Math.ceil(2 * radius));
  const starts = new Int32Array(size);
  const weights = new Float32Array(size * length);
  for (let i = 0; i < size; i++) {
    const centre = offset + (i + 0.5) * scale - 0.5;
    const start = Math.max(0, Math.min(limit - length, Math.ceil(centre - radius)));
    starts[i] = start;
    let sum = 0;
    for (let k = 0; k < length; k++) {
      const weight = kernel.weight(Math.abs(start + k - centre) / stretch);
      weights[i * length + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < length; k++) weights[i * length + k] = (weights[i * length + k] ?? 0) / sum;
  }
  return { starts, weights, length };
}

/** A filter: its extent, and its value at a distance. */
interface Kernel {
  readonly support: number;
  weight(distance: number): number;
}

const lanczos3: Kernel = {
  support: 3,
  weight: (x) => {
    if (x >= 3) return 0;
    const angle = Math.PI * x;
    return x === 0 ? 1 : (3 * Math.sin(angle) * Math.sin(angle / 3)) / angle ** 2;
  },
};

const catmullRom: Kernel = {
  support: 2,
  weight: (x) => {
    if (x >= 2) return 0;
    return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((2.5 - 0.5 * x) * x - 4) * x + 2;
  },
};
