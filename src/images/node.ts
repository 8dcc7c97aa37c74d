/** Pictures in files, decoded and encoded by sharp. Node only. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { ImageError, SettingError } from '../errors.ts';
import { explainFileError, writeFileAtomic } from '../weights/node.ts';
import {
  fromInterleaved,
  type ImageSize,
  outputSize,
  type RgbImage,
  type SizeRequest,
  toInterleaved,
} from './image.ts';

/** The formats that can be written. */
export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'avif';

/** Choices of {@link readImage}. */
export interface ReadImageOptions extends SizeRequest {
  /** What messages call a picture given as bytes. Default: the path, or `picture`. */
  name?: string;
}

/** Choices of {@link writeImage} and {@link encodeImage}. */
export interface WriteImageOptions {
  /** 1–100, default 92 for JPEG, 90 for WebP, 65 for AVIF. PNG is lossless and takes no notice. */
  quality?: number;
}

const formatOfEnding: ReadonlyMap<string, ImageFormat> = new Map([
  ['.png', 'png'],
  ['.jpg', 'jpeg'],
  ['.jpeg', 'jpeg'],
  ['.webp', 'webp'],
  ['.avif', 'avif'],
]);

const pictureEndings = new Set(['.jpg', '.jpeg', '.png', '.webp', '.avif', '.tif', '.tiff', '.gif']);

/**
 * Reads a picture as the viewer would see it: turned upright by its EXIF orientation, converted to sRGB from its
 * colour space (CMYK, 16-bit, embedded ICC profile) at 8 bits, transparency laid on white, greyscale as three
 * equal channels, the first frame of an animation. Reduced with Lanczos-3; libvips enlarges with its bicubic.
 *
 * @param input a path, or the bytes of a picture file
 * @throws ImageError if it is missing, a folder, no picture, or damaged; SettingError for an impossible size
 */
export async function readImage(
  input: string | Uint8Array,
  options: ReadImageOptions = {},
): Promise<RgbImage> {
  const { name = typeof input === 'string' ? input : 'picture', ...request } = options;
  // libvips remembers files by path, and would show the old picture after a file has changed.
  const file = typeof input === 'string' ? await readBytes(input) : input;
  const source = () => sharp(file, { failOn: 'error' });
  // The constructor itself throws for an empty file; inside an async function that is a rejection too.
  const metadata = async () => source().metadata();
  const { autoOrient: stored } = await metadata().catch(unreadable(name));
  const { width, height } = outputSize(stored, request);
  const { data, info } = await source()
    .autoOrient()
    .flatten({ background: '#ffffff' })
    .resize(width, height, { fit: 'fill', kernel: 'lanczos3' })
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch(unreadable(name));
  return fromInterleaved(data, info.width, info.height);
}

/**
 * The size that {@link readImage} would give a picture file, without decoding it.
 *
 * @throws ImageError if it is missing, a folder, or no picture; damage behind the size is not seen
 */
export async function readImageSize(path: string): Promise<ImageSize> {
  const file = await readBytes(path);
  const metadata = async () => sharp(file).metadata();
  const { autoOrient } = await metadata().catch(unreadable(path));
  return { width: autoOrient.width, height: autoOrient.height };
}

/**
 * Brings a picture in memory to a size, by way of 8 bits; itself if it has that size already.
 *
 * @throws SettingError for an impossible size
 */
