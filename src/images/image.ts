/** Pictures in memory, in the form that networks take. */

import { ImageError } from '../errors.ts';
import type { ImageSize } from './size.ts';

export { type ImageSize, outputSize, type SizeRequest } from './size.ts';

/**
 * A picture. `data` is planar `[3, H, W]` float32, RGB 0–1 with the sRGB curve, `height * width * 3` values,
 * not premultiplied. If a picture was read from a file, places with `alpha` 0 have colours of their
 * surroundings instead of those in the file.
 */
export interface RgbImage {
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  data: Float32Array;
  /** `[H, W]` float32, 0 (transparent) to 1 (opaque). Absent if the picture is opaque everywhere. */
  alpha?: Float32Array;
}

/** Interleaved samples `[H, W, C]` of 8 or 16 bits, C being 3 (RGB) or 4 (with alpha). */
export type Samples = Uint8Array | Uint16Array;

/**
 * Makes a picture of interleaved bytes 0–255, RGB or RGB and alpha: `[H, W, 3]` or `[H, W, 4]`.
 *
 * @throws ImageError if there are not three or four bytes for each of `width * height` pixels
 */
export function fromInterleaved(bytes: Uint8Array, width: number, height: number): RgbImage {
  return fromSamples(bytes, { width, height }, 255);
}

/**
 * The interleaved bytes `[H, W, 3]` of a picture: clamped to 0–1, times 255, rounded to nearest. NaN becomes
 * 0. Alpha is left out.
 *
 * @throws ImageError if the data do not fit width and height
 */
export function toInterleaved(image: RgbImage): Uint8Array {
  return toBytes(image, 3);
}

/**
 * Makes a picture of interleaved samples, three or four for each pixel; with four, the last is alpha.
 *
 * @param white the sample that stands for 1
 * @throws ImageError if the number of samples fits neither
 */
export function fromSamples(samples: Samples, { width, height }: ImageSize, white: number): RgbImage {
  const pixels = width * height;
  const channels = samples.length / pixels;
  const sides = [width, height];
  if (!sides.every((side) => Number.isSafeInteger(side) && side >= 1) || (channels !== 3 && channels !== 4)) {
    const expected = 'three or four values for each pixel';
    const received = `${samples.length} values for ${width}×${height} pixels`;
    throw new ImageError({ expected, name: 'a picture', received });
  }
  const plane = (channel: number, out: Float32Array): Float32Array => {
    for (let pixel = 0, i = channel; pixel < pixels; pixel++, i += channels) {
      // If white is not the largest sample, resizing can exceed it.
      out[pixel] = Math.min(1, (samples[i] ?? 0) / white);
    }
    return out;
  };
  const data = new Float32Array(3 * pixels);
  for (let c = 0; c < 3; c++) plane(c, data.subarray(c * pixels, (c + 1) * pixels));
  if (channels === 3) return { width, height, data };
  return { width, height, data, alpha: plane(3, new Float32Array(pixels)) };
}

/**
 * The interleaved samples of a picture: clamped to 0–1, times 255 or 65535, rounded to nearest. NaN becomes
 * 0.
 *
 * @param channels 4 to include alpha, 1 for opaque pictures; 3 to leave it out
 * @throws ImageError if the data do not fit width and height
 */
export function toSamples(image: RgbImage, depth: 8 | 16, channels: 3 | 4): Samples {
  return depth === 8 ? toBytes(image, channels) : toWords(image, channels);
}

function toBytes(image: RgbImage, channels: 3 | 4): Uint8Array {
  const pixels = pixelCount(image);
  // Storing into a clamped array clamps and rounds.
  const bytes = new Uint8ClampedArray(channels * pixels);
  forEachPlane(image, channels, (values, c) => {
    for (let pixel = 0, i = c; pixel < pixels; pixel++, i += channels)
      bytes[i] = (values?.[pixel] ?? 1) * 255;
  });
  return new Uint8Array(bytes.buffer);
}

function toWords(image: RgbImage, channels: 3 | 4): Uint16Array {
  const pixels = pixelCount(image);
  const words = new Uint16Array(channels * pixels);
  forEachPlane(image, channels, (values, c) => {
    for (let pixel = 0, i = c; pixel < pixels; pixel++, i += channels) {
      // NaN fails the comparison and becomes 0.
      const value = values?.[pixel] ?? 1;
      words[i] = value > 0 ? Math.min(65535, Math.floor(value * 65535 + 0.5)) : 0;
    }
  });
  return words;
}

/** Calls back for each channel with its plane, or with none for the alpha of an opaque picture. */
function forEachPlane(
  image: RgbImage,
  channels: 3 | 4,
  work: (values: Float32Array | undefined, channel: number) => void,
): void {
  const pixels = image.width * image.height;
  for (let c = 0; c < 3; c++) work(image.data.subarray(c * pixels, (c + 1) * pixels), c);
  if (channels === 4) work(image.alpha, 3);
}

/** The picture on white paper; the picture itself if it has no alpha. */
export function onWhite(image: RgbImage): RgbImage {
  const { width, height, data, alpha } = image;
  if (alpha === undefined) return image;
  const pixels = pixelCount(image);
  const laid = new Float32Array(3 * pixels);
  for (let c = 0; c < 3; c++) {
    for (let pixel = 0, i = c * pixels; pixel < pixels; pixel++, i++) {
      laid[i] = 1 + ((data[i] ?? 1) - 1) * (alpha[pixel] ?? 1);
    }
  }
  return { width, height, data: laid };
}

/**
 * Width times height of a picture.
 *
 * @throws ImageError if its planes have another number of values
 */
export function pixelCount({ width, height, data, alpha }: RgbImage): number {
  const pixels = width * height;
  const sides = [width, height];
  if (!sides.every((side) => Number.isSafeInteger(side) && side >= 1) || data.length !== 3 * pixels) {
    const expected = 'three values for each pixel';
    const received = `${data.length} values for ${width}×${height} pixels`;
    throw new ImageError({ expected, name: 'a picture', received });
  }
  if (alpha !== undefined && alpha.length !== pixels) {
    const received = `${alpha.length} values for ${width}×${height} pixels`;
    throw new ImageError({ expected: 'one value for each pixel', name: 'alpha', received });
  }
  return pixels;
}

/** The middle square, `size` pixels wide, of a picture at least that large. */
export function middleSquare(image: RgbImage, size: number): RgbImage {
  const [left, top] = [Math.floor((image.width - size) / 2), Math.floor((image.height - size) / 2)];
  return cropImage(image, { left, top, width: size, height: size });
}

/** A part of a picture; it lies inside. */
export interface ImageArea extends ImageSize {
  left: number;
  top: number;
}

/** The pixels of an area, which must lie inside the picture. */
export function cropImage(image: RgbImage, area: ImageArea): RgbImage {
  const { width, height } = area;
  const data = cropPlanes(image.data, image, area);
  if (image.alpha === undefined) return { width, height, data };
  return { width, height, data, alpha: cropPlanes(image.alpha, image, area) };
}

function cropPlanes(
  planes: Float32Array,
  size: ImageSize,
  { left, top, width, height }: ImageArea,
): Float32Array {
  const count = planes.length / (size.width * size.height);
  const cropped = new Float32Array(count * width * height);
  for (let row = 0; row < count * height; row++) {
    const [plane, y] = [Math.floor(row / height), row % height];
    const from = (plane * size.height + top + y) * size.width + left;
    cropped.set(planes.subarray(from, from + width), row * width);
  }
  return cropped;
}
