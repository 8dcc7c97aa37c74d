/** Reading and writing of whole picture files. Node only. */

import { stat } from 'node:fs/promises';
import { ImageError, SettingError } from '../../errors.ts';
import { pathOf } from '../../files/paths.ts';
import { filesIn } from '../../files/walk.ts';
import { writeFileAtomic } from '../../files/write.ts';
import { explainFileError } from '../../files/read.ts';
import { type DecodedPixels, decodePixels, resizeSamples } from './decode.ts';
import { encodeImage, formatToWrite, type WriteImageOptions } from './encode.ts';
import { pictureEndings } from '../formats.ts';
import {
  fromSamples,
  type ImageSize,
  outputSize,
  type RgbImage,
  type SizeRequest,
  toSamples,
} from '../image.ts';
import {
  type Decoding,
  type InspectOptions,
  inspectFile,
  inspectImage,
  nameOf,
  type PictureSource,
} from './inspect.ts';
import type { FileInput } from './file-input.ts';
import { checkMemory, checkRequest, limitsOf } from './limits.ts';
import { checkNames } from './option-names.ts';
import { openDecodable } from './heic.ts';
import { unopened } from './picture-file.ts';
import { fillTransparent } from '../transparency.ts';

export { checkFormat, encodeImage, type WriteImageOptions } from './encode.ts';
export { depthFor, formatOfPath, type ImageFormat, type SourceFormat } from '../formats.ts';
export {
  inspectImage,
  type PictureMetadata,
  type PictureSource,
} from './inspect.ts';
export type { FileInput } from './file-input.ts';
export type { PictureLimits } from './limits.ts';

/** Options of {@link readPicture}. */
export interface ReadPictureOptions extends SizeRequest, InspectOptions {}

/** Options of {@link readImage}. */
export interface ReadImageOptions extends ReadPictureOptions {
  /**
   * Called with one line for each tolerable fault: a JPEG that ends early or has faults is read as far as
   * possible. Without this callback, a picture that ends early is refused.
   */
  readonly onWarning?: (line: string) => void;
}

/** A picture and the description of its file. */
export interface ReadPicture {
  readonly image: RgbImage;
  /** Width and height are those of the file, not the requested ones; `warnings` are complete. */
  readonly source: PictureSource;
}

/**
 * Reads a picture as a viewer would show it: turned upright by its EXIF orientation, converted to sRGB from
 * its colour space (CMYK, embedded ICC profile), at 16 bits if it has more than 8, with its alpha, greyscale
 * as three equal channels, the first frame of an animation. Fully transparent pixels get colours of their
 * surroundings instead of those in the file. Lanczos-3 reduces; libvips enlarges with its bicubic. The file's
 * kind is recognised by its content, not by its name.
 *
 * @param input a path or `file:` URL, or the bytes of a picture file in any form
 * @throws ImageError if it is missing, not a regular file, not a readable picture, damaged, beyond the
 * limits, or too large for the free memory; SettingError for an impossible size or limit
 */
export async function readImage(input: FileInput, options: ReadImageOptions = {}): Promise<RgbImage> {
  checkNames(options, 'readImage');
  const { onWarning } = options;
  if (onWarning !== undefined && typeof onWarning !== 'function') {
    const problem = { expected: 'a function', name: 'onWarning' };
    throw new SettingError({ ...problem, received: String(onWarning) });
  }
  return (await read(input, options, onWarning)).image;
}

/**
 * Reads a picture like {@link readImage} and describes its file, so that a writer can keep depth and
 * metadata. A JPEG that ends early or has faults is read as far as possible, with a line in
 * `source.warnings`.
 *
 * @throws like {@link readImage}
 */
export async function readPicture(input: FileInput, options: ReadPictureOptions = {}): Promise<ReadPicture> {
  checkNames(options, 'readPicture');
  const warnings: string[] = [];
  const { image, source } = await read(input, options, (line) => warnings.push(line));
  return { image, source: { ...source, warnings } };
}

/**
 * The size that {@link readImage} would give a picture file, without decoding it.
 *
 * @throws ImageError like {@link inspectImage}; damage beyond the header is not noticed
 */
