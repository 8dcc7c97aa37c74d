/** The options of the browser's calls that Node does not have, and the interface of a page's stylizer. */

import { PREVIEW_SIZE } from '../stylize/defaults.ts';
import type { RefiningProgress } from '../refining/refine.ts';
import type { Share, Style } from '../stylize/style.ts';
import type { OptionTable } from '../stylize/option-kinds.ts';
import {
  type PrepareStyleOptions,
  type RefineOptions as CommonRefineOptions,
  type StylizeOptions as CommonOptions,
  type StylizeProgress,
  prepareStyleOptions,
  refineOptions,
  stylizeOptions,
} from '../stylize/options.ts';
import type { PictureInput } from './picture-input.ts';
import type { StyleFileInfo } from '../stylize/style-file.ts';
import type { SaveImageOptions, StylizedImage } from './stylized-image.ts';

export type { PrepareStyleOptions } from '../stylize/options.ts';

/** `auto`: WebGPU if the browser has a graphics card for it, else WebAssembly. */
const browserDevices = ['auto', 'webgpu', 'wasm'] as const;
export type BrowserDevice = (typeof browserDevices)[number];

/** Location of a model: two URLs, since bundlers rename files. */
export interface ModelFiles {
  /** The `.safetensors` file. */
  readonly weights: string | URL;
  /** Its model card, `.json`. */
  readonly card: string | URL;
}

/** Location of a loss network. One that begins with a layer `conv0` needs no card. */
export type NetworkFiles = Pick<ModelFiles, 'weights'> & Partial<Pick<ModelFiles, 'card'>>;

/** Options of {@link loadStylizer}. */
export interface LoadStylizerOptions {
  /** Default: the slim model of this package, 1.2 MB. */
  readonly model?: ModelFiles;
  /** Default `auto`. */
  readonly device?: BrowserDevice;
  /**
   * Threads of one operation on `wasm`. Default: one for each core, at most 8. More than one needs a page
   * that is cross-origin isolated (headers COOP and COEP); other pages get one.
   */
  readonly threads?: number;
  /**
   * Only for pages without a bundler: URL of the folder with the files of onnxruntime-web (its `dist/`), on
   * the page's own origin or one that allows it (CORS). Default: the bundler finds the package.
   */
  readonly runtime?: string | URL;
  /** The network of the losses of refining and fine-tuning. Default: the eye of this package, 1.6 MB. */
  readonly lossNetwork?: NetworkFiles;
  /** Aborting rejects with the signal's reason and frees the worker. */
  readonly signal?: AbortSignal;
}

export const loadStylizerOptions = {
  model: { about: 'URLs of weights and card', kind: { is: 'object' } },
  device: { about: 'what runs the network', kind: { is: 'word', words: browserDevices }, default: 'auto' },
  threads: { about: 'threads on wasm', kind: { is: 'count' } },
  runtime: { about: 'URL of the files of onnxruntime-web', kind: { is: 'address' } },
  lossNetwork: { about: 'URLs of the network that losses look through', kind: { is: 'object' } },
  signal: prepareStyleOptions.signal,
} as const satisfies Record<keyof LoadStylizerOptions, OptionTable[string]>;

/** Options of calls that wait in the queue. */
export interface CallOptions {
  /**
   * Aborting rejects at once with the signal's reason. A waiting call is dropped. A running one ends after
   * its current step or tile, and its result is lost.
   */
  readonly signal?: AbortSignal;
}

/**
 * One of several styles of a picture. `style` comes from `prepareStyle`, or is a picture or style file to
 * prepare just for this call.
 */
export type StyleShare = Share<PictureInput>;

/** Options of {@link Stylizer.stylize}. */
export interface StylizeOptions extends CommonOptions {
  /**
   * Replaces older calls with `replace` that still wait; those reject with an AbortError. Meant for sliders
   * and videos. The running call continues. Default: false, every call gets its turn.
   */
  readonly replace?: boolean;
  /**
   * Receives a small painting in one pass, `previewSize` pixels at its short side, before the large one is
   * begun. Not called if the picture is hardly larger.
   */
  onPreview?(preview: StylizedImage): void;
  /** Short side of the preview in pixels, default 192. */
  readonly previewSize?: number;
}

export const pageStylizeOptions = {
  ...stylizeOptions,
  replace: { about: 'takes the place of older calls that wait', kind: { is: 'switch' }, default: false },
  onPreview: { about: 'gets a small painting first', kind: { is: 'function' } },
  previewSize: { about: 'short side of the preview', kind: { is: 'pixels' }, default: PREVIEW_SIZE },
} as const satisfies Record<keyof StylizeOptions, OptionTable[string]>;

/** Progress of a refinement. */
export interface RefineProgress extends Omit<StylizeProgress, 'refining'> {
  readonly refining?: Omit<RefiningProgress, 'preview'> & { preview(): StylizedImage };
}

/** Options of {@link Stylizer.refine}. */
export interface RefineOptions extends Omit<CommonRefineOptions, 'onProgress'> {
  /**
   * The picture to begin with, for example an earlier preview; it is brought to the painting's size. Default:
   * the painting.
   */
  readonly from?: PictureInput;
  /** Called in each phase, and after each step. */
  onProgress?(progress: RefineProgress): void;
}

