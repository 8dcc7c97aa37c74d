/**
 * A painting at the size of its photograph. It is enlarged from the finest strokes and takes as much of the
 * content's own detail as wanted. From nearby it shows the dabs of a brush.
 */

import { blurred, lumaAt, lumaPlane } from '../images/planes.ts';
import type { ImageSize, RgbImage } from '../images/image.ts';
import { resampleImage } from '../images/resample.ts';
import { layDabs } from './dabs.ts';
import type { Window } from './masks.ts';

/** Maps a window of the content to the same window of the painting, with values around 0–1. */
export type Surface = (content: RgbImage, window: Window) => RgbImage;

/** Widths of broad and of fine dabs, in pixels of the painting. */
const DAB_WIDTHS = [2.2, 0.8];

/** What gives strokes a direction where the painting has none: from lower left to upper right. */
const USUAL = { x: 0, y: -1e-7 };

/** How strongly the relief of dabs is lit, on the scale 0–1. */
const LIT = 0.018;

/** Change of luma over two pixels of the painting at which detail is 0.5. */
const HALF_DETAIL = 0.03;

/**
 * How much dabs cover, and the enlargement at which they do. In a picture hardly larger than its painting
 * they would be specks, so they come in with the enlargement.
 */
const [COVERS, FULL] = [[0.75, 0.95], 3] as const;

/** Distance of the places along a stroke whose mean is its colour, in pixels of the painting. */
const ALONG = 1.1;

/**
 * Standard deviations, in pixels of the painting, of the neighbourhoods that give strokes their direction,
 * and their weights: where nothing is nearby, strokes follow what is further away.
 */
const NEIGHBOURHOODS = [
  { deviation: 3, weight: 1 },
  { deviation: 12, weight: 0.1 },
  { deviation: 40, weight: 0.05 },
];

/**
 * Brings `painting`, made of `content` at the same size, to a picture of `size`, window by window. The
 * borders of windows are not visible.
 *
 * @param detail share of the larger content's detail beyond the small one that is laid over, 0–1
 */
export function surface(painting: RgbImage, content: RgbImage, size: ImageSize, detail: number): Surface {
  const enlarging = Math.max(size.width / painting.width, size.height / painting.height);
  const shown = Math.min(1, (enlarging - 1) / (FULL - 1));
  const twice = { width: 2 * painting.width, height: 2 * painting.height };
  const sharp = sharpened(painting, ENLARGING_BLUR);
  const paint = resampleImage(sharp, twice, { centred: true, clamped: false });
  const area = paint.width * paint.height;
  const colours = [0, 1, 2].map((c) => paint.data.subarray(c * area, (c + 1) * area));
  const strokes = flow(painting);
  const small = lumaPlane(content);
  const [across, down] = [painting.width / size.width, painting.height / size.height];
  const rows = { paint: new Rows(paint, size), small: new Rows(painting, size) };
  /** The four pixels around a place, in the painting and in the paint that is laid there. */
  const [at, from] = [new Around(painting), new Around(paint)];
  const move = (x: number, y: number) => {
    const [u, v] = [(x + 0.5) * across - 0.5, (y + 0.5) * down - 0.5];
    at.move(u, v);
    // The paint has twice the painting's size.
    from.move(2 * u + 0.5, 2 * v + 0.5);
  };
  const dabs = {
    widths: DAB_WIDTHS.map((width) => width * enlarging),
    covers: COVERS.map((cover) => cover * shown),
    ground(x: number, y: number) {
      move(x, y);
      const angle = Math.atan2(at.mean(strokes.y) + USUAL.y, at.mean(strokes.x) + USUAL.x) / 2;
      return { angle, detail: at.mean(strokes.detail) };
    },
    colour(x: number, y: number, angle: number) {
      // Along the stroke, so that the steps of slanted edges are not seen.
      const [dx, dy] = [ALONG * enlarging * Math.cos(angle), ALONG * enlarging * Math.sin(angle)];
      const sum = [0, 0, 0];
      for (const k of [-1, 0, 1]) {
        move(x + k * dx, y + k * dy);
        for (const [c, plane] of colours.entries()) sum[c] = (sum[c] ?? 0) + from.mean(plane) / 3;
      }
      const [red = 0, green = 0, blue = 0] = sum;
      return { red, green, blue };
    },
  };

  return (band, window) => {
    const { top, left, height, width } = window;
    const pixels = height * width;
    const data = new Float32Array(3 * pixels);
    const own = new Float32Array(pixels);
    for (let row = 0; row < height; row++) {
      const first = row * width;
      for (const [c, plane] of colours.entries()) {
        rows.paint.read(
          plane,
          top + row,
          left,
          data.subarray(c * pixels + first, c * pixels + first + width),
        );
      }
      rows.small.read(small, top + row, left, own.subarray(first, first + width));
    }
    for (let i = 0; i < pixels; i++) own[i] = detail * (lumaAt(band.data, i, pixels) - (own[i] ?? 0));
    const relief = new Float32Array(pixels);
    layDabs(data, relief, window, dabs);
    for (let i = 0; i < pixels; i++) {
      const laid = (own[i] ?? 0) + LIT * (relief[i] ?? 0);
      for (let k = i; k < 3 * pixels; k += pixels) data[k] = (data[k] ?? 0) + laid;
    }
    return { width, height, data };
  };
}

