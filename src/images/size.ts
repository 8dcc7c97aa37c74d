/** Sizes in pixels, and requests for them. */

import { SettingError } from '../errors.ts';

/** Width and height in pixels. */
export interface ImageSize {
  width: number;
  height: number;
}

/** A requested size in pixels: at most one of the first three fields. Pictures are also enlarged to it. */
export interface SizeRequest {
  /** The shorter side; the other keeps the aspect ratio. */
  shortSide?: number;
  /** The longer side; the other keeps the aspect ratio. */
  longSide?: number;
  /** Both sides, ignoring the aspect ratio. */
  size?: ImageSize;
  /** With `shortSide`: the largest number of pixels, even if the shorter side becomes less than requested. */
  pixelLimit?: number;
}

/**
 * The size of a picture after a request: each side rounded to nearest, never below 1. Without a request it is
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
