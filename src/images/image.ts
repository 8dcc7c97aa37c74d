/** Pictures in memory, as the networks see them. */

import { ImageError, SettingError } from '../errors.ts';

/** A picture: `data` is planar `[3, H, W]` float32, RGB 0–1 with the sRGB curve, `height * width * 3` values. */
export interface RgbImage {
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  data: Float32Array;
}

/** Width and height in pixels. */
export interface ImageSize {
  width: number;
  height: number;
}

/** A wish for a size in pixels: at most one of the first three. Pictures are also enlarged to it. */
export interface SizeRequest {
  /** The shorter side; the other keeps the aspect ratio. */
  shortSide?: number;
  /** The longer side; the other keeps the aspect ratio. */
  longSide?: number;
  /** Both sides, whatever the aspect ratio. */
  size?: ImageSize;
  /** With `shortSide`: no more pixels in all than this, even if the shorter side falls below its wish. */
  pixelLimit?: number;
}

/**
 * Makes a picture of interleaved bytes `[H, W, 3]`, RGB 0–255.
 *
 * @throws ImageError if `bytes` is not `width * height * 3` long
 */
export function fromInterleaved(bytes: Uint8Array, width: number, height: number): RgbImage {
  const pixels = checkLength(bytes.length, { width, height });
  const data = new Float32Array(bytes.length);
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      data[channel * pixels + pixel] = (bytes[3 * pixel + channel] ?? 0) / 255;
    }
  }
  return { width, height, data };
}

/**
 * The interleaved bytes `[H, W, 3]` of a picture: clamped to 0–1, times 255, rounded to nearest. NaN becomes 0.
 *
 * @throws ImageError if the data do not fit width and height
 */
export function toInterleaved(image: RgbImage): Uint8Array {
  const pixels = checkLength(image.data.length, image);
  // Storing into a clamped array is what clamps and rounds.
  const bytes = new Uint8ClampedArray(image.data.length);
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      bytes[3 * pixel + channel] = (image.data[channel * pixels + pixel] ?? 0) * 255;
    }
  }
  return new Uint8Array(bytes.buffer);
}

/**
 * The size of a picture after a request: each side rounded to nearest, never below 1; without a request
 * the size itself.
 *
 * @throws SettingError if more than one field is set, or a side is not a whole number of at least 1
 */
export function outputSize({ width, height }: ImageSize, request: SizeRequest): ImageSize {
  const { shortSide, longSide, size, pixelLimit = Number.POSITIVE_INFINITY } = request;
  const given = Object.entries({ shortSide, longSide, size }).filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    const received = given.map(([key]) => key).join(' and ');
    throw new SettingError({
      expected: 'one of shortSide, longSide and size',
      name: 'the picture size',
      received,
    });
  }
  if (size !== undefined) {
    return { width: checkSide(size.width, 'size.width'), height: checkSide(size.height, 'size.height') };
  }
  let scale = 1;
  if (shortSide !== undefined) scale = checkSide(shortSide, 'shortSide') / Math.min(width, height);
  if (shortSide !== undefined) scale = Math.min(scale, Math.sqrt(pixelLimit / (width * height)));
  if (longSide !== undefined) scale = checkSide(longSide, 'longSide') / Math.max(width, height);
  const side = (length: number): number => Math.max(1, Math.round(length * scale));
  return { width: side(width), height: side(height) };
}

function checkSide(side: number, name: string): number {
  if (Number.isSafeInteger(side) && side >= 1) return side;
  throw new SettingError({ expected: 'a whole number of pixels, 1 or more', name, received: `${side}` });
}

/** Returns the number of pixels. */
function checkLength(length: number, { width, height }: ImageSize): number {
  const pixels = width * height;
  const sides = [width, height];
  if (!sides.every((side) => Number.isSafeInteger(side) && side >= 1) || length !== 3 * pixels) {
    const expected = 'three values for each pixel';
    const received = `${length} values for ${width}×${height} pixels`;
    throw new ImageError({ expected, name: 'a picture', received });
  }
  return pixels;
}

/** The middle square, `size` pixels wide, of a picture at least that large. */
export function middleSquare({ width, height, data }: RgbImage, size: number): RgbImage {
  const [left, top] = [Math.floor((width - size) / 2), Math.floor((height - size) / 2)];
  const square = new Float32Array(3 * size * size);
  for (let row = 0; row < 3 * size; row++) {
    const [channel, y] = [Math.floor(row / size), row % size];
    const from = (channel * height + top + y) * width + left;
    square.set(data.subarray(from, from + size), row * size);
  }
  return { width: size, height: size, data: square };
}
