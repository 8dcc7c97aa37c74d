/** What users call: pictures from files or bytes in, stylised pictures out. Node only. */

import {
  type ImageSize,
  outputSize,
  type RgbImage,
  type SizeRequest,
  toInterleaved,
} from '../images/image.ts';
import {
  depthFor,
  encodeImage,
  formatOfPath,
  type ImageFormat,
  type PictureSource,
  type ReadPicture,
  readPicture,
  resizeImage,
  type WriteImageOptions,
  writeImage,
} from '../images/node.ts';
import { SettingError, WeightsError } from '../errors.ts';
import type { MethodName } from '../networks/methods.ts';
import type { Device } from '../runtime/devices.ts';
import { createRuntime } from '../runtime/node.ts';
import { defaultModel, openModel } from './node-models.ts';
import { readStyleFile, writeStyleFile } from './node-style-file.ts';
import { DEFAULT_STYLE_SIZE } from './style-file-check.ts';
import type { StyleThumbnail } from './style-file.ts';
import { type ColourPreservation, inColoursOf } from './colours.ts';
import {
  createStylizer,
  type EncodeOptions,
  type PixelOptions,
  type Style,
  type WeightedStyle,
} from './stylizer.ts';

/** A path, the bytes of a picture file, what `readPicture` gave, or pixels that are in memory already. */
export type Picture = string | Uint8Array | ReadPicture | RgbImage;

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
   * A style file keeps the size at which it was encoded.
   */
  readonly size?: number;
}

/** Choices of {@link Stylizer.saveStyle}. */
export interface SaveStyleOptions {
  /** What the style was prepared from: the file then holds a thumbnail of it, and its name if it is a path. */
  readonly picture?: Picture;
  /** The name that the file gives as its source, in place of the picture's. */
  readonly source?: string;
}

/** One of several styles of a picture. */
export interface StyleShare extends Omit<WeightedStyle, 'style'> {
  /** One from `prepareStyle`, or a picture or style file to prepare just for this call. */
  readonly style: Style | Picture;
}

/** Choices of {@link Stylizer.stylize}. */
export interface StylizeOptions extends Omit<PixelOptions, 'preserveColor' | 'paintAt'> {
  /** Short side in pixels to which the content is brought first, and the size of the result. Default: its own size. */
  readonly contentSize?: number;
  /**
   * Short side in pixels at which the network paints; the painting is then brought to the size of the content. The same
   * photograph gets the same strokes at every resolution, and large ones in less time. Default: the content's own size.
   */
  readonly paintSize?: number;
  /** For styles that are prepared just for this call: as in {@link PrepareStyleOptions}. */
  readonly styleSize?: number;
  /**
   * Keeps the colours of the content. `luma`: only the painting's light and shade are used; `coral`: the style pictures
   * are given the content's mean colour and covariance first, so styles must be pictures. Default: the colours of the style.
   */
  readonly preserveColor?: ColourPreservation;
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
   * Encodes a style picture once, for any number of contents; or takes it from a style file, given as path or bytes.
   *
   * @throws ImageError if it cannot be read; WeightsError for a style file that is damaged or of another model;
   *   SettingError for an impossible size; DeviceError if it does not fit into memory; the signal's reason if aborted
   * @example
   * const style = await stylizer.prepareStyle('painting.jpg', { size: 768 });
   */
  prepareStyle(picture: Picture, options?: PrepareStyleOptions): Promise<Style>;
  /**
   * Writes a style as a file that `prepareStyle` and the command line take in place of its picture, with this model only:
   * 0.4 MB for the slim model at 512². What it paints is the same to about 1/255 at most. Whole or not at all, over a file of
   * that name.
   *
   * @throws WeightsError for a style of another model, or if the file cannot be written; ImageError if the picture for
   *   the thumbnail cannot be read
   * @example
   * await stylizer.saveStyle(style, 'painting.style', { picture: 'painting.jpg' });
   */
  saveStyle(style: Style, path: string, options?: SaveStyleOptions): Promise<void>;
  /**
   * Paints a content picture in a style. The result has the content's size to the pixel, whatever it is: 1×1 works.
   *
   * @param style one from `prepareStyle`, or a picture or style file to prepare just for this call; or several of them, mixed
   *   by their weights, each where its mask is
   * @throws ImageError if a picture cannot be read; SettingError for a strength outside 0–1 or an impossible size;
   *   WeightsError for a style of another model or a damaged style file; DeviceError if it does not fit into memory; the signal's reason if aborted
   * @example
   * const picture = await stylizer.stylize('photo.jpg', style, { strength: 0.8 });
   * await picture.toFile('out.png');
   * @example
   * const mixed = await stylizer.stylize('photo.jpg', [{ style: 'monet.jpg', weight: 2 }, { style: 'klee.png' }]);
   */
  stylize(
    picture: Picture,
    style: Style | Picture | readonly StyleShare[],
    options?: StylizeOptions,
  ): Promise<StylizedImage>;
  /** Waits for the calls whose network runs, then frees model and sessions; further calls throw a DeviceError. */
  dispose(): Promise<void>;
}

