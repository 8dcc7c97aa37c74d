/** Pictures in files: reading and writing them whole. Node only. */

import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { ImageError } from '../../errors.ts';
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
import { type InspectOptions, inspectFile, inspectImage, nameOf, type PictureSource } from './inspect.ts';
import { checkMemory, limitsOf } from './limits.ts';
import { openPictureFile, unopened } from './picture-file.ts';
import { fillTransparent } from '../transparency.ts';

export { encodeImage, type WriteImageOptions } from './encode.ts';
export { depthFor, formatOfPath, type ImageFormat, type SourceFormat } from '../formats.ts';
export {
  inspectImage,
  type PictureMetadata,
  type PictureSource,
} from './inspect.ts';
export type { PictureLimits } from './limits.ts';

/** Choices of {@link readPicture}. */
export interface ReadPictureOptions extends SizeRequest, InspectOptions {}

/** Choices of {@link readImage}. */
export interface ReadImageOptions extends ReadPictureOptions {
  /**
   * Told, in a line, of each fault that can be lived with: a JPEG that ends early or has faults, and is read as far as
   * it goes. Without it, a picture that ends early is refused.
   */
  readonly onWarning?: (line: string) => void;
}

/** A picture and what its file is. */
export interface ReadPicture {
  readonly image: RgbImage;
  /** Its width and height are those of the file, not those asked for; `warnings` are complete. */
  readonly source: PictureSource;
}

/**
 * Reads a picture as the viewer would see it: turned upright by its EXIF orientation, converted to sRGB from its
 * colour space (CMYK, embedded ICC profile), at 16 bits if it has more than 8, with its alpha, greyscale as three equal
 * channels, the first frame of an animation. Fully transparent pixels get colours of their surroundings, whatever the
 * file has under them. Reduced with Lanczos-3; libvips enlarges with its bicubic. What the file is, is told by its
 * content, not by its name.
 *
 * @param input a path, or the bytes of a picture file
 * @throws ImageError if it is missing, no regular file, no picture that can be read, damaged, beyond the limits, or too
 *   large for the free memory; SettingError for an impossible size or limit
 */
export async function readImage(
  input: string | Uint8Array,
  options: ReadImageOptions = {},
): Promise<RgbImage> {
  return (await read(input, options, options.onWarning)).image;
}

/**
 * Reads a picture as {@link readImage} does, and tells what its file is, so that a writer can keep depth and metadata.
 * A JPEG that ends early or has faults is read as far as it goes, with a line in `source.warnings`.
 *
 * @throws as {@link readImage}
 */
export async function readPicture(
  input: string | Uint8Array,
  options: ReadPictureOptions = {},
): Promise<ReadPicture> {
  const warnings: string[] = [];
  const { image, source } = await read(input, options, (line) => warnings.push(line));
  return { image, source: { ...source, warnings: [...source.warnings, ...warnings] } };
}

/**
 * The size that {@link readImage} would give a picture file, without decoding it.
 *
 * @throws ImageError as {@link inspectImage}; damage behind the size is not seen
 */
export async function readImageSize(path: string): Promise<ImageSize> {
  const { width, height } = await inspectImage(path);
  return { width, height };
}

/**
 * Brings a picture in memory to a size, by way of 16 bits, colours weighted by their alpha; itself if it has that size
 * already.
 *
 * @throws SettingError for an impossible size; ImageError for one that does not fit into the free memory
 */
export async function resizeImage(image: RgbImage, request: SizeRequest): Promise<RgbImage> {
  const size = outputSize(image, request);
  if (size.width === image.width && size.height === image.height) return image;
  const channels = image.alpha === undefined ? 3 : 4;
  const pixels = `${size.width}×${size.height} pixels`;
  checkMemory(size.width * size.height * 6 * channels, 'the picture size', pixels, 'ask for a smaller one');
  const samples = toSamples(image, 16, channels);
  return toImage(await resizeSamples(samples, image, size, 65_535));
}

/**
 * Writes a picture in the format of the file's ending: .png, .jpg, .jpeg, .webp, .avif, .tif or .tiff. Whole or not at
 * all; missing folders are created.
 *
 * @throws ImageError for another ending, or if the file cannot be written; SettingError as {@link encodeImage}
 */
export async function writeImage(
  image: RgbImage,
  path: string,
  options: WriteImageOptions = {},
): Promise<void> {
  const bytes = await encodeImage(image, formatToWrite(path), options);
  try {
    await writeFileAtomic(path, bytes);
  } catch (cause) {
    const received = explainFileError(cause);
    throw new ImageError({ expected: 'a place to write', name: path, received }, { cause });
  }
}

/**
 * The pictures at a path: a file gives itself, a folder its pictures (by their endings; no hidden files, no folders
 * inside), as paths sorted by name, the same on every machine.
 *
 * @throws ImageError if nothing is there, or the folder has no pictures
 */
export async function listImages(path: string): Promise<string[]> {
  const found = await stat(path).catch(unopened(path));
  if (!found.isDirectory()) return [path];
  const entries = await readdir(path, { withFileTypes: true }).catch(unopened(path));
  const names = entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .filter((name) => pictureEndings.includes(extname(name).toLowerCase()))
    .sort();
  if (names.length === 0) {
    const expected = `pictures (${pictureEndings.join(' ')})`;
    throw new ImageError({ expected, name: 'the folder', received: 'none', where: path });
  }
  return names.map((name) => join(path, name));
}

async function read(
  input: string | Uint8Array,
  options: ReadPictureOptions,
  onWarning: ((line: string) => void) | undefined,
): Promise<ReadPicture> {
  const file = await openPictureFile(input, nameOf(input, options), limitsOf(options).limitBytes);
  try {
    const inspected = { file, ...(await inspectFile(file, options)) };
    const { source } = inspected;
    const size = outputSize(source, options);
    const pixels = `${source.width}×${source.height} pixels`;
    checkMemory(bytesToRead(source, size), source.name, pixels, 'read it at a smaller size, or in bands');
    return { image: toImage(await decodePixels(inspected, size, { onWarning })), source };
  } finally {
    await file.close();
  }
}

/** What reading takes: the decoder's memory, then samples and planes together. */
function bytesToRead(source: PictureSource, size: ImageSize): number {
  const channels = source.hasAlpha ? 4 : 3;
  const decoded = (channels * source.depth) / 8;
  const resizes = size.width !== source.width || size.height !== source.height;
  const whole = source.hasAlpha && resizes ? source.width * source.height * decoded : 0;
  const sample = resizes ? Math.max(decoded, 2 * channels) : decoded;
  return Math.max(source.decoderBytes, whole + size.width * size.height * (sample + 4 * channels));
}

function toImage({ samples, width, height, white }: DecodedPixels): RgbImage {
  const image = fromSamples(samples, { width, height }, white);
  if (image.alpha?.every((value) => value === 1) === true) return { width, height, data: image.data };
  fillTransparent(image);
  return image;
}
