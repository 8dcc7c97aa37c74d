/**
 * A painting at the size of its photograph. It is enlarged from the finest strokes and takes as much of the
 * content's own detail as wanted. From nearby it shows the marks of a brush.
 */

import { internal } from '../errors.ts';
import { blurred, lumaAt, lumaPlane } from '../images/planes.ts';
import type { ImageSize, RgbImage } from '../images/image.ts';
import { resampleImage } from '../images/resample.ts';
import { between, bristles, textureAt } from './bristles.ts';
import type { Window } from './masks.ts';

/** Maps a window of the content to the same window of the painting, with values around 0–1. */
export type Surface = (content: RgbImage, window: Window) => RgbImage;

/**
 * How far hairs carry paint over an edge, in pixels of the painting, and how strongly they are lit, on the
 * scale 0–1. Both grow with the enlargement, up to a bound. Hairs are a few pixels wide; at smaller
 * enlargements they would be seen from further away.
 */
const [CARRIED, MOST_CARRIED] = [0.07, 0.6];
const [LIT, MOST_LIT] = [0.004, 0.03];

/** Standard deviations, in pixels of the painting, of the blurs that smooth the direction of strokes. */
const [NEAR, WIDE] = [2.5, 12];

/** Weight of the wide neighbourhood beside the near one. */
const WIDE_SHARE = 0.05;

/**
 * Brings `painting`, made of `content` at the same size, to a picture of `size`, window by window. The
 * borders of windows are not visible.
 *
 * @param detail share of the larger content's detail beyond the small one that is laid over, 0–1
 */
export function surface(painting: RgbImage, content: RgbImage, size: ImageSize, detail: number): Surface {
  const enlarging = Math.max(size.width / painting.width, size.height / painting.height);
  const carried = Math.min(MOST_CARRIED, CARRIED * (enlarging - 1));
  const lit = Math.min(MOST_LIT, LIT * (enlarging - 1));
  const twice = { width: 2 * painting.width, height: 2 * painting.height };
  const sharp = sharpened(painting, ENLARGING_BLUR + carried ** 2);
  const paint = resampleImage(sharp, twice, { centred: true, clamped: false });
  const area = paint.width * paint.height;
  const [red, green, blue] = [0, 1, 2].map((c) => paint.data.subarray(c * area, (c + 1) * area));
  if (red === undefined || green === undefined || blue === undefined)
    throw internal('a picture of no colours');
  const strokes = flow(painting);
  const small = lumaPlane(content);
  const hairs = bristles();
  const [across, down] = [painting.width / size.width, painting.height / size.height];
  /** The four pixels around a place, in the painting and in the paint that is laid there. */
  const [at, from] = [new Around(painting), new Around(paint)];

  return (band, { top, left, height, width }) => {
    const pixels = height * width;
    const data = new Float32Array(3 * pixels);
    for (let row = 0; row < height; row++) {
      const v = (top + row + 0.5) * down - 0.5;
      for (let column = 0; column < width; column++) {
        const u = (left + column + 0.5) * across - 0.5;
        at.move(u, v);
        const angle = Math.atan2(at.mean(strokes.y), at.mean(strokes.x)) / 2;
        const place = textureAt(left + column, top + row);
        const hair = between(hairs.height, angle, place);
        // The hair moves the place across its direction. The paint has twice the painting's size.
        const x = u - carried * hair * Math.sin(angle);
        const y = v + carried * hair * Math.cos(angle);
        from.move(2 * x + 0.5, 2 * y + 0.5);
        const i = row * width + column;
        const own = detail * (lumaAt(band.data, i, pixels) - at.mean(small));
        const laid = own + lit * between(hairs.light, angle, place);
        data[i] = from.mean(red) + laid;
        data[pixels + i] = from.mean(green) + laid;
        data[2 * pixels + i] = from.mean(blue) + laid;
      }
    }
    return { width, height, data };
  };
}

/** The four pixels around a place, and their weights. A plane continues beyond its borders. */
class Around {
  readonly #width: number;
  readonly #height: number;
  #upper = 0;
  #lower = 0;
  #aside = 0;
  #right = 0;
  #down = 0;