/** Rows of planes that are enlarged to a size, linear between the pixels. */
class Rows {
  readonly #from: ImageSize;
  readonly #down: number;
  readonly #near: Int32Array;
  readonly #part: Float32Array;
  readonly #mixed: Float32Array;

  constructor(from: ImageSize, size: ImageSize) {
    this.#from = { width: from.width, height: from.height };
    this.#down = from.height / size.height;
    this.#near = new Int32Array(size.width);
    this.#part = new Float32Array(size.width);
    // One more, so that the last pixel has a neighbour.
    this.#mixed = new Float32Array(from.width + 1);
    for (let x = 0; x < size.width; x++) {
      const u = within(((x + 0.5) * from.width) / size.width - 0.5, from.width);
      this.#near[x] = Math.floor(u);
      this.#part[x] = u - Math.floor(u);
    }
  }

  /** Fills `target` with the values of row `y`, from column `left` on. */
  read(plane: Float32Array, y: number, left: number, target: Float32Array): void {
    const { width, height } = this.#from;
    const v = within((y + 0.5) * this.#down - 0.5, height);
    const above = Math.floor(v) * width;
    const below = Math.floor(v) + 1 < height ? above + width : above;
    const part = v - Math.floor(v);
    const mixed = this.#mixed;
    const [near, right] = [this.#near, this.#part];
    const last = Math.min(width - 1, (near[left + target.length - 1] ?? 0) + 1);
    for (let x = near[left] ?? 0; x <= last; x++) {
      const upper = plane[above + x] ?? 0;
      mixed[x] = upper + part * ((plane[below + x] ?? 0) - upper);
    }
    mixed[last + 1] = mixed[last] ?? 0;
    for (let i = 0; i < target.length; i++) {
      const x = near[left + i] ?? 0;
      const value = mixed[x] ?? 0;
      target[i] = value + (right[left + i] ?? 0) * ((mixed[x + 1] ?? 0) - value);
    }
  }
}

function within(place: number, length: number): number {
  return place < 0 ? 0 : place > length - 1 ? length - 1 : place;
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
    const [x, y] = [within(u, this.#width), within(v, this.#height)];
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
const ENLARGING_BLUR = 0.3;

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

/**
 * Direction of strokes at each pixel, along the least change: `(cos 2θ, sin 2θ)` times its certainty. Detail:
 * 0 in plain ground, near 1 at edges.
 */
function flow(painting: RgbImage) {
  const { width, height } = painting;
  const luma = lumaPlane(painting);
  const at = (x: number, y: number) =>
    luma[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))] ?? 0;
  const [real, imaginary] = [new Float32Array(luma.length), new Float32Array(luma.length)];
  const change = new Float32Array(luma.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const gx = at(x + 1, y) - at(x - 1, y);
      const gy = at(x, y + 1) - at(x, y - 1);
      // The doubled angle of the gradient, turned by half a turn, is that of the
      // direction at right angles to it.
      real[y * width + x] = gy * gy - gx * gx;
      imaginary[y * width + x] = -2 * gx * gy;
      change[y * width + x] = Math.hypot(gx, gy);
    }
  }
  const smooth = (plane: Float32Array) => {
    const sum = new Float32Array(plane.length);
    for (const { deviation, weight } of NEIGHBOURHOODS) {
      const mean = blurred(plane, painting, deviation);
      for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + weight * (mean[i] ?? 0);
    }
    return sum;
  };
  const detail = blurred(change, painting, 1.5).map((value) => value / (value + HALF_DETAIL));
  return { x: smooth(real), y: smooth(imaginary), detail };
}