export const pageRefineOptions = {
  ...refineOptions,
  from: { about: 'the picture to begin with', kind: { is: 'any' } },
} as const satisfies Record<keyof RefineOptions, OptionTable[string]>;

/** Options of {@link Stylizer.saveStyle}. */
export interface SaveStyleOptions extends CallOptions {
  /** The picture that the style was prepared from. The file then holds its thumbnail. */
  readonly picture?: PictureInput;
  /** Name of the source in the file, e.g. that of the picture. */
  readonly source?: string;
}

export const saveStyleOptions = {
  picture: { about: 'the picture that the style was prepared from', kind: { is: 'any' } },
  source: { about: 'the name that the file gives as its source', kind: { is: 'text' } },
  signal: prepareStyleOptions.signal,
} as const satisfies Record<keyof SaveStyleOptions, OptionTable[string]>;

/** Of {@link StylizedImage.toBlob}. */
export const saveImageOptions = {
  type: { about: 'the type of the file', kind: { is: 'text' }, default: 'image/png' },
  quality: { about: 'quality of JPEG and WebP', kind: { is: 'number', least: 0, most: 1 } },
} as const satisfies Record<keyof SaveImageOptions, OptionTable[string]>;

export const callOptions = {
  signal: prepareStyleOptions.signal,
} as const satisfies Record<keyof CallOptions, OptionTable[string]>;

/**
 * A loaded model that stylises any number of pictures, in a worker of its own. Calls wait for one another.
 */
export interface Stylizer {
  /** Name of the model in use: that of its card. */
  readonly model: string;
  /** The device that the model runs on. */
  readonly device: 'webgpu' | 'wasm';
  /**
   * Encodes a style picture once, for any number of contents. A style file, given as Blob or URL, is decoded.
   *
   * @throws ImageError if it is not a picture or cannot be read; WeightsError for a style file that is
   *   damaged or of another model; SettingError for an impossible size; DeviceError if it does not fit into
   *   memory or the stylizer is disposed; the signal's reason if aborted
   * @example
   * const picture = await (await fetch('painting.jpg')).blob();
   * const style = await stylizer.prepareStyle(picture, { size: 768 });
   */
  prepareStyle(picture: PictureInput, options?: PrepareStyleOptions): Promise<Style>;
  /**
   * Encodes a style as a file. `prepareStyle` takes it in place of its picture, here and in Node, with this
   * model only: 0.5 MB for the slim model at 512².
   *
   * @throws WeightsError for a style of another model; ImageError if the picture for the thumbnail cannot be
   *   read
   */
  saveStyle(style: Style, options?: SaveStyleOptions): Promise<Blob>;
  /**
   * The information in a style file: its model, size, source and thumbnail. Cheap: nothing is unpacked.
   *
   * @throws WeightsError if it is no style file, of another version or incomplete
   */
  readStyleInfo(file: Blob | string | URL, options?: CallOptions): Promise<StyleFileInfo>;
  /**
   * Paints a content picture in a style. The result has the content's exact size, and its transparency.
   *
   * @param picture read during the call, before it returns; Blobs and URLs are read when their turn comes
   * @param style one from `prepareStyle`, or a picture or style file to prepare just for this call; or
   *   several, mixed by their weights, each where its mask is
   * @throws ImageError if a picture is not one, cannot be read, or is too large; SettingError for a strength
   *   outside 0–1 or an impossible size; WeightsError for a style of another model; DeviceError if it does
   *   not fit into memory or the stylizer is disposed; an AbortError if a newer call replaced it; the
   *   signal's reason if aborted
   * @example
   * const painted = await stylizer.stylize(document.querySelector('img'), style, { strength: 0.8 });
   * painted.drawTo(document.querySelector('canvas'));
   */
  stylize(
    picture: PictureInput,
    style: Style | PictureInput | readonly StyleShare[],
    options?: StylizeOptions,
  ): Promise<StylizedImage>;
  /**
   * Paints a picture and refines the painting: its pixels are optimised, at half the painting's size and then
   * at its own, until they are arranged as the content and distributed as the style in the eye of the
   * package. That takes place in a second worker, so that other calls need not wait; its memory is freed when
   * nothing is left to refine. A minute of two cores for 384².
   *
   * @param style as `stylize` takes it, as pictures: encoded styles do not hold what is compared
   * @throws as `stylize`; SettingError for an encoded style
   * @example
   * const enough = new AbortController();
   * const onProgress = ({ refining }) => refining?.preview().drawTo(canvas);
   * const options = { seconds: 30, enough: enough.signal, onProgress };
   * const refined = await stylizer.refine('photo.jpg', 'painting.jpg', options);
   */
  refine(
    picture: PictureInput,
    style: PictureInput | readonly StyleShare[],
    options?: RefineOptions,
  ): Promise<StylizedImage>;
  /**
   * Ends the worker and frees all memory at once. Waiting, running and further calls
   * reject with a DeviceError.
   */
  dispose(): void;
}
