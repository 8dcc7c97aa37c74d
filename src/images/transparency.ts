/** Colours for invisible pixels: fully transparent places are filled from their visible surroundings. */

import type { ImageSize, RgbImage } from './image.ts';

/** Side in pixels of the blocks whose means are kept for the whole picture. */
export const BLOCK = 8;

/** A mean of less visible area than this, in pixels, is mixed with that of the surroundings. */
const SURE = 4;

/** A small block with less visible area, in pixels, has no colour of its own: 8 bits hardly define it. */
const ENOUGH = 0.5;

/**
 * Colours for places without visible pixels near by: one for each block of {@link BLOCK}² pixels, planar
 * `[3, rows, columns]`. They take 0.2 bytes per pixel, so that pictures can be filled band by band.
 */
export interface Surroundings {
  readonly columns: number;
  readonly rows: number;
  readonly colours: Float32Array;
}

/** One level of the pyramid: sums of colour × alpha and of alpha, planar `[4, rows, columns]`. */
interface Level {
  readonly columns: number;
  readonly rows: number;
  readonly sums: Float64Array;
}

/**
 * Fills the fully transparent pixels of a whole picture in place: from the visible pixels in the same 2×2 or
 * 4×4 block, else smoothly from further away, or white if nothing is visible at all. The old colours of these
 * pixels have no influence. Partly transparent pixels keep their colour.
 */
export function fillTransparent(image: RgbImage): void {
  if (image.alpha?.includes(0) !== true) return;
  const gatherer = gatherSurroundings(image);
  gatherer.add(image, 0);
  fillBand(image, 0, gatherer.finish());
}

/** Collects the {@link Surroundings} of a picture that comes in bands. */
export interface Gatherer {
  /** Adds each band once, in any order. It begins at a multiple of {@link BLOCK}, as does the next one. */
  add(band: RgbImage, top: number): void;
  finish(): Surroundings;
}

export function gatherSurroundings({ width, height }: ImageSize): Gatherer {
  const [columns, rows] = [Math.ceil(width / BLOCK), Math.ceil(height / BLOCK)];
  const cells = columns * rows;
  const sums = new Float64Array(4 * cells);
  return {
    add(band, top) {
      for (let y = 0; y < band.height; y++) {
        const line = Math.floor((top + y) / BLOCK) * columns;
        addRow(band, y, sums, line, cells);
      }
    },
    finish: () => ({ columns, rows, colours: spread({ columns, rows, sums }) }),
  };
}

function addRow(
  { width, height, data, alpha }: RgbImage,
  y: number,
  sums: Float64Array,
  line: number,
  cells: number,
): void {
  const pixels = width * height;
  for (let x = 0, pixel = y * width; x < width; x++, pixel++) {
    const part = alpha?.[pixel] ?? 1;
    if (part === 0) continue;
    const cell = line + (x >> 3);
    sums[cell] = (sums[cell] ?? 0) + part * (data[pixel] ?? 0);
    sums[cells + cell] = (sums[cells + cell] ?? 0) + part * (data[pixels + pixel] ?? 0);
    sums[2 * cells + cell] = (sums[2 * cells + cell] ?? 0) + part * (data[2 * pixels + pixel] ?? 0);
    sums[3 * cells + cell] = (sums[3 * cells + cell] ?? 0) + part;
  }
}

/**
 * Fills the fully transparent pixels of a band in place, as {@link fillTransparent} does in the whole
 * picture.
 *
 * @param top row of the picture at which the band begins, a multiple of 4; its height is a multiple of 4 too,
 * or the rest
 */
export function fillBand(band: RgbImage, top: number, around: Surroundings): void {
  const { width, height, alpha } = band;
  if (alpha === undefined) return;
  for (let y = 0; y < height; y += 4) {
    for (let x = 0; x < width; x += 4) {
      const area: Area = { left: x, top: y, right: Math.min(x + 4, width), bottom: Math.min(y + 4, height) };
      if (hasClear(alpha, width, area)) fillBlock(band, alpha, area, top, around);
    }
  }
}

interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function hasClear(alpha: Float32Array, width: number, { left, top, right, bottom }: Area): boolean {
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) if (alpha[y * width + x] === 0) return true;
  }
  return false;
}

/**
 * Fills a block of 4×4 pixels: first all of it, then again the quarters that have enough colour of their own.
 */
function fillBlock(band: RgbImage, alpha: Float32Array, area: Area, top: number, around: Surroundings): void {
  const mean = meanOf(band, alpha, area);
  if (mean === undefined) {
    fillSmoothly(band, alpha, area, top, around);
    return;
  }
  for (let y = area.top; y < area.bottom; y += 2) {
    for (let x = area.left; x < area.right; x += 2) {
      const [right, bottom] = [Math.min(x + 2, area.right), Math.min(y + 2, area.bottom)];
      const quarter = { left: x, top: y, right, bottom };
      paint(band, alpha, quarter, meanOf(band, alpha, quarter) ?? mean);
    }
  }
}

/** Mean colour of an area, weighted by alpha; undefined if too little of it is visible. */
function meanOf(
  { width, height, data }: RgbImage,
  alpha: Float32Array,
  { left, top, right, bottom }: Area,
): readonly [number, number, number] | undefined {
  const pixels = width * height;
  let [red, green, blue, weight] = [0, 0, 0, 0];
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const pixel = y * width + x;
      const part = alpha[pixel] ?? 1;
      if (part === 0) continue;
      red += part * (data[pixel] ?? 0);
      green += part * (data[pixels + pixel] ?? 0);
      blue += part * (data[2 * pixels + pixel] ?? 0);
      weight += part;
    }
  }
  return weight < ENOUGH ? undefined : [red / weight, green / weight, blue / weight];
}

