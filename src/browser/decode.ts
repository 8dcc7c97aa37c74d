/** Decoding in the worker: from the page's pictures to those of the networks, and back. */

import { ImageError } from '../errors.ts';
import { messageOf } from '../thrown.ts';
import type { ImageSize } from '../images/size.ts';
import type { Pixels, SentPicture } from './protocol.ts';
import { fromSamples, outputSize, type RgbImage, type SizeRequest, toSamples } from '../images/image.ts';
import { resampleImage } from '../images/resample.ts';
import { fillTransparent } from '../images/transparency.ts';
import { THUMBNAIL_SIDE } from '../stylize/defaults.ts';
import { isStyleFile, type StyleThumbnail } from '../stylize/style-file.ts';

/** Rows read at once: canvases are limited in area, and WebGL in the length of a side. */
const BAND_ROWS = 1024;

/**
 * The pixels of a bitmap made with `premultiplyAlpha: 'none'`. A canvas is fast, but keeps colours multiplied
 * by alpha in 8 bits. Transparent pictures are therefore read again through WebGL, which keeps the colours.
 * Without WebGL, colours of nearly transparent pixels stay coarse.
 *
 * @throws ImageError if the browser has no canvas that wide
 */
function pixelsOf(bitmap: ImageBitmap, name: string): Pixels {
  const { width, height } = bitmap;
  const bytes = new Uint8ClampedArray(4 * width * height);
  const canvas = new OffscreenCanvas(width, Math.min(height, BAND_ROWS));
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw tooWide(bitmap, name);
  for (let top = 0; top < height; top += BAND_ROWS) {
    const rows = Math.min(BAND_ROWS, height - top);
    context.clearRect(0, 0, width, rows);
    context.drawImage(bitmap, 0, top, width, rows, 0, 0, width, rows);
    bytes.set(context.getImageData(0, 0, width, rows).data, 4 * width * top);
  }
  if (!isOpaque(bytes)) readStraight(bitmap, bytes);
  return { width, height, bytes };
}

function isOpaque(bytes: Uint8ClampedArray): boolean {
  for (let i = 3; i < bytes.length; i += 4) if (bytes[i] !== 255) return false;
  return true;
}

/** Reads the pixels of a bitmap into `bytes`, if there is WebGL and the bitmap is not too large for it. */
function readStraight(bitmap: ImageBitmap, bytes: Uint8ClampedArray): void {
  const { width, height } = bitmap;
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  if (gl === null) return;
  try {
    if (Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return;
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, false);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
    gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
    const texture = gl.getParameter(gl.TEXTURE_BINDING_2D) as WebGLTexture | null;
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    if (gl.checkFramebufferStatus(gl.FRAMEBUFFER) !== gl.FRAMEBUFFER_COMPLETE) return;
    const straight = new Uint8Array(bytes.length);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, straight);
    if (gl.getError() === gl.NO_ERROR) bytes.set(straight);
  } finally {
    // Browsers keep only a few contexts, and would otherwise take one away from the page.
    gl.getExtension('WEBGL_lose_context')?.loseContext();
  }
}

function tooWide({ width, height }: ImageSize, name: string): ImageError {
  return new ImageError({
    expected: 'a picture that fits a canvas of this browser',
    name,
    received: `${width}×${height} pixels`,
    remedy: 'make it smaller first',
  });
}

/** 67 megapixels: 1 GB while the picture is read. */
const LIMIT_PIXELS = 2 ** 26;

/**
 * A picture as the viewer sees it: turned upright, in sRGB, with its alpha. Fully transparent pixels get
 * colours of their surroundings, as in Node.
 *
 * @throws ImageError if it cannot be read or is too large; SettingError for an impossible size
 */
export async function openPicture(
  picture: SentPicture,
  request: SizeRequest,
  signal?: AbortSignal,
): Promise<RgbImage> {
  const { width, height, bytes } = await readPixels(picture, signal);
  const samples = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = fromSamples(samples, { width, height }, 255);
  const opaque = whole.alpha?.every((value) => value === 1) === true;
  const own = opaque ? { width, height, data: whole.data } : whole;
  const image = resampleImage(own, outputSize(own, request), { depth: 8 });
  // Resizing leaves fully transparent pixels out, so they are filled afterwards.
  fillTransparent(image);
  return image;
}

