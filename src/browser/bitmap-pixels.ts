/** In the worker: the pixels of a bitmap, not premultiplied. */

import { ImageError } from '../errors.ts';
import type { ImageSize } from '../images/size.ts';
import type { Pixels } from './protocol.ts';

/** Rows that are read at once: canvases are limited in area, and WebGL in the length of a side. */
const BAND_ROWS = 1024;

/**
 * The pixels of a bitmap that was made with `premultiplyAlpha: 'none'`. A canvas is fast, but keeps colours multiplied by
 * alpha, in 8 bits: so transparent pictures are read again through WebGL, which leaves them as they are. Where that is
 * missing, colours of nearly transparent pixels stay coarse.
 *
 * @throws ImageError if the browser has no canvas that wide
 */
export function pixelsOf(bitmap: ImageBitmap, name: string): Pixels {
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
    // Browsers keep only a few contexts, and would take one away from the page.
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
