/** From pixels to bytes of a picture file, by sharp: tagged sRGB, without metadata unless it is given. */

import sharp, { type CreateRaw, type Sharp } from 'sharp';
import { deflateSync } from 'node:zlib';
import { srgbProfile } from './colour-profile.ts';
import { type PictureMetadata, firstLine } from './inspect.ts';
import { ImageError, SettingError } from '../../errors.ts';
import { baseName } from '../../files/names.ts';
import { tagOf } from '../../tag.ts';
import {
  depthFor,
  exceededSide,
  formatOfPath,
  holdsAlpha,
  type ImageFormat,
  imageFormats,
  writtenEndings,
} from '../formats.ts';
import { onWhite, type RgbImage, type Samples, toSamples } from '../image.ts';
import { metadataFor } from './metadata.ts';
import { checkNames } from './option-names.ts';
import { chunk } from './png-chunk.ts';
import type { ImageSize } from '../size.ts';
import type { RawPixels } from './tiff.ts';

/** Metres per inch: PNG counts pixels per metre. */
const INCH = 0.0254;

/** A PNG of one black pixel with the sRGB profile and metadata. */
async function metadataPixel(
  channels: 3 | 4,
  depth: 8 | 16,
  { exif, xmp, density }: PictureMetadata,
): Promise<Uint8Array> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(1, 0);
  header.writeUInt32BE(1, 4);
  header.set([depth, channels === 4 ? 6 : 2], 8);
  const chunks = [
    chunk('IHDR', header),
    chunk('iCCP', text('sRGB\0\0'), deflateSync(await srgbProfile())),
    ...(density === undefined ? [] : [chunk('pHYs', physical(density))]),
    ...(exif === undefined ? [] : [chunk('eXIf', exif)]),
    ...(xmp === undefined ? [] : [chunk('iTXt', text('XML:com.adobe.xmp\0\0\0\0\0'), xmp)]),
    // A row begins with the number of its filter.
    chunk('IDAT', deflateSync(Buffer.alloc(1 + (channels * depth) / 8))),
    chunk('IEND'),
  ];
  return Buffer.concat([text('\x89PNG\r\n\x1a\n'), ...chunks]);
}

function physical(density: number): Uint8Array {
  const bytes = Buffer.alloc(9);
  const perMetre = Math.min(2 ** 31 - 1, Math.max(1, Math.round(density / INCH)));
  bytes.writeUInt32BE(perMetre, 0);
  bytes.writeUInt32BE(perMetre, 4);
  bytes[8] = 1;
  return bytes;
}

function text(latin: string): Uint8Array {
  return Buffer.from(latin, 'latin1');
}

/** Options of `writeImage` and {@link encodeImage}. */
export interface WriteImageOptions {
  /** 1–100, default 92 for JPEG, 90 for WebP, 65 for AVIF. PNG and TIFF are lossless and ignore it. */
  readonly quality?: number;
  /** Bits per channel, default 8; 16 for PNG and TIFF only. */
  readonly depth?: 8 | 16;
  /**
   * EXIF, XMP and density to carry over, such as those of a `PictureSource`. Orientation, size and colour
   * space are corrected. Default: none, since photographs reveal their time and place. TIFF takes XMP only.
   */
  readonly metadata?: PictureMetadata;
}

/** JPEGs with more pixels get no optimised Huffman tables: optimising takes 11 bytes per pixel. */
const OPTIMISED_PIXELS = 2 ** 24;

/**
 * Encodes a picture: values clamped to RGB 0–1, tagged sRGB, JPEG without chroma subsampling. Alpha is kept,
 * exactly except in AVIF; JPEG has none and gets the picture on white.
 *
 * @throws ImageError if the data do not fit the size, or the format cannot hold it (WebP ends at 16383 pixels
 * per side); SettingError for a quality outside of 1–100, or 16 bits in a format of 8
 */
export async function encodeImage(
  image: RgbImage,
  format: ImageFormat,
  options: WriteImageOptions = {},
): Promise<Uint8Array> {
  checkNames(options, 'encodeImage');
  checkFormat(format);
  checkWriting(image, format, options);
  const flat = holdsAlpha(format) ? image : onWhite(image);
  const { depth = 8 } = options;
  const channels = flat.alpha === undefined ? 3 : 4;
  const pixels: RawPixels = { width: image.width, height: image.height, channels, depth };
  const encoder = await encoderFor(toSamples(flat, depth, channels), pixels, format, options);
  return encoder.toBuffer().catch(unwritable(format, image));
}

/** @throws SettingError for a format that cannot be written */
export function checkFormat(format: unknown): void {
  if (imageFormats.some((known) => known === format)) return;
  const near = typeof format === 'string' ? formatOfPath(`x.${format.replace(/^\./, '')}`) : undefined;
  const expected = `one of ${imageFormats.join(', ')}`;
  const problem = { expected, name: 'the format', received: String(format) };
  throw new SettingError(near === undefined ? problem : { ...problem, remedy: `did you mean ${near}?` });
}

/**
 * Checks that a picture of a size can be written, before it is made.
 *
 * @throws ImageError if the format cannot hold it; SettingError for impossible options
 */
