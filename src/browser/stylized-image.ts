/** Results for the page: pixels, and the ways to use them. */

import { checkOptions } from '../stylize/option-kinds.ts';
import { saveImageOptions } from './options.ts';
import { defined } from '../defined.ts';
import { ImageError } from '../errors.ts';
import type { Pixels } from './protocol.ts';

/** Options of {@link StylizedImage.toBlob}. */
export interface SaveImageOptions {
  /** Default `image/png`. JPEG shows white where the picture is transparent. */
  readonly type?: 'image/png' | 'image/jpeg' | 'image/webp';
  /** Quality of JPEG and WebP, 0–1. Default: the browser's. */
  readonly quality?: number;
}

/** A stylised picture: 8 bits, sRGB, with the content's transparency. */
export class StylizedImage {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** Interleaved `[H, W, 4]`, RGBA 0–255, not premultiplied. */
  readonly data: Uint8ClampedArray<ArrayBuffer>;

  constructor({ width, height, bytes }: Pixels) {
    this.width = width;
    this.height = height;
    this.data = bytes;
  }

  /** Shares `data`: nothing is copied. */
  toImageData(): ImageData {
    return new ImageData(this.data, this.width, this.height);
  }

  /**
   * Encodes a picture file through a canvas. Colours of nearly transparent pixels therefore become coarse;
   * those of `data` are not.
   *
   * @throws SettingError for an unknown option; ImageError if the browser cannot write the type, or has no
   *   canvas that large
   */
  async toBlob(options: SaveImageOptions = {}): Promise<Blob> {
    checkOptions(options, saveImageOptions, 'toBlob');
    const { type = saveImageOptions.type.default, quality } = options;
    const canvas = new OffscreenCanvas(this.width, this.height);
    const context = this.#draw(canvas);
    if (type === 'image/jpeg') {
      context.globalCompositeOperation = 'destination-over';
      context.fillStyle = 'white';
      context.fillRect(0, 0, this.width, this.height);
    }
    const blob = await canvas.convertToBlob({ type, ...defined({ quality }) });
    if (blob.type === type) return blob;
    // Browsers silently write PNG in place of types that they cannot write.
    throw new ImageError({ expected: 'a type that this browser writes', name: 'toBlob', received: type });
  }

  /**
   * Draws the picture into a canvas, which takes its size.
   *
   * @throws ImageError if the canvas has a context of another kind than `2d`, or cannot be that large
   */
  drawTo(canvas: HTMLCanvasElement | OffscreenCanvas): void {
    canvas.width = this.width;
    canvas.height = this.height;
    this.#draw(canvas);
  }

  #draw(canvas: HTMLCanvasElement | OffscreenCanvas) {
    const context = canvas.getContext('2d') as
      | CanvasRenderingContext2D
      | OffscreenCanvasRenderingContext2D
      | null;
    if (context === null) {
      const received = 'one with another context, or too large for this browser';
      throw new ImageError({ expected: "a canvas of context '2d'", name: 'the canvas', received });
    }
    context.putImageData(this.toImageData(), 0, 0);
    return context;
  }
}