export async function readImageSize(path: string): Promise<ImageSize> {
  const { width, height } = await inspectImage(path);
  return { width, height };
}

/**
 * Resizes a picture in memory by way of 16 bits, with colours weighted by their alpha. Returns the picture
 * itself if it already has the size.
 *
 * @throws SettingError for an impossible size; ImageError for one that does not fit into the free memory
 */
export async function resizeImage(image: RgbImage, request: SizeRequest): Promise<RgbImage> {
  checkRequest(request);
  const size = outputSize(image, request);
  if (size.width === image.width && size.height === image.height) return image;
  const channels = image.alpha === undefined ? 3 : 4;
  const pixels = `${size.width}×${size.height} pixels`;
  checkMemory(size.width * size.height * 6 * channels, 'the picture size', pixels, 'ask for a smaller one');
  const samples = toSamples(image, 16, channels);
  return toImage(await resizeSamples(samples, image, size, 65_535));
}

/**
 * Writes a picture in the format of the file's ending: .png, .jpg, .jpeg, .webp, .avif, .tif or .tiff. The
 * file is written completely or not at all. Missing folders are created.
 *
 * @throws ImageError for another ending, or if the file cannot be written; SettingError like
 * {@link encodeImage}
 */
export async function writeImage(
  image: RgbImage,
  place: string | URL,
  options: WriteImageOptions = {},
): Promise<void> {
  checkNames(options, 'writeImage');
  const path = pathOf(place, 'the output');
  const bytes = await encodeImage(image, formatToWrite(path), options);
  try {
    await writeFileAtomic(path, bytes);
  } catch (cause) {
    const received = explainFileError(cause);
    throw new ImageError({ expected: 'a place to write', name: path, received }, { cause });
  }
}

/**
 * The pictures at a path: a file gives its own path, a folder its pictures (by their endings; no hidden
 * files), as paths sorted by name, the same on every machine.
 *
 * @param recursive whether the pictures of folders inside are listed too, after those of the folder itself
 * @throws ImageError if the path does not exist, or the folder has no pictures
 */
export async function listImages(path: string, { recursive = false } = {}): Promise<string[]> {
  const found = await stat(path).catch(unopened(path));
  if (!found.isDirectory()) return [path];
  const files = await filesIn(path, { endings: pictureEndings, recursive }).catch(unopened(path));
  if (files.length === 0) {
    const expected = `pictures (${pictureEndings.join(' ')})`;
    throw new ImageError({ expected, name: 'the folder', received: 'none', where: path });
  }
  return files;
}

async function read(
  input: FileInput,
  options: ReadPictureOptions,
  onWarning: ((line: string) => void) | undefined,
): Promise<ReadPicture> {
  checkRequest(options);
  const file = await openDecodable(input, nameOf(input, options), limitsOf(options));
  try {
    const inspected = { file, ...(await inspectFile(file, options)) };
    const { source } = inspected;
    const size = outputSize(source, options);
    const pixels = `${source.width}×${source.height} pixels`;
    checkMemory(bytesToRead(source, size), source.name, pixels, 'read it at a smaller size, or in bands');
    for (const line of source.warnings) onWarning?.(line);
    const { convert } = inspected.decoding;
    return { image: toImage(await decodePixels(inspected, size, { onWarning }), convert), source };
  } finally {
    await file.close();
  }
}

/** Bytes that reading takes: the decoder's memory, then samples and planes together. */
function bytesToRead(source: PictureSource, size: ImageSize): number {
  const channels = source.hasAlpha ? 4 : 3;
  const decoded = (channels * source.depth) / 8;
  const resizes = size.width !== source.width || size.height !== source.height;
  const whole = source.hasAlpha && resizes ? source.width * source.height * decoded : 0;
  const sample = resizes ? Math.max(decoded, 2 * channels) : decoded;
  return Math.max(source.decoderBytes, whole + size.width * size.height * (sample + 4 * channels));
}

function toImage({ samples, width, height, white }: DecodedPixels, convert?: Decoding['convert']): RgbImage {
  const image = fromSamples(samples, { width, height }, white);
  convert?.(image.data);
  if (image.alpha?.every((value) => value === 1) === true) return { width, height, data: image.data };
  fillTransparent(image);
  return image;
}
