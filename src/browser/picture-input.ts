/** Pictures and masks of pages, prepared for the worker. */

import { LUMA } from '../luma.ts';
import { defined } from '../defined.ts';
import { ImageError } from '../errors.ts';
import { tagOf } from '../tag.ts';
import { messageOf } from '../thrown.ts';
import type { SentPicture } from './protocol.ts';
import type { Mask } from '../stylize/masks.ts';
import { StylizedImage } from './stylized-image.ts';

/**
 * A picture: pixels, an element or bitmap that shows them, a file, a URL relative to the page, or a result.
 *
 * Transparency is exact for ImageData and for files. Canvases keep colours multiplied by alpha, and so does
 * an ImageBitmap unless it was made with `premultiplyAlpha: 'none'`. There the colour of a nearly
 * transparent pixel is coarse.
 */
export type PictureInput =
  | ImageData
  | ImageBitmap
  | HTMLCanvasElement
  | OffscreenCanvas
  | HTMLImageElement
  | HTMLVideoElement
  | Blob
  | string
  | URL
  | StylizedImage;

/** A picture in the state that it had when the call was made. */
export interface Captured {
  readonly sent: Promise<SentPicture>;
  /** Frees the picture if it is not sent. */
  drop(): void;
}

const kinds = 'ImageData, ImageBitmap, a canvas, <img>, <video>, a Blob, a URL or a StylizedImage';

/**
 * Captures the present state of a picture; `name` names it in messages. Failures reject `sent` with an
 * ImageError, which need not be caught before it is awaited.
 */
export function capture(input: PictureInput, name: string): Captured {
  const sent = take(input, name);
  const drop = (): void => {
    sent.then(
      (picture) => picture.kind === 'bitmap' && picture.bitmap.close(),
      () => undefined,
    );
  };
  sent.catch(() => undefined);
  return { sent, drop };
}

/** The parts of a picture that are moved to the worker, not copied. */
export function transferable(picture: SentPicture): Transferable[] {
  if (picture.kind === 'pixels') return [picture.pixels.bytes.buffer];
  return picture.kind === 'bitmap' ? [picture.bitmap] : [];
}

async function take(input: PictureInput, name: string): Promise<SentPicture> {
  if (input instanceof StylizedImage) return take(input.toImageData(), name);
  if (typeof input === 'string' || isA<URL>(input, 'URL')) return fromUrl(String(input), name);
  if (isA<File>(input, 'File')) return { kind: 'blob', name: input.name || name, blob: input };
  if (isA<Blob>(input, 'Blob')) return { kind: 'blob', name, blob: input };
  if (isA<ImageData>(input, 'ImageData')) {
    const { width, height, data } = input;
    if (input.colorSpace === 'srgb' && data instanceof Uint8ClampedArray) {
      return { kind: 'pixels', name, pixels: { width, height, bytes: new Uint8ClampedArray(data) } };
    }
    return fromShown(input, name);
  }
  if (isA<HTMLImageElement>(input, 'HTMLImageElement')) {
    if (!input.complete) await input.decode().catch(() => undefined);
    if (input.naturalWidth > 0) return fromShown(input, name);
    throw noPicture(name, 'an <img> that has not loaded');
  }
  if (isA<HTMLVideoElement>(input, 'HTMLVideoElement')) {
    // HAVE_CURRENT_DATA
    if (input.readyState >= 2 && input.videoWidth > 0) return fromShown(input, name);
    throw noPicture(name, 'a <video> without a frame yet', 'wait for its loadeddata event');
  }
  if (
    isA<HTMLCanvasElement>(input, 'HTMLCanvasElement') ||
    isA<OffscreenCanvas>(input, 'OffscreenCanvas') ||
    isA<ImageBitmap>(input, 'ImageBitmap')
  ) {
    const { width, height } = input;
    if (width > 0 && height > 0) return fromShown(input, name);
    throw noPicture(name, `${tagOf(input)} of ${width}×${height} pixels`);
  }
  throw noPicture(name, tagOf(input) || String(input));
}

/** Makes a copy, so that the page may go on drawing. */
async function fromShown(source: ImageBitmapSource, name: string): Promise<SentPicture> {
  try {
    return { kind: 'bitmap', name, bitmap: await createImageBitmap(source, { premultiplyAlpha: 'none' }) };
  } catch (cause) {
    const received = messageOf(cause);
    throw new ImageError({ expected: 'a picture', name, received }, { cause });
  }
}

function fromUrl(address: string, name: string): SentPicture {
  const base = typeof document === 'undefined' ? self.location.href : document.baseURI;
  if (!URL.canParse(address, base)) throw noPicture(name, `${JSON.stringify(address)}, which is no URL`);
  return { kind: 'url', name: shortened(address), url: new URL(address, base).href };
}

function shortened(address: string): string {
  return address.length > 80 ? `${address.slice(0, 79)}…` : address;
}

function noPicture(name: string, received: string, remedy?: string): ImageError {
  return new ImageError({ expected: kinds, name, received, ...defined({ remedy }) });
}

/** `instanceof` does not work: objects of a frame have other classes, and a worker has no elements. */
function isA<T>(value: unknown, tag: string): value is T {
  return tagOf(value) === tag;
}

/**
 * Makes a mask from pixels, e.g. those of a canvas that somebody painted on (`context.getImageData`).
 * `luma` (default): white is 1 and black 0, as in masks of the command line; transparent is 0.
 * `alpha`: the opacity of a pixel.
 */
export function maskOf({ width, height, data }: ImageData, channel: 'luma' | 'alpha' = 'luma'): Mask {
  const values = new Float32Array(width * height);
  for (let i = 0; i < values.length; i++) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(4 * i, 4 * i + 4);
    const luma = channel === 'alpha' ? 255 : LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue;
    values[i] = Math.min(1, (luma / 255) * (alpha / 255));
  }
  return { width, height, data: values };
}
