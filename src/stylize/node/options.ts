/** The options of Node's calls that browsers do not have, and what these calls take and give. Node only. */

import type { WriteImageOptions } from '../../images/node/image-file.ts';
import { type MethodName, methodNames } from '../../networks/presets.ts';
import { type Device, devices } from '../../runtime/devices.ts';
import type { Share } from '../style.ts';
import type { OptionTable } from '../option-kinds.ts';
import { type StylizeOptions, stylizeOptions } from '../options.ts';
import type { Style } from '../style.ts';
import type { Picture } from './picture-input.ts';

/** Options of `loadStylizer`. */
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
  device: { about: 'what runs the network', kind: { is: 'word', words: devices }, default: 'auto' },
  threads: { about: 'threads on the CPU; as many as cores, unless it is given', kind: { is: 'count' } },
  denormals: {
    about: 'what becomes of numbers too small for full precision',
    kind: { is: 'word', words: ['flush', 'keep'] },
  },
} as const satisfies Record<keyof LoadStylizerOptions, OptionTable[string]>;

/** Options of {@link Stylizer.saveStyle}. */
export interface SaveStyleOptions {
  /** What the style was prepared from: the file then holds a thumbnail of it, and its name if it is a path. */
  readonly picture?: Picture;
  /** The name that the file gives as its source, in place of the picture's. */
  readonly source?: string;
}

/** One of several styles of a picture; `style` is one from `prepareStyle`, or a picture or style file to prepare just for this call. */
export type StyleShare = Share<Picture>;

/** The style or styles of a picture: one, prepared before or just for the call, or several that are mixed. */
export type StyleChoice = Style | Picture | readonly StyleShare[];

/** Options of writing a stylised picture. */
export interface SaveImageOptions extends WriteImageOptions {
  /** Carries the content's EXIF, XMP and density over, with the place and time of a photograph. Default: false. */
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

/** What {@link Stylizer.stylizeFile} has written. */
export interface StylizedFile {
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
  /** Faults of the content's file that could be lived with, a line each. */
  readonly warnings: readonly string[];
}
