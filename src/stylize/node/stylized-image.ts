/** A stylised picture, and how it becomes a file. Node only. */

import { type RgbImage, toInterleaved } from '../../images/image.ts';
import type { SaveImageOptions } from './options.ts';
import {
  depthFor,
  encodeImage,
  formatOfPath,
  type ImageFormat,
  type PictureSource,
  type WriteImageOptions,
  writeImage,
} from '../../images/node/image-file.ts';

/**
 * A stylised picture: planar `[3, H, W]` float32 `data`, RGB around 0–1 with the sRGB curve, not clamped;
 * clamped and rounded to 8 bits where it is written.
 */
export class StylizedImage implements RgbImage {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  readonly data: Float32Array;
  /** `[H, W]` float32, 0–1: the content's, where it has any. */
  readonly alpha?: Float32Array;
  /** What is known of the content's file: its depth, metadata and faults; not of pixels in memory. */
  readonly source?: PictureSource;

  constructor({ width, height, data, alpha }: RgbImage, source?: PictureSource) {
    this.width = width;
    this.height = height;
    this.data = data;
    if (alpha !== undefined) this.alpha = alpha;
    if (source !== undefined) this.source = source;
  }

  /**
   * Writes it in the format of the ending (.png, .jpg, .webp, .avif, .tif), whole or not at all, over a file of that name;
   * in 16 bits where the content had them and the format can hold them, without the content's metadata unless told so.
   *
   * @throws ImageError for another ending, or if the file cannot be written; SettingError for a quality outside 1–100
   */
  async toFile(path: string, options: SaveImageOptions = {}): Promise<void> {
    const format = formatOfPath(path);
    await writeImage(this, path, format === undefined ? {} : writingOf(this.source, format, options));
  }

  /**
   * Encodes it; default PNG.
   *
   * @throws ImageError if the format cannot hold it; SettingError for a quality outside 1–100
   */
  async toBuffer(format: ImageFormat = 'png', options: SaveImageOptions = {}): Promise<Uint8Array> {
    return encodeImage(this, format, writingOf(this.source, format, options));
  }

  /** Interleaved bytes `[H, W, 3]`, RGB 0–255: what canvas-like libraries take. */
  toBytes(): Uint8Array {
    return toInterleaved(this);
  }
}

/** How a picture is written that was made of such a file: in its depth, where the format can hold it. */
export function writingOf(
  source: PictureSource | undefined,
  format: ImageFormat,
  { keepMetadata, ...options }: SaveImageOptions,
): WriteImageOptions {
  const { depth = 8, metadata } = source ?? {};
  return {
    depth: depthFor(format, depth),
    ...(keepMetadata && metadata !== undefined ? { metadata } : {}),
    ...options,
  };
}
