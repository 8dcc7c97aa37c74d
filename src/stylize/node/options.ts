/** What users may ask of a stylizer. Node only. */

import { defined } from '../../defined.ts';
import type { SizeRequest } from '../../images/size.ts';
import type { MethodName } from '../../networks/methods.ts';
import type { Device } from '../../runtime/devices.ts';
import { choicesOf } from '../choices.ts';
import type { ColourPreservation } from '../colours.ts';
import type { Picture } from './picture-input.ts';
import type { SaveImageOptions } from './stylized-image.ts';
import type { EncodeOptions, PixelOptions, Style, WeightedStyle } from '../stylizer.ts';

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
export interface StylizeOptions extends Omit<PixelOptions, 'preserveColor'> {
  /** Short side in pixels to which the content is brought first, and the size of the result. Default: its own size. */
  readonly contentSize?: number;
  /** For styles that are prepared just for this call: as in {@link PrepareStyleOptions}. */
  readonly styleSize?: number;
  /**
   * Keeps the colours of the content. `luma`: only the painting's light and shade are used; `coral`: the style pictures
   * are given the content's mean colour and covariance first, so styles must be pictures. Default: the colours of the style.
   */
  readonly preserveColor?: ColourPreservation;
}

/** What a picture is painted in: one style, prepared before or just for the call, or several that are mixed. */
export type StyleChoice = Style | Picture | readonly StyleShare[];

/** Choices of {@link Stylizer.stylizeFile}. */
export interface StylizeFileOptions extends StylizeOptions, SaveImageOptions {}

/** What {@link Stylizer.stylizeFile} has written. */
export interface StylizedFile {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** Faults of the content's file that could be lived with, a line each. */
  readonly warnings: readonly string[];
}

/** The styles of a picture, one or several. */
export function sharesOf(style: StyleChoice): readonly StyleShare[] {
  return isList(style) ? style : [{ style }];
}

function isList(style: StyleChoice): style is readonly StyleShare[] {
  return Array.isArray(style);
}

/** The size to which a content is brought. */
export function contentRequest({ contentSize }: StylizeOptions): SizeRequest {
  return contentSize === undefined ? {} : { shortSide: contentSize };
}

/** What is left for the pixels; `coral` has been seen to with the styles. */
export function pixelOptions(options: StylizeFileOptions): PixelOptions {
  const { strengthMap, tile, maxMemory, signal, preserveColor } = options;
  return {
    ...choicesOf(options),
    ...defined({ strengthMap, tile, maxMemory, signal }),
    ...(preserveColor === 'luma' ? { preserveColor } : {}),
    onProgress: (progress) => options.onProgress?.(progress),
  };
}

/** How it is written. */
export function savingOf({ quality, depth, metadata, keepMetadata }: SaveImageOptions): SaveImageOptions {
  return defined({ quality, depth, metadata, keepMetadata });
}