  constructor({ width, height }: ImageSize) {
    this.#width = width;
    this.#height = height;
  }

  /** Moves to column `u` and row `v`. Whole numbers are the centres of pixels. */
  move(u: number, v: number): void {
    const x = u < 0 ? 0 : u > this.#width - 1 ? this.#width - 1 : u;
    const y = v < 0 ? 0 : v > this.#height - 1 ? this.#height - 1 : v;
    const [column, row] = [Math.floor(x), Math.floor(y)];
    this.#right = x - column;
    this.#down = y - row;
    this.#upper = row * this.#width + column;
    this.#lower = row + 1 < this.#height ? this.#upper + this.#width : this.#upper;
    this.#aside = column + 1 < this.#width ? 1 : 0;
  }

  /** A plane's value at the place, linear between the pixels. */
  mean(plane: Float32Array): number {
    const [upper, lower] = [plane[this.#upper] ?? 0, plane[this.#lower] ?? 0];
    const above = upper + this.#right * ((plane[this.#upper + this.#aside] ?? 0) - upper);
    const below = lower + this.#right * ((plane[this.#lower + this.#aside] ?? 0) - lower);
    return above + this.#down * (below - above);
  }
}

/** Variance of the blur that enlarging causes, in pixels of the painting. */
const ENLARGING_BLUR = 0.1;

/**
 * Sharpens a painting so that a blur of that variance, in pixels, nearly restores it: from further away, a
 * surface looks like its painting.
 */
function sharpened(painting: RgbImage, variance: number): RgbImage {
  const blurry = softened(painting.data, painting, variance / 2);
  const data = painting.data.map((value, i) => 2 * value - (blurry[i] ?? 0));
  return { width: painting.width, height: painting.height, data };
}

/** Weighted means of three pixels (`side`, 1 − 2 · side, `side`) in both directions. Edges are repeated. */
function softened(planes: Float32Array, { width, height }: ImageSize, side: number): Float32Array {
  const rows = new Float32Array(planes.length);
  const result = new Float32Array(planes.length);
  for (let row = 0; row < 3 * height; row++) {
    for (let x = 0; x < width; x++) {
      const i = row * width + x;
      const [l, r] = [x > 0 ? i - 1 : i, x < width - 1 ? i + 1 : i];
      rows[i] = (1 - 2 * side) * (planes[i] ?? 0) + side * ((planes[l] ?? 0) + (planes[r] ?? 0));
    }
  }
  for (let row = 0; row < 3 * height; row++) {
    const y = row % height;
    const [up, down] = [y > 0 ? -width : 0, y < height - 1 ? width : 0];
    for (let i = row * width; i < (row + 1) * width; i++) {
      result[i] = (1 - 2 * side) * (rows[i] ?? 0) + side * ((rows[i + up] ?? 0) + (rows[i + down] ?? 0));
    }
  }
  return result;
}

/** Direction of strokes at each pixel, along the least change: `(cos 2θ, sin 2θ)` times its certainty. */
function flow(painting: RgbImage) {
  const { width, height } = painting;
  const luma = lumaPlane(painting);
  const at = (x: number, y: number) =>
    luma[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))] ?? 0;
  const [real, imaginary] = [new Float32Array(luma.length), new Float32Array(luma.length)];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const gx = at(x + 1, y) - at(x - 1, y);
      const gy = at(x, y + 1) - at(x, y - 1);
      // The doubled angle of the gradient, turned by half a turn, is that of the
      // direction at right angles to it.
      real[y * width + x] = gy * gy - gx * gx;
      imaginary[y * width + x] = -2 * gx * gy;
    }
  }
  const both = (plane: Float32Array) => {
    const [near, wide] = [blurred(plane, painting, NEAR), blurred(plane, painting, WIDE)];
    return near.map((value, i) => value + WIDE_SHARE * (wide[i] ?? 0));
  };
  return { x: both(real), y: both(imaginary) };
}
