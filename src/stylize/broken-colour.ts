/**
 * Broken colour: painters lay touches of other hues and tones into plain ground. To a network of
 * convolutions every place of plain ground looks alike, so it paints one tone there, with a pattern that
 * repeats. Light and colours of the picture therefore vary softly there before it is painted.
 */

import { meanOver, safeSqrt, square } from '../graph/composed.ts';
import { add, div, minimum, mul, relu, sub } from '../graph/ops/elementwise.ts';
import { concat, slice } from '../graph/ops/layout.ts';
import { conv } from '../graph/ops/linear.ts';
import { constant } from '../graph/ops/sources.ts';
import { nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { ImageSize, RgbImage } from '../images/image.ts';
import { lumaPlane } from '../images/planes.ts';
import { LUMA } from '../luma.ts';
import { stream, uniformFloat64 } from '../random.ts';
import { BLOCK, detailSize, enlargedMap, enlargedTensor } from './detail.ts';
import { paintingChoices } from './options.ts';
import { enlargedPlane } from './revise.ts';

/** Deviations of what is added to luma and to colours, in the picture's own. */
const [LIGHT, COLOUR] = [0.1, 0.7];

/** Luma below which there is less colour, by the square: touches of it in shadows look like stains. */
const DARK = 0.5;

/** How many sizes of touches there are, each twice the one before. */
const OCTAVES = 4;

/** The smallest touches on the short side of a picture. */
const DRAWN = 64;

/** How red and blue, which differ from luma by a touch, move green, so that luma stays. */
const [GREEN_BY_RED, GREEN_BY_BLUE] = [-LUMA[0] / LUMA[1], -LUMA[2] / LUMA[1]];

/**
 * A picture with touches of other colours in its plain ground, in proportion to how much its own colours
 * vary: a grey picture stays grey. Where they are depends on its shape alone.
 *
 * @param detail the picture's map of detail
 * @param share how much of the usual, 0–1
 */
export function brokenColour(
  picture: RgbImage,
  detail: Float32Array,
  share: number = paintingChoices.brokenColour.default,
): RgbImage {
  if (share === 0) return picture;
  const pixels = picture.width * picture.height;
  const own = picture.data;
  const luma = lumaPlane(picture);
  const ground = detail.map((value) => share * Math.max(0, 1 - 2 * value));
  const touches = (name: string, deviation: number) => {
    const map = touchesOf(picture, name);
    for (let i = 0; i < map.length; i++) map[i] = deviation * (map[i] ?? 0) * (ground[i] ?? 0);
    return enlargedMap(map, picture);
  };
  const light = touches('light', LIGHT * deviationOf(luma));
  const red = touches('red', COLOUR * deviationOf(own.subarray(0, pixels), luma));
  const blue = touches('blue', COLOUR * deviationOf(own.subarray(2 * pixels), luma));
  const data = new Float32Array(own.length);
  for (let i = 0; i < pixels; i++) {
    const lit = Math.min(1, (luma[i] ?? 0) / DARK) ** 2;
    const [l, r, b] = [light[i] ?? 0, red[i] ?? 0, blue[i] ?? 0];
    data[i] = bounded((own[i] ?? 0) + l + lit * r);
    const green = i + pixels;
    data[green] = bounded((own[green] ?? 0) + l + lit * (GREEN_BY_RED * r + GREEN_BY_BLUE * b));
    data[green + pixels] = bounded((own[green + pixels] ?? 0) + l + lit * b);
  }
  return { ...picture, data };
}

function bounded(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}

/** {@link brokenColour} in a graph, of a content `[1, 3, H, W]` and its detail `[1, 1, ⌈H/8⌉, ⌈W/8⌉]`. */
export function brokenColourTensor(content: Tensor, detail: Tensor): Tensor {
  const [, , height, width] = nchw(content.shape, 'content');
  const size = { width, height };
  const luma = conv(content, constant(LUMA, [1, 3, 1, 1]));
  const own = (c: number) => sub(slice(content, [0, c, 0, 0], [1, c + 1, height, width]), luma);
  const ground = relu(sub(1, mul(detail, 2)));
  const touches = (name: string, share: number, value: Tensor) => {
    const centred = sub(value, meanOver(value, [2, 3]));
    const deviation = safeSqrt(meanOver(square(centred), [2, 3]), 1e-12);
    const map = constant(touchesOf(size, name), detail.shape);
    return enlargedTensor(mul(mul(map, ground), mul(deviation, share)), size);
  };
  const [red, blue] = [touches('red', COLOUR, own(0)), touches('blue', COLOUR, own(2))];
  const green = add(mul(red, GREEN_BY_RED), mul(blue, GREEN_BY_BLUE));
  const colours = mul(square(minimum(div(luma, DARK), 1)), concat([red, green, blue], 1));
  return minimum(relu(add(content, add(touches('light', LIGHT, luma), colours))), 1);
}

/**
 * Smooth noise of mean 0 and deviation 1 in several sizes, a map of a picture's blocks. It is drawn for a
 * short side of {@link DRAWN} touches, so that a picture has the same touches at every size.
 */
function touchesOf(picture: ImageSize, name: string): Float32Array {
  const { width, height } = detailSize(picture);
  const scale = (DRAWN * BLOCK) / Math.min(picture.width, picture.height);
  const [across, down] = [width, height].map((length) => Math.ceil(length * scale) + 1) as [number, number];
  let plane: Float32Array = new Float32Array(0);
  let from: ImageSize = { width: 0, height: 0 };
  for (let octave = OCTAVES - 1; octave >= 0; octave--) {
    const size = { width: Math.ceil(across / 2 ** octave), height: Math.ceil(down / 2 ** octave) };
    const isFirst = octave === OCTAVES - 1;
    plane = isFirst ? new Float32Array(size.width * size.height) : enlargedPlane(plane, from, size);
    for (let y = 0; y < size.height; y++) {
      // Rows of their own, so that one column more changes no other.
      const random = stream(1, 'broken colour', name, octave, y);
      for (let x = 0; x < size.width; x++) {
        const at = y * size.width + x;
        plane[at] = (plane[at] ?? 0) + uniformFloat64(random) - 0.5;
      }
    }
    from = size;
  }
  const mean = plane.reduce((sum, value) => sum + value, 0) / plane.length;
  const deviation = deviationOf(plane);
  const [columns, rows] = [placesOf(width, scale), placesOf(height, scale)];
  const valueAt = (x: number, y: number) => plane[y * from.width + x] ?? 0;
  return Float32Array.from({ length: width * height }, (_, i) => {
    const [x, y] = [columns[i % width] ?? 0, rows[Math.floor(i / width)] ?? 0];
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const upper = valueAt(left, top) + (x - left) * (valueAt(left + 1, top) - valueAt(left, top));
    const lower = valueAt(left, top + 1) + (x - left) * (valueAt(left + 1, top + 1) - valueAt(left, top + 1));
    return (upper + (y - top) * (lower - upper) - mean) / deviation;
  });
}

/** Where the middles of blocks lie among those of the drawn map, along one side. */
function placesOf(count: number, scale: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.max(0, (i + 0.5) * scale - 0.5));
}

/** Deviation of a plane, or of its difference from another one. */
function deviationOf(plane: Float32Array, from?: Float32Array): number {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < plane.length; i++) {
    const value = (plane[i] ?? 0) - (from === undefined ? 0 : (from[i] ?? 0));
    sum += value;
    squares += value * value;
  }
  return Math.sqrt(Math.max(0, squares / plane.length - (sum / plane.length) ** 2));
}
