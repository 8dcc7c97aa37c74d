/** Limits on pictures that keep memory and time bounded, whatever a file claims. */

import { ImageError, SettingError } from '../../errors.ts';
import type { ImageFormat, SourceFormat } from '../formats.ts';
import type { SizeRequest } from '../size.ts';

/** Limits on a picture file; each can be raised or lowered by the caller. */
export interface PictureLimits {
  /**
   * Largest number of pixels in a file, default 2²⁹ = 537 million. This is more than any camera takes (200
   * million) or a scan of an A2 sheet at 1000 dpi has (390 million). A file of a few hundred bytes that
   * claims 30,000 × 30,000 is refused.
   */
  readonly limitPixels?: number;
  /** Largest file in bytes, default 4 GiB: 537 million pixels with 16 bits and alpha, uncompressed. */
  readonly limitBytes?: number;
}

/** All of {@link PictureLimits}. */
export interface Limits {
  readonly limitPixels: number;
  readonly limitBytes: number;
}

/** Larger files are not read into memory, but decoded in place. */
export const IN_MEMORY_BYTES = 64 * 2 ** 20;

/**
 * The limits to apply.
 *
 * @throws SettingError if one is not a number of at least 1
 */
export function limitsOf({ limitPixels = 2 ** 29, limitBytes = 2 ** 32 }: PictureLimits): Limits {
  for (const [name, value] of Object.entries({ limitPixels, limitBytes })) {
    if (!(value >= 1)) {
      throw new SettingError({ expected: 'a number of at least 1', name, received: `${value}` });
    }
  }
  return { limitPixels, limitBytes };
}

/** @throws SettingError for a limit of a requested size that is not a number of at least 1 */
export function checkRequest({ pixelLimit = Number.POSITIVE_INFINITY }: SizeRequest): void {
  if (pixelLimit >= 1) return;
  throw new SettingError({
    expected: 'a number of at least 1',
    name: 'pixelLimit',
    received: String(pixelLimit),
  });
}

/**
 * Seconds after which decoding is given up. The slowest decoder (AVIF) manages some megapixels per second on
 * one busy core; half a minute is added for machines under load. sharp allows one hour at most.
 */
export function decodingSeconds(pixels: number): number {
  return Math.min(3600, 30 + Math.ceil(pixels / 1e6));
}

/** Measured bytes per pixel of decoders that hold the whole picture while they work. */
const wholeDecoders: Partial<Record<SourceFormat, number>> = { webp: 9, avif: 20, heic: 20, gif: 7, svg: 5 };

/**
 * Approximate bytes by which a format's decoder grows with the picture: 0 for baseline JPEG, plain PNG, and
 * TIFF in strips or tiles. Progressive JPEG keeps its coefficients, interlaced PNG its pixels.
 */
export function decoderBytes(format: SourceFormat, pixels: number, isProgressive: boolean): number {
  if (isProgressive && (format === 'jpeg' || format === 'png')) return 8 * pixels;
  return (wholeDecoders[format] ?? 0) * pixels;
}

/** Measured bytes per pixel of encoders that hold the whole picture while they work. */
const wholeEncoders: Partial<Record<ImageFormat, number>> = { webp: 8, avif: 35 };

/** Approximate bytes by which a format's encoder grows with the picture: 0 for JPEG, PNG and TIFF. */
export function encoderBytes(format: ImageFormat, pixels: number): number {
  return (wholeEncoders[format] ?? 0) * pixels;
}

/** A picture that takes more memory than there is. */
export class MemoryError extends ImageError {}

/**
 * Checks that reading or writing a picture fits into `limit` bytes, by default the free memory.
 *
 * @throws MemoryError if not
 */
export function checkMemory(
  bytes: number,
  name: string,
  received: string,
  remedy: string,
  limit = process.availableMemory(),
): void {
  if (bytes <= limit) return;
  throw new MemoryError({
    expected: `a picture that fits into the ${inWords(limit)} of free memory`,
    name,
    received: `${received}, which take ${inWords(bytes)}`,
    remedy,
  });
}

/** A number of bytes for messages: `3.2 GB`, `41 MB`, `1.5 MB`, `400 kB`. */
export function inWords(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  const [unit, name] = bytes >= 1e6 ? [1e6, 'MB'] : [1e3, 'kB'];
  return `${Math.round((10 * bytes) / unit) / 10} ${name}`;
}
