/** What users call: pictures from files or bytes in, stylised pictures out. Node only. */

import { type RgbImage, type SizeRequest, toInterleaved } from '../images/image.ts';
import {
  encodeImage,
  type ImageFormat,
  readImage,
  resizeImage,
  type WriteImageOptions,
  writeImage,
} from '../images/node.ts';
import { SettingError } from '../errors.ts';
import type { MethodName } from '../networks/methods.ts';
import type { Device } from '../runtime/devices.ts';
import { createRuntime } from '../runtime/node.ts';
import { defaultModel, openModel } from './node-models.ts';
import { createStylizer, type EncodeOptions, type PixelOptions, type Style } from './stylizer.ts';

/** A path, the bytes of a picture file, or pixels that are in memory already. */
export type Picture = string | Uint8Array | RgbImage;

/** Choices of {@link loadStylizer}. */
export interface LoadStylizerOptions {
  /** Whose network: `wasserfarbe` (default), or one to compare it with, `sanet` or `adain`. */
  readonly method?: MethodName;
  /**
   * Name of a shipped model, default the method's slim one, or path of a `.safetensors` file with its card, `.json`,
   * beside it. Given with a method, it must be one of that method.
   */
  readonly model?: string;
  /** Default `auto`: the CPU. */
  readonly device?: Device;
  /** Threads of one operation on the CPU. Default: as many as there are cores. */
  readonly threads?: number;
  /**
   * Default `flush`: numbers too small for full precision count as zero, for speed. ONNX Runtime sets that for the
   * whole process, so that JavaScript's own `1e-310 * 0.5` is 0 from then on. `keep` leaves them alone, if no session
   * of this process has flushed before.
   */
  readonly denormals?: 'flush' | 'keep';
}

/** Choices of {@link Stylizer.prepareStyle}. */
export interface PrepareStyleOptions extends EncodeOptions {
  /**
   * Short side in pixels to which the style picture is brought, default 512: it decides how large its strokes
   * appear. A picture longer than 3:2 is made smaller, to 1.5 · size² pixels, since time and memory grow with them.
   */
  readonly size?: number;
}

/** Choices of {@link Stylizer.stylize}. */
export interface StylizeOptions extends PixelOptions {
  /** Short side in pixels to which the content is brought first, and the size of the result. Default: its own size. */
  readonly contentSize?: number;
}

/** Loads a model once, and stylises any number of pictures with it. */
export interface Stylizer {
  /** Name of the model in use: that of its card, or its path. */
  readonly model: string;
  /** Method of the model in use. */
  readonly method: MethodName;
  /** The execution provider in use, e.g. `cpu`. */
  readonly device: string;
  /**
   * Encodes a style picture once, for any number of contents.
   *
   * @throws ImageError if it cannot be read; SettingError for an impossible size; DeviceError if it does not fit into
   *   memory; the signal's reason if aborted
   * @example
   * const style = await stylizer.prepareStyle('painting.jpg', { size: 768 });
   */
  prepareStyle(picture: Picture, options?: PrepareStyleOptions): Promise<Style>;
  /**
   * Paints a content picture in a style. The result has the content's size to the pixel, whatever it is: 1×1 works.
   *
   * @param style one from `prepareStyle`, or a path to prepare just for this call
   * @throws ImageError if a picture cannot be read; SettingError for a strength outside 0–1 or an impossible size;
   *   WeightsError for a style of another model; DeviceError if it does not fit into memory; the signal's reason if aborted
   * @example
   * const picture = await stylizer.stylize('photo.jpg', style, { strength: 0.8 });
   * await picture.toFile('out.png');
   */
  stylize(picture: Picture, style: Style | string, options?: StylizeOptions): Promise<StylizedImage>;
  /** Waits for the calls whose network runs, then frees model and sessions; further calls throw a DeviceError. */
  dispose(): Promise<void>;
}

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

  constructor({ width, height, data }: RgbImage) {
    this.width = width;
    this.height = height;
    this.data = data;
  }

  /**
   * Writes it in the format of the ending (.png, .jpg, .webp, .avif), whole or not at all, over a file of that name.
   *
   * @throws ImageError for another ending, or if the file cannot be written; SettingError for a quality outside 1–100
   */
  async toFile(path: string, options: WriteImageOptions = {}): Promise<void> {
    await writeImage(this, path, options);
  }

  /**
   * Encodes it; default PNG.
   *
   * @throws ImageError if the format cannot hold it; SettingError for a quality outside 1–100
   */
  async toBuffer(format: ImageFormat = 'png', options: WriteImageOptions = {}): Promise<Uint8Array> {
    return encodeImage(this, format, options);
  }

  /** Interleaved bytes `[H, W, 3]`, RGB 0–255: what canvas-like libraries take. */
  toBytes(): Uint8Array {
    return toInterleaved(this);
  }
}

/**
 * Loads a model.
 *
 * @throws SettingError for an unknown model name, or a model of another method than asked for; WeightsError for a missing or damaged model file; DeviceError if
 *   the device is not there
 * @example
 * const stylizer = await loadStylizer();
 * const style = await stylizer.prepareStyle('painting.jpg');
 * await (await stylizer.stylize('photo.jpg', style)).toFile('out.png');
 * await stylizer.dispose();
 */
export async function loadStylizer(options: LoadStylizerOptions = {}): Promise<Stylizer> {
  const { method, model: name = defaultModel(method ?? 'wasserfarbe'), ...runtimeOptions } = options;
  const runtime = createRuntime(runtimeOptions);
  const model = await openModel(name);
  if (method !== undefined && method !== model.method) {
    throw new SettingError({
      expected: `a model of method ${method}`,
      name: 'model',
      received: `${name}, of method ${model.method}`,
    });
  }
  const pixels = createStylizer(model, runtime, { availableMemory: () => process.availableMemory() });

  async function prepareStyle(picture: Picture, options: PrepareStyleOptions = {}): Promise<Style> {
    const { size = 512, signal } = options;
    signal?.throwIfAborted();
    const image = await open(picture, { shortSide: size, pixelLimit: 1.5 * size * size });
    return pixels.encodeStyle(image, options);
  }

  return {
    model: model.name,
    method: model.method,
    device: runtime.device,
    prepareStyle,
    async stylize(picture, style, { contentSize, ...options } = {}) {
      options.onProgress?.({ phase: 'read' });
      options.signal?.throwIfAborted();
      const request = contentSize === undefined ? {} : { shortSide: contentSize };
      const [image, prepared] = await Promise.all([
        open(picture, request),
        typeof style === 'string'
          ? prepareStyle(style, options.signal === undefined ? {} : { signal: options.signal })
          : style,
      ]);
      return new StylizedImage(await pixels.stylize(image, prepared, options));
    },
    async dispose() {
      await pixels.dispose();
      await runtime.dispose();
    },
  };
}

async function open(picture: Picture, request: SizeRequest): Promise<RgbImage> {
  if (typeof picture === 'string' || picture instanceof Uint8Array) return readImage(picture, request);
  return resizeImage(picture, request);
}