export async function resizeImage(image: RgbImage, request: SizeRequest): Promise<RgbImage> {
  const { width, height } = outputSize(image, request);
  if (width === image.width && height === image.height) return image;
  const raw = { width: image.width, height: image.height, channels: 3 } as const;
  const { data, info } = await sharp(toInterleaved(image), { raw })
    .resize(width, height, { fit: 'fill', kernel: 'lanczos3' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return fromInterleaved(data, info.width, info.height);
}

/**
 * Writes a picture in the format of the file's ending: .png, .jpg, .jpeg, .webp or .avif. Whole or not at all;
 * missing folders are created.
 *
 * @throws ImageError for another ending, or if the file cannot be written; SettingError for an impossible quality
 */
export async function writeImage(
  image: RgbImage,
  path: string,
  options: WriteImageOptions = {},
): Promise<void> {
  const ending = extname(path).toLowerCase();
  const format = formatOfEnding.get(ending);
  if (format === undefined) {
    const expected = 'the ending .png, .jpg, .webp or .avif';
    throw new ImageError({ expected, name: path, received: ending || 'none' });
  }
  const bytes = await encodeImage(image, format, options);
  try {
    await writeFileAtomic(path, bytes);
  } catch (cause) {
    throw new ImageError(
      { expected: 'a place to write', name: path, received: explainFileError(cause) },
      { cause },
    );
  }
}

/**
 * Encodes a picture: values clamped to RGB 0–1, 8 bits, JPEG without chroma subsampling.
 *
 * @throws ImageError if the data do not fit the size, or the format cannot hold it (WebP ends at 16383 pixels a
 *   side); SettingError for a quality that is not 1–100
 */
export async function encodeImage(
  image: RgbImage,
  format: ImageFormat,
  { quality }: WriteImageOptions = {},
): Promise<Uint8Array> {
  if (quality !== undefined && !(Number.isInteger(quality) && quality >= 1 && quality <= 100)) {
    throw new SettingError({
      expected: 'a whole number from 1 to 100',
      name: 'quality',
      received: `${quality}`,
    });
  }
  const { width, height } = image;
  const picture = sharp(toInterleaved(image), { raw: { width, height, channels: 3 } });
  const encoders: Record<ImageFormat, () => Sharp> = {
    // Given a quality, sharp would reduce a PNG to a palette.
    png: () => picture.png(),
    jpeg: () => picture.jpeg({ quality: quality ?? 92, chromaSubsampling: '4:4:4' }),
    webp: () => picture.webp({ quality: quality ?? 90 }),
    avif: () => picture.avif({ quality: quality ?? 65, chromaSubsampling: '4:4:4' }),
  };
  return encoders[format]()
    .toBuffer()
    .catch((cause: unknown) => {
      const expected = `a picture that ${format} can hold`;
      const received = `${width}×${height} pixels: ${firstLine(cause)}`;
      throw new ImageError({ expected, name: 'the output', received }, { cause });
    });
}

/**
 * The pictures at a path: a file gives itself, a folder its pictures (jpg, jpeg, png, webp, avif, tif, tiff, gif;
 * no hidden files, no folders inside), as paths sorted by name, the same on every machine.
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
    .filter((name) => pictureEndings.has(extname(name).toLowerCase()))
    .sort();
  if (names.length === 0) {
    const expected = `pictures (${[...pictureEndings].join(' ')})`;
    throw new ImageError({ expected, name: 'the folder', received: 'none', where: path });
  }
  return names.map((name) => join(path, name));
}

async function readBytes(path: string): Promise<Uint8Array> {
  return readFile(path).catch(unopened(path));
}

/** For `.catch`: turns a file system error into an ImageError. */
function unopened(path: string): (cause: unknown) => never {
  return (cause) => {
    const received = explainFileError(cause);
    throw new ImageError({ expected: 'a picture file', name: path, received }, { cause });
  };
}

/** For `.catch`: turns an error of sharp into an ImageError. */
function unreadable(name: string): (cause: unknown) => never {
  return (cause) => {
    const reason = firstLine(cause);
    const received = /unsupported image format|Buffer is empty/.test(reason)
      ? 'a file of another kind'
      : `a damaged one: ${reason}`;
    throw new ImageError({ expected: 'a whole picture file', name, received }, { cause });
  };
}

/** Libraries below report several lines; users get one. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().split('\n', 1)[0] ?? message;
}