export function toPixels(image: RgbImage): Pixels {
  const bytes = new Uint8ClampedArray(toSamples(image, 8, 4).buffer as ArrayBuffer);
  return { width: image.width, height: image.height, bytes };
}

/** A small copy of a style's picture for its file. Browsers that write no WebP write PNG in its place. */
export async function thumbnailOf(picture: SentPicture): Promise<StyleThumbnail> {
  const { width, height, bytes } = toPixels(await openPicture(picture, { longSide: THUMBNAIL_SIDE }));
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(new ImageData(bytes, width, height), 0, 0);
  const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.6 });
  const type = blob.type as StyleThumbnail['type'];
  return { type, bytes: new Uint8Array(await blob.arrayBuffer()) };
}

/** The bytes of a style file; undefined if the picture is none. */
export async function readStyleBytes(
  picture: SentPicture,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const blob = await blobOf(picture, signal);
  if (blob === undefined) return undefined;
  const head = new Uint8Array(await blob.slice(0, 16).arrayBuffer());
  return isStyleFile(head) ? new Uint8Array(await blob.arrayBuffer()) : undefined;
}

async function readPixels(picture: SentPicture, signal: AbortSignal | undefined): Promise<Pixels> {
  const { name } = picture;
  if (picture.kind === 'pixels') return checked(picture.pixels, name);
  if (picture.kind === 'bitmap') return read(picture.bitmap, name);
  const blob = await blobOf(picture, signal);
  const bitmap = await createImageBitmap(blob ?? new Blob(), { premultiplyAlpha: 'none' }).catch(
    (cause: unknown) => {
      throw new ImageError(
        {
          expected: 'a picture that this browser reads',
          name,
          received: blob?.size === 0 ? 'an empty file' : describe(blob),
          remedy:
            'PNG, JPEG, WebP, GIF and AVIF are read nearly everywhere; show SVG in an <img> and give that',
        },
        { cause },
      );
    },
  );
  return read(bitmap, name);
}

function read(bitmap: ImageBitmap, name: string): Pixels {
  try {
    return pixelsOf(checked(bitmap, name), name);
  } finally {
    bitmap.close();
  }
}

function checked<T extends { readonly width: number; readonly height: number }>(picture: T, name: string): T {
  const { width, height } = picture;
  if (width * height <= LIMIT_PIXELS) return picture;
  throw new ImageError({
    expected: `a picture of at most ${Math.floor(LIMIT_PIXELS / 1e6)} megapixels`,
    name,
    received: `${width}×${height}`,
    remedy: 'make it smaller first, or stylise it with Node or the command line',
  });
}

/** Fetched files: preparing a style reads its picture twice. */
const fetched = new WeakMap<SentPicture, Promise<Blob>>();

async function blobOf(picture: SentPicture, signal: AbortSignal | undefined): Promise<Blob | undefined> {
  if (picture.kind === 'blob') return picture.blob;
  if (picture.kind !== 'url') return undefined;
  const known = fetched.get(picture) ?? fetchBlob(picture.url, picture.name, signal);
  fetched.set(picture, known);
  return known;
}

async function fetchBlob(url: string, name: string, signal: AbortSignal | undefined): Promise<Blob> {
  const fault = (received: string, cause?: unknown): ImageError =>
    new ImageError(
      { expected: 'a picture that can be fetched', name, received },
      cause === undefined ? {} : { cause },
    );
  let response: Response;
  try {
    response = await fetch(url, signal === undefined ? {} : { signal });
    if (response.ok) return await response.blob();
  } catch (cause) {
    signal?.throwIfAborted();
    throw fault(messageOf(cause), cause);
  }
  throw fault(`status ${response.status}`);
}

function describe(blob: Blob | undefined): string {
  return blob === undefined || blob.type === '' ? 'a file of another kind' : `a file of type ${blob.type}`;
}
