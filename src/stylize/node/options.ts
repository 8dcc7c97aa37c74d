/**
 * Options of Node's calls that browsers do not have, with the arguments and results
 * of these calls. Node only.
 */

import type { WriteImageOptions } from '../../images/node/image-file.ts';
import { type MethodName, methodNames } from '../../networks/presets.ts';
import { type Device, devices } from '../../runtime/devices.ts';
import type { Share, Style } from '../style.ts';
import type { OptionTable } from '../option-kinds.ts';
import {
  type RefineOptions as CommonRefineOptions,
  refineOptions,
  type StylizeOptions,
  stylizeOptions,
} from '../options.ts';
import type { Picture } from './picture-input.ts';

/** Options of `loadStylizer`. */
export interface LoadStylizerOptions {
  /** The method of the network: `wasserfarbe` (default), or `sanet` or `adain` for comparison. */
  readonly method?: MethodName;
  /**
   * Name of a shipped model, or path of a `.safetensors` file with its card, `.json`, beside it. Default: the
   * method's slim model. If a method is given too, the model must be one of that method.
   */
  readonly model?: string;
  /**
   * Path of the network that refining looks through: a VGG-19 to relu5_1, of PyTorch, ONNX or safetensors,
   * with its card beside it, if it needs one. Default: the eye of the package.
   */
  readonly lossNetwork?: string;
  /** Default `auto`: the CPU. */
  readonly device?: Device;
  /** Threads of one operation on the CPU. Default: as many as there are cores. */
  readonly threads?: number;
  /**
   * `flush`, the default, treats numbers too small for full precision as zero, for speed. ONNX Runtime sets
   * that for the whole process: JavaScript's own `1e-310 * 0.5` is then 0. `keep` leaves such numbers alone,
   * unless an earlier session of this process has flushed.
   */
  readonly denormals?: 'flush' | 'keep';
}

export const loadStylizerOptions = {
  method: {
    about: 'whose network',
    kind: { is: 'word', words: methodNames },
    default: 'wasserfarbe',
  },
  model: {
    about: "a model of the package, by default the method's, or a .safetensors file",
    kind: { is: 'text' },
  },
  lossNetwork: {
    about: 'a VGG-19 that refining looks through; the eye of the package, unless it is given',
    kind: { is: 'text' },
  },
  device: { about: 'what runs the network', kind: { is: 'word', words: devices }, default: 'auto' },
  threads: { about: 'threads on the CPU; as many as cores, unless it is given', kind: { is: 'count' } },
  denormals: {
    about: 'what becomes of numbers too small for full precision',
    kind: { is: 'word', words: ['flush', 'keep'] },
  },
} as const satisfies Record<keyof LoadStylizerOptions, OptionTable[string]>;

/** Options of {@link Stylizer.saveStyle}. */
export interface SaveStyleOptions {
  /**
   * The picture that the style was prepared from. The file then holds its thumbnail
   * and, for a path or a `file:` URL, its name.
   */
  readonly picture?: Picture;
  /** Name of the source in the file, in place of the picture's. */
  readonly source?: string;
}

export const saveStyleOptions = {
  picture: { about: 'the picture that the style was prepared from', kind: { is: 'any' } },
  source: { about: 'the name that the file gives as its source', kind: { is: 'text' } },
} as const satisfies Record<keyof SaveStyleOptions, OptionTable[string]>;

/**
 * One of several styles of a picture. `style` comes from `prepareStyle`, or is a picture or style file to
 * prepare just for this call.
 */
export type StyleShare = Share<Picture>;

/** The style of a picture, prepared before or just for the call, or several styles that are mixed. */
export type StyleChoice = Style | Picture | readonly StyleShare[];

/** Options of {@link Stylizer.refine}. */
export interface RefineOptions extends CommonRefineOptions {
  /**
   * The picture to begin with: the photograph itself, or an earlier preview. It is brought to the painting's
   * size. Default: the painting.
   */
  readonly from?: Picture;
}

export const nodeRefineOptions = {
  ...refineOptions,
  from: { about: 'the picture to begin with', kind: { is: 'any' } },
} as const satisfies Record<keyof RefineOptions, OptionTable[string]>;

/** Options of writing a stylised picture. */
export interface SaveImageOptions extends WriteImageOptions {
  /**
   * Carries over the content's EXIF, XMP and density, including the place and time of a
   * photograph. Default: false.
   */
  readonly keepMetadata?: boolean;
}

export const saveImageOptions = {
  quality: {
    about: 'of JPEG, WebP and AVIF',
    kind: { is: 'number', least: 1, most: 100, whole: true },
  },
  depth: { about: 'bits a channel', kind: { is: 'number', least: 8, most: 16, whole: true } },
  metadata: { about: 'EXIF, XMP and density to carry over', kind: { is: 'object' } },
  keepMetadata: {
    about: "carry the content's EXIF and XMP over, with its place and time",
    kind: { is: 'switch' },
    default: false,
  },
} as const satisfies Record<keyof SaveImageOptions, OptionTable[string]>;

/** Options of {@link Stylizer.stylizeFile}. */
export interface StylizeFileOptions extends StylizeOptions, SaveImageOptions {}

export const stylizeFileOptions = { ...stylizeOptions, ...saveImageOptions };

/** Result of {@link Stylizer.stylizeFile}. */
export interface StylizedFile {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** Tolerated faults of the content's file, a line each. */
  readonly warnings: readonly string[];
}
