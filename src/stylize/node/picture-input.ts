/** Pictures in any form that users have, brought into memory. Node only. */

import { promisify } from 'node:util';
import { constants, deflate } from 'node:zlib';
import { THUMBNAIL_SIDE } from '../defaults.ts';
import { ImageError } from '../../errors.ts';
import { packageManifest } from '../../files/package.ts';
import { pathOf } from '../../files/paths.ts';
import { type FileInput, isFileInput, isUrl, plainInput } from '../../images/node/file-input.ts';
import { pixelCount, type RgbImage, type SizeRequest } from '../../images/image.ts';
import {
  encodeImage,
  type PictureSource,
  type ReadPicture,
  readPicture,
  resizeImage,
} from '../../images/node/image-file.ts';
import { nameOf } from '../../images/node/inspect.ts';
import { limitsOf } from '../../images/node/limits.ts';
import { fillTransparent } from '../../images/transparency.ts';
import { tagOf } from '../../tag.ts';
import type { Platform } from '../calls.ts';
import { inWords } from '../option-kinds.ts';
import type { StyleThumbnail } from '../style-file.ts';
import { readStyleFile } from './style-files.ts';

/**
 * A picture file (its path or `file:` URL, or its bytes as an array, a buffer, a Blob or a stream), a result
 * of `readPicture`, or pixels in memory.
 */
export type Picture = FileInput | ReadPicture | RgbImage;

export async function thumbnailOf(picture: Picture): Promise<StyleThumbnail> {
  const { image } = await openPicture(picture, { longSide: THUMBNAIL_SIDE });
  return { type: 'image/webp', bytes: await encodeImage(image, 'webp', { quality: 60 }) };
}

/**
 * Brings a picture into memory. A truncated JPEG is used as far as it goes; `source.warnings` then says so.
 * Pixels in memory stay as they are; fully transparent ones get other colours in a copy, as those of files
 * do.
 *
 * @throws ImageError if it is no picture, or cannot be read, or its planes do not fit; the reason of a signal
 *   that ends the wait for a stream
 */
export async function openPicture(
  picture: Picture,
  request: SizeRequest,
  signal?: AbortSignal,
): Promise<{ image: RgbImage; source?: PictureSource }> {
  if (isFileInput(picture)) {
    await awaitBytes(picture, signal);
    return readPicture(picture, request);
  }
  if (isPixels(picture)) return { image: await fromMemory(picture, request) };
  if (isPixels(picture?.image)) {
    return { image: await fromMemory(picture.image, request), source: picture.source };
  }
  const expected =
    'a path, bytes of a picture file, what readPicture gave, or { width, height, data: Float32Array }';
  throw new ImageError({ expected, name: 'the picture', received: inWords(picture) });
}

/** The path or the bytes of a picture file. Those of a stream are kept for what reads the picture next. */
export function awaitBytes(
  picture: FileInput,
  signal: AbortSignal | undefined,
  name = nameOf(picture, {}),
): Promise<string | Uint8Array> {
  return plainInput(picture, name, { limitBytes: limitsOf({}).limitBytes, signal });
}

function isPixels(value: unknown): value is RgbImage {
  return typeof value === 'object' && value !== null && 'data' in value && isFloats(value.data);
}

/** Float32Array of any realm: test runners and frames have their own. */
function isFloats(value: unknown): value is Float32Array {
  return tagOf(value) === 'Float32Array';
}

async function fromMemory(image: RgbImage, request: SizeRequest): Promise<RgbImage> {
  const own = checked(image);
  const sized = await resizeImage(own, request);
  // Resizing fills what is transparent.
  if (sized !== own || own.alpha?.includes(0) !== true) return sized;
  const filled = { ...own, data: own.data.slice() };
  fillTransparent(filled);
  return filled;
}

/** Paintings, which may be painted again, stay far below it beyond 0–1; pictures in bytes do not. */
const FARTHEST = 16;

/**
 * Pixels as callers without types may give them, with arrays of this realm.
 *
 * @throws ImageError for planes of other sizes, or values that are not finite or far from 0–1
 */
function checked({ width, height, data, alpha }: RgbImage): RgbImage {
  if (alpha !== undefined && alpha !== null && !isFloats(alpha)) {
    throw new ImageError({ expected: 'a Float32Array', name: 'alpha', received: inWords(alpha) });
  }
  const image = { width, height, data: own(data), ...(alpha ? { alpha: own(alpha) } : {}) };
  pixelCount(image);
  for (const values of [image.data, image.alpha]) {
    const wrong = values?.find((value) => !(Math.abs(value) <= FARTHEST));
    if (wrong === undefined) continue;
    const problem = { name: 'a picture', received: `${wrong}` };
    if (!Number.isFinite(wrong)) throw new ImageError({ ...problem, expected: 'finite values' });
    const remedy = 'divide values from 0 to 255 by 255';
    throw new ImageError({ ...problem, expected: 'values from 0 to 1', remedy });
  }
  return image;
}

function own(values: Float32Array): Float32Array {
  return values instanceof Float32Array ? values : new Float32Array(values);
}

/**
 * `Z_FILTERED`, since chance matches among noise cost more than they save. Memory level 6 makes blocks of
 * 4096 bytes, so that each few channels have a Huffman code of their own. The result is a fortieth smaller
 * than the default's, in twice the time.
 */
const deflateFinely = (bytes: Uint8Array): Promise<Uint8Array> =>
  promisify<Uint8Array, object, Uint8Array>(deflate)(bytes, {
    level: constants.Z_BEST_COMPRESSION,
    memLevel: 6,
    strategy: constants.Z_FILTERED,
  });

/** The name that a style file gives as its source: that of a picture's file, if it has one. */
export function sourceName(picture: Picture | undefined): string | undefined {
  if (picture === undefined || !isFileInput(picture)) return undefined;
  return typeof picture === 'string' || isUrl(picture) ? pathOf(picture, 'the picture') : undefined;
}

/** The platform of a stylizer in Node. */
export const nodePlatform: Platform<Picture> = {
  open: async (picture, request, signal) => (await openPicture(picture, request, signal)).image,
  resize: resizeImage,
  async readStyleFile(picture, signal) {
    return isFileInput(picture) ? readStyleFile(await awaitBytes(picture, signal, 'the style')) : undefined;
  },
  styleFiles: () => ({ deflate: deflateFinely, version: packageManifest().version }),
};