function paint(
  { width, height, data }: RgbImage,
  alpha: Float32Array,
  { left, top, right, bottom }: Area,
  [red, green, blue]: readonly [number, number, number],
): void {
  const pixels = width * height;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const pixel = y * width + x;
      if (alpha[pixel] !== 0) continue;
      data[pixel] = red;
      data[pixels + pixel] = green;
      data[2 * pixels + pixel] = blue;
    }
  }
}

/** A block of 4×4 pixels lies between the middles of the same four cells, so these are looked up once. */
function fillSmoothly(
  { width, height, data }: RgbImage,
  alpha: Float32Array,
  area: Area,
  top: number,
  { columns, rows, colours }: Surroundings,
): void {
  const pixels = width * height;
  const [x0, x1, u0] = between(area.left, columns);
  const [y0, y1, v0] = between(top + area.top, rows);
  for (let c = 0; c < 3; c++) {
    const upper = (c * rows + y0) * columns;
    const lower = (c * rows + y1) * columns;
    const [a = 0, b = 0] = [colours[upper + x0], colours[upper + x1]];
    const [d = 0, e = 0] = [colours[lower + x0], colours[lower + x1]];
    for (let y = area.top; y < area.bottom; y++) {
      const v = v0 + (y - area.top) / BLOCK;
      const [left, right] = [a + v * (d - a), b + v * (e - b)];
      for (let x = area.left; x < area.right; x++) {
        const pixel = y * width + x;
        if (alpha[pixel] !== 0) continue;
        data[c * pixels + pixel] = left + (u0 + (x - area.left) / BLOCK) * (right - left);
      }
    }
  }
}

/**
 * The two cells whose middles enclose a pixel's middle, and its position: 0 at the first, 1 at the second.
 */
function between(pixel: number, cells: number): [number, number, number] {
  const place = (pixel + 0.5) / BLOCK - 0.5;
  const cell = Math.floor(place);
  return [Math.max(0, cell), Math.min(cells - 1, cell + 1), place - cell];
}

/**
 * Gives every block a colour. Sums go up a pyramid to one cell, and colours come down again. A cell without
 * enough visible area is completed from the level above by interpolation.
 */
function spread(base: Level): Float32Array {
  const levels = [base];
  for (let level = base; level.columns > 1 || level.rows > 1; ) {
    level = reduce(level);
    levels.push(level);
  }
  let above: Surroundings | undefined;
  for (const level of levels.toReversed()) above = colour(level, above);
  return above?.colours ?? new Float32Array();
}

/** Half the size, with weights 1 3 3 1: a cell also covers a little of its neighbours, which avoids edges. */
function reduce({ columns, rows, sums }: Level): Level {
  const [half, low] = [Math.ceil(columns / 2), Math.ceil(rows / 2)];
  const reduced = new Float64Array(4 * half * low);
  const weights = [1, 3, 3, 1];
  for (let to = 0; to < reduced.length; to++) {
    const [x, row] = [to % half, Math.floor(to / half)];
    const [y, plane] = [row % low, Math.floor(row / low)];
    let sum = 0;
    for (let i = 0; i < 4; i++) {
      const from = 2 * y - 1 + i;
      if (from < 0 || from >= rows) continue;
      for (let j = 0; j < 4; j++) {
        const column = 2 * x - 1 + j;
        if (column < 0 || column >= columns) continue;
        const weight = (weights[i] ?? 0) * (weights[j] ?? 0);
        sum += (weight * (sums[(plane * rows + from) * columns + column] ?? 0)) / 16;
      }
    }
    reduced[to] = sum;
  }
  return { columns: half, rows: low, sums: reduced };
}

function colour({ columns, rows, sums }: Level, above: Surroundings | undefined): Surroundings {
  const cells = columns * rows;
  const colours = new Float32Array(3 * cells);
  for (let cell = 0; cell < cells; cell++) {
    const weight = sums[3 * cells + cell] ?? 0;
    const own = above === undefined && weight > 0 ? 1 : Math.min(1, weight / SURE);
    const [x, y] = [((cell % columns) + 0.5) / 2, (Math.floor(cell / columns) + 0.5) / 2];
    for (let c = 0; c < 3; c++) {
      const mean = weight === 0 ? 0 : (sums[c * cells + cell] ?? 0) / weight;
      const other = own === 1 ? 0 : above === undefined ? 1 : sample(above, c, x, y);
      colours[c * cells + cell] = own * mean + (1 - own) * other;
    }
  }
  return { columns, rows, colours };
}

/** Bilinear; (0.5, 0.5) is the middle of the first cell. Beyond the outermost middles values are constant. */
function sample({ columns, rows, colours }: Surroundings, channel: number, x: number, y: number): number {
  const [u, v] = [clamp(x - 0.5, columns - 1), clamp(y - 0.5, rows - 1)];
  const [left, top] = [Math.floor(u), Math.floor(v)];
  const [right, bottom] = [Math.min(left + 1, columns - 1), Math.min(top + 1, rows - 1)];
  const at = (column: number, row: number): number => colours[(channel * rows + row) * columns + column] ?? 0;
  const upper = at(left, top) + (u - left) * (at(right, top) - at(left, top));
  const lower = at(left, bottom) + (u - left) * (at(right, bottom) - at(left, bottom));
  return upper + (v - top) * (lower - upper);
}

function clamp(value: number, high: number): number {
  return Math.min(high, Math.max(0, value));
}
