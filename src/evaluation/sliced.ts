/** Sliced Wasserstein distance: the random directions, the positions, and distances of sorted projections. */

import { permutation, standardNormal, stream } from '../random.ts';

/** Number of random directions of the sliced Wasserstein distance, per layer. */
export const DIRECTIONS = 128;
/** Number of positions of a layer that are used: all of them up to this many, beyond that a seeded choice. */
export const POSITIONS = 4096;
/** Seed of directions and positions: the same for every picture, so that numbers can be compared. */
export const METRICS_SEED = 1;

/**
 * Mean squared difference of sorted rows: `a [rows, P]`, `b [rows, Q]`. If P and Q differ, the longer row is
 * brought to the length of the shorter one: see {@link quantiles}.
 */
export function sortedDistance(a: Float32Array, b: Float32Array, rows: number): number {
  const count = Math.min(a.length, b.length) / rows;
  const [x, y] = [quantiles(a, rows, count), quantiles(b, rows, count)];
  let total = 0;
  for (let i = 0; i < x.length; i++) total += ((x[i] ?? 0) - (y[i] ?? 0)) ** 2;
  return total / x.length;
}

/**
 * Sorted rows `[rows, P]` at the quantiles (i + ½) / count, linear between values; unchanged if they are no
 * longer.
 */
export function quantiles(sorted: Float32Array, rows: number, count: number): Float32Array {
  const many = sorted.length / rows;
  if (many <= count) return sorted;
  const result = new Float32Array(rows * count);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < count; i++) {
      const place = ((i + 0.5) / count) * many - 0.5;
      const low = Math.floor(place);
      const value = sorted[row * many + low] ?? 0;
      const next = sorted[row * many + Math.min(low + 1, many - 1)] ?? 0;
      result[row * count + i] = value + (place - low) * (next - value);
    }
  }
  return result;
}

/** `count` unit vectors `[count, dimensions]`, uniform on the sphere and the same for a seed. */
export function randomDirections(count: number, dimensions: number, seed: number): Float32Array {
  const random = stream(seed, 'directions', dimensions);
  const directions = new Float32Array(count * dimensions);
  for (let k = 0; k < count; k++) {
    // Normal components give a uniform direction.
    const vector = Array.from({ length: dimensions }, () => standardNormal(random));
    const length = Math.hypot(...vector);
    directions.set(
      vector.map((v) => v / length),
      k * dimensions,
    );
  }
  return directions;
}

/**
 * `limit` of `count` positions in ascending order, the same for a seed; all positions if there are no more.
 */
export function chosenPositions(count: number, limit: number, seed: number): Float32Array {
  if (count <= limit) return Float32Array.from({ length: count }, (_, i) => i);
  return Float32Array.from(permutation(stream(seed, 'positions', count), count).subarray(0, limit)).sort();
}

/** Rows with fewer values are not worth three histograms. */
const RADIX_MINIMUM = 512;

/**
 * Sorts each row of `[rows, P]` in place, ascending. Radix sort (11, 11 and 10 bits) is several times faster
 * than `sort`.
 */
export function sortRows(values: Float32Array, rows: number): Float32Array {
  const length = values.length / rows;
  if (length < RADIX_MINIMUM) {
    for (let row = 0; row < rows; row++) values.subarray(row * length, (row + 1) * length).sort();
    return values;
  }
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const [first, second] = [new Uint32Array(length), new Uint32Array(length)];
  for (let row = 0; row < rows; row++) {
    const own = bits.subarray(row * length, (row + 1) * length);
    // Flipped in this way, the bits of floats have the order of their values.
    for (let i = 0; i < length; i++) {
      const b = own[i] ?? 0;
      first[i] = b >>> 31 === 1 ? ~b : b | 0x80000000;
    }
    scatter(first, second, 0, 0x7ff);
    scatter(second, first, 11, 0x7ff);
    scatter(first, second, 22, 0x3ff);
    for (let i = 0; i < length; i++) {
      const b = second[i] ?? 0;
      own[i] = b >>> 31 === 1 ? b & 0x7fffffff : ~b;
    }
  }
  return values;
}

const starts = new Uint32Array(0x800);

/** One stable pass over the digit `(key >>> shift) & mask`. */
function scatter(from: Uint32Array, to: Uint32Array, shift: number, mask: number): void {
  starts.fill(0);
  for (let i = 0; i < from.length; i++) {
    const digit = ((from[i] ?? 0) >>> shift) & mask;
    starts[digit] = (starts[digit] ?? 0) + 1;
  }
  let before = 0;
  for (let digit = 0; digit <= mask; digit++) {
    const count = starts[digit] ?? 0;
    starts[digit] = before;
    before += count;
  }
  for (let i = 0; i < from.length; i++) {
    const key = from[i] ?? 0;
    const digit = (key >>> shift) & mask;
    const place = starts[digit] ?? 0;
    to[place] = key;
    starts[digit] = place + 1;
  }
}
