/** Masks: where each style of a mixture is painted, and how strongly the picture is painted at all. */

import { SettingError } from '../errors.ts';
import type { ImageSize } from '../images/image.ts';

/** A soft mask of any size, laid over the whole picture: row-major `[height, width]`, 0–1. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/**
 * Checks a mask from outside.
 *
 * @param name names the mask in errors
 * @throws SettingError
 */
export function checkMask({ width, height, data }: Mask, name: string): void {
  const pixels = width * height;
  if (!(Number.isInteger(width) && Number.isInteger(height) && pixels > 0 && data?.length === pixels)) {
    const received = `${data?.length ?? 'no'} values for ${width}×${height}`;
    throw new SettingError({ expected: 'a value for each pixel of the mask', name, received });
  }
  if (data.some((value) => !(value >= 0 && value <= 1))) {
    const wrong = data.find((value) => !(value >= 0 && value <= 1));
    throw new SettingError({ expected: 'values from 0 to 1', name, received: `${wrong}` });
  }
}

/** Rows and columns of a picture, in pixels. */
export interface Window {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** Strides of the maps that a generator may ask for: up to relu5_1 of a draft that is revised twice. */
export const mapStrides = [1, 2, 4, 8, 16, 32, 64] as const;

/**
 * Size of the map at a stride. The decoder's maps are those of relu4_1 doubled, so some
 * have a row more than needed.
 */
export function shareMapSize({ height, width }: ImageSize, stride: number): readonly [number, number] {
  const unit = Math.max(8, stride);
  return [Math.ceil(height / unit) * (unit / stride), Math.ceil(width / unit) * (unit / stride)];
}

/**
 * The share of each style in a window, as maps `[K, h, w]` by stride. At each pixel the shares are in the
 * ratio of weight · mask; where no mask shows anything, they are in the ratio of the weights.
 */
export function shareMaps(
  weights: readonly number[],
  masks: readonly (Mask | undefined)[],
  picture: ImageSize,
  window: Window,
  strides: readonly number[],
): Map<number, Float32Array> {
  const [height, width] = shareMapSize(window, 1);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const planes = masks.map((mask) => mask && sampled(mask, picture, window, height, width));
  const count = height * width;
  const shares = new Float32Array(weights.length * count);
  for (let i = 0; i < count; i++) {
    let total = 0;
    for (const [k, weight] of weights.entries()) {
      const share = weight * (planes[k] === undefined ? 1 : (planes[k][i] ?? 0));
      shares[k * count + i] = share;
      total += share;
    }
    for (const [k, weight] of weights.entries()) {
      shares[k * count + i] = total > 0 ? (shares[k * count + i] ?? 0) / total : weight / sum;
    }
  }
  return new Map(
    strides.map((stride) => [stride, pooled(shares, weights.length, [height, width], window, stride)]),
  );
}

/**
 * The strength at which a window is painted, `[height, width]` 0–1: the sum of the masks, at most 1, times
 * `map`. Undefined if it is 1 everywhere.
 */
export function coverage(
  masks: readonly (Mask | undefined)[],
  map: Mask | undefined,
  picture: ImageSize,
  window: Window,
): Float32Array | undefined {
  const { height, width } = window;
  const open = masks.some((mask) => mask === undefined);
  if (open && map === undefined) return undefined;
  const result = new Float32Array(height * width).fill(open ? 1 : 0);
  if (!open) {
    for (const mask of masks) {
      const plane = mask && sampled(mask, picture, window, height, width);
      plane?.forEach((value, i) => {
        result[i] = Math.min(1, (result[i] ?? 0) + value);
      });
    }
  }
  if (map !== undefined) {
    const plane = sampled(map, picture, window, height, width);
    for (let i = 0; i < result.length; i++) result[i] = (result[i] ?? 0) * (plane[i] ?? 0);
  }
  return result;
}

/** The mask over `height` × `width` pixels from the window's corner: bilinear, with repeated edges. */
function sampled(
  mask: Mask,
  picture: ImageSize,
  { top, left }: Window,
  height: number,
  width: number,
): Float32Array {
  const rows = places(top, height, picture.height, mask.height);
  const columns = places(left, width, picture.width, mask.width);
  const result = new Float32Array(height * width);
  for (let y = 0; y < height; y++) {
    const above = (rows.low[y] ?? 0) * mask.width;
    const below = (rows.high[y] ?? 0) * mask.width;
    const down = rows.part[y] ?? 0;
    for (let x = 0; x < width; x++) {
      const [l, r, along] = [columns.low[x] ?? 0, columns.high[x] ?? 0, columns.part[x] ?? 0];
      const upper = (mask.data[above + l] ?? 0) * (1 - along) + (mask.data[above + r] ?? 0) * along;
      const lower = (mask.data[below + l] ?? 0) * (1 - along) + (mask.data[below + r] ?? 0) * along;
      result[y * width + x] = upper * (1 - down) + lower * down;
    }
  }
  return result;
}

/**
 * The two places of the mask beside each of `count` pixels from `start` on, and the distance to the first.
 */
function places(start: number, count: number, pixels: number, own: number) {
  const [low, high, part] = [new Int32Array(count), new Int32Array(count), new Float32Array(count)];
  for (let i = 0; i < count; i++) {
    const place = Math.min(own - 1, Math.max(0, ((start + i + 0.5) * own) / pixels - 0.5));
    low[i] = Math.floor(place);
    high[i] = Math.min(own - 1, Math.floor(place) + 1);
    part[i] = place - Math.floor(place);
  }
  return { low, high, part };
}

/** Means over `stride` × `stride` blocks of `[K, height, width]`. */
function pooled(
  shares: Float32Array,
  styles: number,
  [height, width]: readonly [number, number],
  window: ImageSize,
  stride: number,
): Float32Array {
  if (stride === 1) return shares;
  const [rows, columns] = shareMapSize(window, stride);
  const result = new Float32Array(styles * rows * columns);
  for (let k = 0; k < styles; k++) {
    for (let row = 0; row < rows; row++) {
      const end = Math.min(height, (row + 1) * stride);
      for (let column = 0; column < columns; column++) {
        const right = Math.min(width, (column + 1) * stride);
        let sum = 0;
        for (let y = row * stride; y < end; y++) {
          for (let x = column * stride; x < right; x++) sum += shares[(k * height + y) * width + x] ?? 0;
        }
        const count = (end - row * stride) * (right - column * stride);
        result[(k * rows + row) * columns + column] = sum / count;
      }
    }
  }
  return result;
}