export function checkWriting(
  size: ImageSize,
  format: ImageFormat,
  { quality, depth = 8, metadata = {} }: WriteImageOptions,
): void {
  if (quality !== undefined && !(Number.isInteger(quality) && quality >= 1 && quality <= 100)) {
    throw new SettingError({
      expected: 'a whole number from 1 to 100',
      name: 'quality',
      received: `${quality}`,
    });
  }
  if (depth !== 8 && depth !== 16) {
    throw new SettingError({ expected: '8 or 16', name: 'depth', received: `${depth}` });
  }
  if (depthFor(format, depth) !== depth) {
    const remedy = 'write PNG or TIFF, or 8 bits';
    throw new SettingError({ expected: '8', name: 'depth', received: `16 for ${format}`, remedy });
  }
  checkMetadata(metadata);
  const side = exceededSide(format, size);
  if (side !== undefined) unwritable(format, size)(`more than ${side} a side`);
}

/** The fields of {@link PictureMetadata}, as callers without types may fill them. */
const metadataFields = { exif: 'bytes', xmp: 'bytes', density: 'a number above 0' } as const;

function checkMetadata(metadata: unknown): void {
  if (typeof metadata !== 'object' || metadata === null) {
    throw new SettingError({ expected: 'an object', name: 'metadata', received: String(metadata) });
  }
  for (const [name, value] of Object.entries(metadata)) {
    if (!isField(name)) {
      const remedy = 'metadata' in metadata ? { remedy: 'give the metadata of a source' } : {};
      const expected = `one of ${Object.keys(metadataFields).join(', ')}`;
      throw new SettingError({ expected, name: 'a field of metadata', received: name, ...remedy });
    }
    const fits = name === 'density' ? value > 0 && value < Infinity : isBytes(value);
    if (value === undefined || fits) continue;
    const received = typeof value === 'object' ? 'an object' : String(value).slice(0, 80);
    throw new SettingError({ expected: metadataFields[name], name: `metadata.${name}`, received });
  }
}

/** Bytes of any realm. */
function isBytes(value: unknown): boolean {
  return tagOf(value) === 'Uint8Array';
}

function isField(name: string): name is keyof typeof metadataFields {
  return Object.hasOwn(metadataFields, name);
}

/**
 * The format of a path's ending.
 *
 * @throws ImageError for an ending that cannot be written
 */
export function formatToWrite(path: string): ImageFormat {
  const format = formatOfPath(path);
  if (format !== undefined) return format;
  const received = /.(\.[^.]+)$/s.exec(baseName(path))?.[1]?.toLowerCase() ?? 'none';
  throw new ImageError({ expected: `the ending ${writtenEndings}`, name: path, received });
}

/**
 * A sharp pipeline that encodes samples; end it with `toBuffer` or `toFile`.
 *
 * @param samples interleaved, or the path of a file that sharp can read, with exactly these pixels
 */
export async function encoderFor(
  samples: Samples | string,
  { width, height, channels, depth }: RawPixels,
  format: ImageFormat,
  { quality, metadata = {} }: WriteImageOptions,
): Promise<Sharp> {
  const carrier = await metadataPixel(channels, depth, metadataFor(metadata, { width, height }));
  const empty = sharp(carrier, { limitInputPixels: false });
  const inSpace = depth === 16 ? empty.pipelineColourspace('rgb16').toColourspace('rgb16') : empty;
  const raw = typeof samples === 'string' ? {} : { raw: { width, height, channels } };
  // sharp's types lack two inputs that it accepts: samples of 16 bits, and a limit for files.
  const operand = samples as string | Buffer;
  const options: object = { ...raw, limitInputPixels: false };
  const picture = inSpace
    .resize(width, height, { fit: 'fill', kernel: 'nearest' })
    .boolean(operand, 'or', options as { raw: CreateRaw })
    .keepIccProfile();
  // Asked to keep EXIF, sharp would create some if there is none.
  if (metadata.exif !== undefined) picture.keepExif();
  if (metadata.xmp !== undefined) picture.keepXmp();
  const encoders: Record<ImageFormat, () => Sharp> = {
    // Given a quality, sharp would reduce a PNG to a palette.
    png: () => picture.png(),
    jpeg: () =>
      picture.jpeg({
        quality: quality ?? 92,
        chromaSubsampling: '4:4:4',
        optimiseCoding: width * height <= OPTIMISED_PIXELS,
      }),
    webp: () => picture.webp({ quality: quality ?? 90 }),
    avif: () => picture.avif({ quality: quality ?? 65, chromaSubsampling: '4:4:4' }),
    // Beyond 4 GB only the 64-bit form is possible. The limit is lower, for data besides pixels.
    tiff: () =>
      picture.tiff({
        compression: 'deflate',
        predictor: 'horizontal',
        bigtiff: (width * height * channels * depth) / 8 > 0.95 * 2 ** 32,
      }),
  };
  return encoders[format]();
}

/** For `.catch`: turns an error of sharp into an ImageError. */
export function unwritable(format: ImageFormat, { width, height }: ImageSize): (cause: unknown) => never {
  return (cause) => {
    const expected = `a picture that ${format} can hold`;
    const received = `${width}×${height} pixels: ${firstLine(cause)}`;
    throw new ImageError({ expected, name: 'the output', received }, { cause });
  };
}
