/** Pictures as users hand them over, brought into memory. Node only. */

import { SettingError } from '../../errors.ts';
import type { RgbImage, SizeRequest } from '../../images/image.ts';
import {
  encodeImage,
  type PictureSource,
  type ReadPicture,
  readPicture,
  resizeImage,
} from '../../images/node/image-file.ts';
import { inColoursOf } from '../colours.ts';
import { DEFAULT_STYLE_SIZE } from '../style-file-check.ts';
import type { StyleThumbnail } from '../style-file.ts';
import type { Style } from '../stylizer.ts';

/** A path, the bytes of a picture file, what `readPicture` gave, or pixels that are in memory already. */
export type Picture = string | Uint8Array | ReadPicture | RgbImage;

export function isStyle(style: Style | Picture): style is Style {
  return typeof style === 'object' && 'tensors' in style;
}

/** How a style picture is brought to a size: see `PrepareStyleOptions`. */
export function styleRequest(size: number): SizeRequest {
  return { shortSide: size, pixelLimit: 1.5 * size * size };
}

/** Long side in pixels that is enough for the statistics of a picture's colours. */
export const COLOUR_SIDE = 256;

/** The style picture in the colours of the content, of which a copy of {@link COLOUR_SIDE} is enough. */
export async function recoloured(
  style: Style | Picture,
  content: () => Promise<RgbImage>,
  size = DEFAULT_STYLE_SIZE,
): Promise<RgbImage> {
  if (isStyle(style)) {
    throw new SettingError({
      expected: 'a style picture',
      name: 'preserveColor coral',
      received: 'an encoded style',
      remedy: 'give the picture itself, or use luma',
    });
  }
  const image = await open(style, styleRequest(size));
  const colours = await content();
  const { width, height } = colours;
  const small =
    Math.max(width, height) <= COLOUR_SIDE ? colours : await resizeImage(colours, { longSide: COLOUR_SIDE });
  return inColoursOf(small, image);
}

/** Long side in pixels. */
const THUMBNAIL_SIDE = 128;

export async function thumbnailOf(picture: Picture): Promise<StyleThumbnail> {
  const image = await open(picture, { longSide: THUMBNAIL_SIDE });
  return { type: 'image/webp', bytes: await encodeImage(image, 'webp', { quality: 60 }) };
}

export async function open(picture: Picture, request: SizeRequest): Promise<RgbImage> {
  return (await openPicture(picture, request)).image;
}

/** A JPEG that ends early is taken as far as it goes; `source.warnings` says so. */
export async function openPicture(
  picture: Picture,
  request: SizeRequest,
): Promise<{ image: RgbImage; source?: PictureSource }> {
  if (typeof picture === 'string' || picture instanceof Uint8Array) return readPicture(picture, request);
  if (!('image' in picture)) return { image: await resizeImage(picture, request) };
  return { image: await resizeImage(picture.image, request), source: picture.source };
}