/** Choices of {@link StylizedImage.toFile} and {@link StylizedImage.toBuffer}. */
export interface SaveImageOptions extends WriteImageOptions {
  /** Carries the content's EXIF, XMP and density over, with the place and time of a photograph. Default: false. */
  readonly keepMetadata?: boolean;
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
    await writeImage(this, path, format === undefined ? {} : this.#written(format, options));
  }

  /**
   * Encodes it; default PNG.
   *
   * @throws ImageError if the format cannot hold it; SettingError for a quality outside 1–100
   */
  async toBuffer(format: ImageFormat = 'png', options: SaveImageOptions = {}): Promise<Uint8Array> {
    return encodeImage(this, format, this.#written(format, options));
  }

  #written(format: ImageFormat, { keepMetadata = false, ...options }: SaveImageOptions): WriteImageOptions {
    const { depth = 8, metadata } = this.source ?? {};
    return {
      depth: depthFor(format, depth),
      ...(keepMetadata && metadata !== undefined ? { metadata } : {}),
      ...options,
    };
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
    const { size = DEFAULT_STYLE_SIZE, signal } = options;
    signal?.throwIfAborted();
    if (typeof picture === 'string' || picture instanceof Uint8Array) {
      const saved = await readStyleFile(picture, model);
      if (saved !== undefined) return saved;
    }
    const image = await open(picture, { shortSide: size, pixelLimit: 1.5 * size * size });
    return pixels.encodeStyle(image, options);
  }

  return {
    model: model.name,
    method: model.method,
    device: runtime.device,
    prepareStyle,
    async saveStyle(style, path, { picture, source } = {}) {
      if (style.model !== model.sha256) {
        const remedy = 'save it with the stylizer that prepared it';
        const received = 'one of another model';
        throw new WeightsError({
          expected: `a style of model ${model.name}`,
          name: 'style',
          received,
          remedy,
        });
      }
      await writeStyleFile(path, style, {
        modelName: model.name,
        source: source ?? (typeof picture === 'string' ? picture : undefined),
        thumbnail: picture === undefined ? undefined : await thumbnailOf(picture),
      });
    },
    async stylize(picture, style, options = {}) {
      const { contentSize, paintSize, styleSize, preserveColor, ...pixelOptions } = options;
      options.onProgress?.({ phase: 'read' });
      options.signal?.throwIfAborted();
      const request = contentSize === undefined ? {} : { shortSide: contentSize };
      const { image: content, source } = await openPicture(picture, request);
      const shares: readonly StyleShare[] = isList(style) ? style : [{ style }];
      const prepared: WeightedStyle[] = [];
      for (const share of shares) {
        const { signal } = options;
        const how = {
          ...(styleSize === undefined ? {} : { size: styleSize }),
          ...(signal ? { signal } : {}),
        };
        const own =
          preserveColor === 'coral' ? await recoloured(share.style, content, styleSize) : share.style;
        prepared.push({ ...share, style: isStyle(own) ? own : await prepareStyle(own, how) });
      }
      const painted = await pixels.stylize(content, prepared, {
        ...pixelOptions,
        ...(preserveColor === 'luma' ? { preserveColor } : {}),
        ...(paintSize === undefined
          ? {}
          : { paintAt: { size: outputSize(content, { shortSide: paintSize }), resize } }),
      });
      return new StylizedImage(painted, source);
    },
    async dispose() {
      await pixels.dispose();
      await runtime.dispose();
    },
  };
}

function isList(style: Style | Picture | readonly StyleShare[]): style is readonly StyleShare[] {
  return Array.isArray(style);
}

function isStyle(style: Style | Picture): style is Style {
  return typeof style === 'object' && 'tensors' in style;
}

/** Side that is enough for the statistics of a picture's colours. */
const COLOUR_SIDE = 256;

/** The style picture in the colours of the content. */
async function recoloured(
  style: Style | Picture,
  content: RgbImage,
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
  const image = await open(style, { shortSide: size, pixelLimit: 1.5 * size * size });
  const { width, height } = content;
  const small =
    Math.max(width, height) <= COLOUR_SIDE ? content : await resizeImage(content, { longSide: COLOUR_SIDE });
  return inColoursOf(small, image);
}

/** Colours only: alpha stays with the picture that has it. */
function resize({ width, height, data }: RgbImage, size: ImageSize): Promise<RgbImage> {
  return resizeImage({ width, height, data }, { size });
}

/** Long side in pixels. */
const THUMBNAIL_SIDE = 128;

async function thumbnailOf(picture: Picture): Promise<StyleThumbnail> {
  const image = await open(picture, { longSide: THUMBNAIL_SIDE });
  return { type: 'image/webp', bytes: await encodeImage(image, 'webp', { quality: 60 }) };
}

async function open(picture: Picture, request: SizeRequest): Promise<RgbImage> {
  return (await openPicture(picture, request)).image;
}

/** A JPEG that ends early is taken as far as it goes; `source.warnings` says so. */
async function openPicture(
  picture: Picture,
  request: SizeRequest,
): Promise<{ image: RgbImage; source?: PictureSource }> {
  if (typeof picture === 'string' || picture instanceof Uint8Array) return readPicture(picture, request);
  if (!('image' in picture)) return { image: await resizeImage(picture, request) };
  return { image: await resizeImage(picture.image, request), source: picture.source };
}
