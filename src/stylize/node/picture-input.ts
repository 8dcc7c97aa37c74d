/** Pictures in any form that users have, brought into memory. Node only. */

import { promisify } from 'node:util';
import { constants, deflate } from 'node:zlib';
import { THUMBNAIL_SIDE } from '../defaults.ts';
import { ImageError } from '../../errors.ts';
import { packageManifest } from '../../files/package.ts';
import { type FileInput, isFileInput, plainInput } from '../../images/node/file-input.ts';
import type { RgbImage, SizeRequest } from '../../images/image.ts';
import {
  encodeImage,
  type PictureSource,
  type ReadPicture,
  readPicture,
  resizeImage,
} from '../../images/node/image-file.ts';
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
 *
 * @throws ImageError if it is no picture, or cannot be read
 */
export async function openPicture(
  picture: Picture,
  request: SizeRequest,
): Promise<{ image: RgbImage; source?: PictureSource }> {
  if (isFileInput(picture)) return readPicture(picture, request);
  if (isPixels(picture)) return { image: await resizeImage(ofThisRealm(picture), request) };
  if (isPixels(picture?.image)) {
    return { image: await resizeImage(ofThisRealm(picture.image), request), source: picture.source };
  }
  const expected = 'a path, bytes of a picture file, what readPicture gave, or { width, height, data }';
  throw new ImageError({ expected, name: 'the picture', received: inWords(picture) });
}

function isPixels(value: unknown): value is RgbImage {
  return typeof value === 'object' && value !== null && 'data' in value && isFloats(value.data);
}

/** Float32Array of any realm: test runners and frames have their own. */
function isFloats(value: unknown): value is Float32Array {
  return Object.prototype.toString.call(value) === '[object Float32Array]';
}

function ofThisRealm(image: RgbImage): RgbImage {
  const own = (values: Float32Array): Float32Array =>
    values instanceof Float32Array ? values : new Float32Array(values);
  const isOwn = image.data instanceof Float32Array;
  const { width, height, alpha } = image;
  if (isOwn) return image;
  return { width, height, data: own(image.data), ...(alpha === undefined ? {} : { alpha: own(alpha) }) };
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

/** The platform of a stylizer in Node. */
export const nodePlatform: Platform<Picture> = {
  open: async (picture, request) => (await openPicture(picture, request)).image,
  resize: resizeImage,
  async readStyleFile(picture) {
    return isFileInput(picture) ? readStyleFile(await plainInput(picture, 'the style')) : undefined;
  },
  styleFiles: () => ({ deflate: deflateFinely, version: packageManifest().version }),
};
