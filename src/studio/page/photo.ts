/** Opening files as photographs. */

import type { Text } from './i18n.ts';
import type { Photo } from './state.ts';

/**
 * Limit for photographs and paintings. Larger ones would take photograph, painting and download beyond many
 * devices' memory.
 */
const MOST_MEGAPIXELS = 64;
/** Least side of a photograph, in pixels. */
export const LEAST_SIDE = 16;

/**
 * Short sides in pixels of the sources of drafts. At the larger one, strokes are as in the whole painting.
 */
const [SMALL_SIDE, MEDIUM_SIDE] = [192, 512];

/** A file that cannot be painted, with a message for the person. */
export class Refusal extends Error {
  readonly text: Text;

  constructor(text: Text) {
    super('refused');
    this.text = text;
  }
}

/** Opens a file. @throws Refusal if it is not a picture, or has a size that cannot be painted */
export async function openPhoto(blob: Blob, name: string): Promise<Photo> {
  const image = await decode(blob, name);
  const { width, height } = image;
  try {
    checkSize(width, height);
    if (Math.min(width, height) < LEAST_SIDE) throw new Refusal((strings) => strings.tooSmall);
  } catch (error) {
    image.close();
    throw error;
  }
  const [small, medium] = [smaller(image, SMALL_SIDE), smaller(image, MEDIUM_SIDE)];
  return { name, blob, original: blob, crop: undefined, image, width, height, small, medium };
}

/** @throws Refusal if a picture is too large, as photograph or as painting */
export function checkSize(width: number, height: number): void {
  const megapixels = (width * height) / 1e6;
  if (megapixels <= MOST_MEGAPIXELS) return;
  throw new Refusal((strings) => strings.tooLarge(Math.ceil(megapixels), MOST_MEGAPIXELS));
}

/** Decodes a file. @throws Refusal if it is not a picture */
export async function decode(blob: Blob, name: string): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(blob);
  } catch {
    throw new Refusal((strings) => strings.notPicture(name));
  }
}

/** A canvas with the picture, its short side at most `side` pixels, mirrored if wanted. */
export function smaller(
  image: ImageBitmap | HTMLVideoElement | HTMLCanvasElement,
  side: number,
  isMirrored = false,
): HTMLCanvasElement {
  const isVideo = image instanceof HTMLVideoElement;
  const width = isVideo ? image.videoWidth : image.width;
  const height = isVideo ? image.videoHeight : image.height;
  const scale = Math.min(1, side / Math.min(width, height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext('2d');
  if (context !== null) {
    context.imageSmoothingQuality = 'high';
    if (isMirrored) context.setTransform(-1, 0, 0, 1, canvas.width, 0);
    context.drawImage(image, 0, 0, canvas.width, canvas.height);
  }
  return canvas;
}
