/** A stylised picture, and its writing to files. Node only. */

import { defined } from '../../defined.ts';
import { type RgbImage, toInterleaved } from '../../images/image.ts';
import { pathOf } from '../../files/paths.ts';
import { checkOptions } from '../option-kinds.ts';
import { type SaveImageOptions, saveImageOptions } from './options.ts';
import {
  checkFormat,
  depthFor,
  encodeImage,
  formatOfPath,
  type ImageFormat,
  type PictureSource,
  type WriteImageOptions,
  writeImage,
} from '../../images/node/image-file.ts';

/**
 * A stylised picture: planar `[3, H, W]` float32 `data`, RGB around 0–1 with the sRGB curve, not clamped.
 * Writing clamps it and rounds it to 8 bits, or to 16 if the content had them and the format can hold them.
 */
export class StylizedImage implements RgbImage {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  readonly data: Float32Array;
  /** Alpha of the content, if it has any: `[H, W]` float32, 0–1. */
  readonly alpha?: Float32Array;
  /** Depth, metadata and faults of the content's file; undefined for pixels in memory. */
  readonly source?: PictureSource;

  constructor({ width, height, data, alpha }: RgbImage, source?: PictureSource) {
    this.width = width;
    this.height = height;
    this.data = data;
    if (alpha !== undefined) this.alpha = alpha;
    if (source !== undefined) this.source = source;
  }

  /**
   * Writes the picture in the format of the ending (.png, .jpg, .webp, .avif, .tif), whole or not at all,
   * over a file of that name. It has 16 bits if the content had them and the format can hold them. The
   * content's metadata is left out unless asked for.
   *
   * @throws ImageError for another ending, or if the file cannot be written; SettingError for an
   *   unknown option or a quality outside 1–100
   */
  async toFile(place: string | URL, options: SaveImageOptions = {}): Promise<void> {
    checkOptions(options, saveImageOptions, 'toFile');
    const path = pathOf(place, 'the output');
    const format = formatOfPath(path);
    await writeImage(this, path, format === undefined ? {} : writingOf(this.source, format, options));
  }

  /**
   * Encodes the picture; default PNG.
   *
   * @throws ImageError if the format cannot hold it; SettingError for an unknown option or a quality outside
   *   1–100
   */
  async toBuffer(format: ImageFormat = 'png', options: SaveImageOptions = {}): Promise<Uint8Array> {
    checkOptions(options, saveImageOptions, 'toBuffer');
    checkFormat(format);
    return encodeImage(this, format, writingOf(this.source, format, options));
  }

  /** Interleaved bytes `[H, W, 3]`, RGB 0–255, as libraries for canvases take them. */
  toBytes(): Uint8Array {
    return toInterleaved(this);
  }
}

/** Options of writing a picture made from such a file: in the file's depth, if the format can hold it. */
export function writingOf(
  source: PictureSource | undefined,
  format: ImageFormat,
  { keepMetadata, ...options }: SaveImageOptions,
): WriteImageOptions {
  const { depth = 8, metadata } = source ?? {};
  return {
    depth: depthFor(format, depth),
    ...(keepMetadata && metadata !== undefined ? { metadata } : {}),
    ...defined(options),
  };
}
