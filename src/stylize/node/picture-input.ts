/** Pictures in any form that users have, brought into memory. Node only. */

import { promisify } from 'node:util';
import { constants, deflate } from 'node:zlib';
import { THUMBNAIL_SIDE } from '../defaults.ts';
import { ImageError } from '../../errors.ts';
import { packageManifest } from '../../files/package.ts';
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

/** A path, the bytes of a picture file, a result of `readPicture`, or pixels in memory. */
export type Picture = string | Uint8Array | ReadPicture | RgbImage;

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
  if (typeof picture === 'string' || picture instanceof Uint8Array) return readPicture(picture, request);
  if (isPixels(picture)) return { image: await resizeImage(picture, request) };
  if (isPixels(picture?.image)) {
    return { image: await resizeImage(picture.image, request), source: picture.source };
  }
  const expected = 'a path, bytes of a picture file, what readPicture gave, or { width, height, data }';
  throw new ImageError({ expected, name: 'the picture', received: inWords(picture) });
}

function isPixels(value: unknown): value is RgbImage {
  return typeof value === 'object' && value !== null && 'data' in value && value.data instanceof Float32Array;
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
    return typeof picture === 'string' || picture instanceof Uint8Array ? readStyleFile(picture) : undefined;
  },
  styleFiles: () => ({ deflate: deflateFinely, version: packageManifest().version }),
};
