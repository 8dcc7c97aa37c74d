/** Textures of brush hairs in every direction: the look of a painting from nearby. */

import { stream, uniformFloat64 } from '../random.ts';

/** Side of a texture in pixels, a power of two. The texture repeats without a seam. */
const TEXTURE_SIDE = 256;

/** How many directions there are in a half turn. */
const DIRECTIONS = 16;

/** Standard deviations in pixels, along a hair and across it, of the blur that turns noise into hairs. */
const [LENGTH, WIDTH] = [14, 0.8];

/** Structure broader than this across the hairs is removed: from further away no hairs should be seen. */
const BROAD = 2.2;

/** Direction of the light, in turns from the right, clockwise on the screen: the upper left. */
const LIGHT = 0.625;

/** Height of the paint and its lighting, each `[direction, row, column]` with mean 0 and variance 1. */
export interface Bristles {
  readonly height: Float32Array;
  readonly light: Float32Array;
}

let made: Bristles | undefined;

/**
 * The textures, the same everywhere and every time. They are made once, in a few tenths of
 * a second, and kept: 8 MB.
 */
export function bristles(): Bristles {
  made ??= makeBristles();
  return made;
}

/** Index of a pixel of a picture in a texture. */
export function textureAt(x: number, y: number): number {
  return (y & (TEXTURE_SIDE - 1)) * TEXTURE_SIDE + (x & (TEXTURE_SIDE - 1));
}

/**
 * A texture's value for hairs at any angle, blended from the two nearest directions; its variance stays 1.
 */
export function between(texture: Float32Array, angle: number, place: number): number {
  const turn = (angle / Math.PI) * DIRECTIONS + DIRECTIONS;
  const whole = Math.floor(turn);
  const share = turn - whole;
  const [first, second] = [whole % DIRECTIONS, (whole + 1) % DIRECTIONS];
  const one = texture[first * TEXTURE_SIDE ** 2 + place] ?? 0;
  const other = texture[second * TEXTURE_SIDE ** 2 + place] ?? 0;
  return ((1 - share) * one + share * other) / Math.sqrt(share * share + (1 - share) * (1 - share));
}

function makeBristles(): Bristles {
  const area = TEXTURE_SIDE ** 2;
  const [height, light] = [new Float32Array(DIRECTIONS * area), new Float32Array(DIRECTIONS * area)];
  for (let direction = 0; direction < DIRECTIONS; direction++) {
    const angle = (Math.PI * direction) / DIRECTIONS;
    const random = stream(1, 'bristles', direction);
    const noise = Float32Array.from({ length: area }, () => uniformFloat64(random) - 0.5);
    const drawn = along(noise, angle, LENGTH);
    const fine = along(drawn, angle + Math.PI / 2, WIDTH);
    const broad = along(drawn, angle + Math.PI / 2, BROAD);
    const smooth = fine.map((value, i) => value - (broad[i] ?? 0));
    height.set(standardised(smooth), direction * area);
    light.set(standardised(slope(smooth)), direction * area);
  }
  return { height, light };
}

/** Weighted means along a line through every pixel, bilinear; opposite edges of the plane meet. */
function along(plane: Float32Array, angle: number, deviation: number): Float32Array {
  const reach = Math.ceil(2.5 * deviation);
  const result = new Float32Array(plane.length);
  let sum = 0;
  for (let step = -reach; step <= reach; step++) {
    const weight = Math.exp(-0.5 * (step / deviation) ** 2);
    add(result, plane, weight, step * Math.cos(angle), step * Math.sin(angle));
    sum += weight;
  }
  return result.map((value) => value / sum);
}

/** Drop of the paint's height per pixel away from the light. */
function slope(plane: Float32Array): Float32Array {
  const [x, y] = [Math.cos(2 * Math.PI * LIGHT), Math.sin(2 * Math.PI * LIGHT)];
  const result = new Float32Array(plane.length);
  add(result, plane, -1, x, y);
  add(result, plane, 1, -x, -y);
  return result;
}

/** Adds weight · plane, shifted by `x` and `y` pixels, which may be fractions. */
function add(result: Float32Array, plane: Float32Array, weight: number, x: number, y: number): void {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, bottom] = [x - left, y - top];
  const mask = TEXTURE_SIDE - 1;
  for (let row = 0; row < TEXTURE_SIDE; row++) {
    const above = ((row + top) & mask) * TEXTURE_SIDE;
    const below = ((row + top + 1) & mask) * TEXTURE_SIDE;
    for (let column = 0; column < TEXTURE_SIDE; column++) {
      const [l, r] = [(column + left) & mask, (column + left + 1) & mask];
      const upper = (plane[above + l] ?? 0) * (1 - right) + (plane[above + r] ?? 0) * right;
      const lower = (plane[below + l] ?? 0) * (1 - right) + (plane[below + r] ?? 0) * right;
      const i = row * TEXTURE_SIDE + column;
      result[i] = (result[i] ?? 0) + weight * (upper * (1 - bottom) + lower * bottom);
    }
  }
}

function standardised(plane: Float32Array): Float32Array {
  const mean = plane.reduce((sum, value) => sum + value, 0) / plane.length;
  const variance = plane.reduce((sum, value) => sum + (value - mean) ** 2, 0) / plane.length;
  return plane.map((value) => (value - mean) / Math.sqrt(variance));
}
