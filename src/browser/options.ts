/** What users of the browser entry give and get, apart from pictures. */

import type { PaintingChoices } from '../stylize/choices.ts';
import type { ColourPreservation } from '../stylize/colours.ts';
import type { Mask } from '../stylize/masks.ts';
import type { Style, StylizeProgress } from '../stylize/options.ts';
import type { PictureInput } from './picture-input.ts';
import type { StylizedImage } from './stylized-image.ts';

/** `auto`: WebGPU where the browser has a graphics card for it, else WebAssembly. */
export const browserDevices = ['auto', 'webgpu', 'wasm'] as const;
export type BrowserDevice = (typeof browserDevices)[number];

/** Where a model lies: two URLs, since bundlers rename files. */
export interface ModelFiles {
  /** The `.safetensors` file. */
  readonly weights: string | URL;
  /** Its model card, `.json`. */
  readonly card: string | URL;
}

/** Choices of {@link loadStylizer}. */
export interface LoadStylizerOptions {
  /** Default: the slim model, 1.1 MB, out of this package. */
  readonly model?: ModelFiles;
  /** Default `auto`. */
  readonly device?: BrowserDevice;
  /**
   * Threads of one operation on `wasm`. Default: one for each core, at most 8. More than one needs a page that is
   * cross-origin isolated (headers COOP and COEP); others get one.
   */
  readonly threads?: number;
  /**
   * Only for pages without bundler: URL of the folder that has the files of onnxruntime-web (its `dist/`), on the page's
   * own origin or one that allows it (CORS). Default: the bundler finds the package.
   */
  readonly runtime?: string | URL;
  /** Aborting rejects with its reason and frees the worker. */
  readonly signal?: AbortSignal;
}

/** Choices of calls that wait in the queue. */
export interface CallOptions {
  /**
   * Aborting rejects at once with its reason. A call that waits is dropped; one that runs ends after the step or tile that it
   * is in, and its result is lost.
   */
  readonly signal?: AbortSignal;
}

/** Choices of {@link Stylizer.prepareStyle}. */
export interface PrepareStyleOptions extends CallOptions {
  /**
   * Short side in pixels to which the style picture is brought, default 512: it decides how large its strokes
   * appear. A picture longer than 3:2 is made smaller, to 1.5 · size² pixels. A style file keeps its size.
   */
  readonly size?: number;
}

/** One of several styles of a picture. */
export interface StyleShare {
  /** One from `prepareStyle`, or a picture or style file to prepare just for this call. */
  readonly style: Style | PictureInput;
  /** Above 0, default 1; only the ratios of all weights count. */
  readonly weight?: number;
  /**
   * Where it is painted, default everywhere; of any size, laid over the whole picture, see `maskOf`. Styles share a place in
   * the ratio of weight · mask. Where the masks of all styles together are below 1, the picture shows through.
   */
  readonly mask?: Mask;
}

/** Choices of {@link Stylizer.stylize}. */
export interface StylizeOptions extends CallOptions, PaintingChoices {
  /** The strength of every place, multiplied with `strength`: a map of any size, laid over the whole picture. */
  readonly strengthMap?: Mask;
  /**
   * Keeps the colours of the content. `luma`: only the painting's light and shade are used; `coral`: the style pictures
   * are given the content's mean colour and covariance first, so styles must be pictures. Default: the colours of the style.
   */
  readonly preserveColor?: ColourPreservation;
  /** Short side in pixels to which the content is brought first, and the size of the result. Default: its own size. */
  readonly contentSize?: number;
  /** For styles that are prepared just for this call: as in {@link PrepareStyleOptions.size}. */
  readonly styleSize?: number;
  /**
   * `auto`, the default, paints in tiles what is too large for one piece; a number is the longest side of a tile in pixels,
   * its halo of up to 96 pixels a side included. The result is the same to within 1/255.
   */
  readonly tile?: 'auto' | number;
  /** Bytes that painting may take beside the picture and the result. Default: 1.5 GB. */
  readonly maxMemory?: number;
  /**
   * A newer call with `replace` takes the place of older ones with `replace` that still wait: those reject with an AbortError.
   * For sliders and videos. The call that runs goes on. Default: false, every call gets its turn.
   */
  readonly replace?: boolean;
  /** Hears of each phase, and of each tile. */
  onProgress?(progress: StylizeProgress): void;
  /**
   * Gets a small painting in one pass, `previewSize` pixels at its short side, before the large one is begun; not where the
   * picture is hardly larger than that.
   */
  onPreview?(preview: StylizedImage): void;
  /** Short side of the preview in pixels, default 192. */
  readonly previewSize?: number;
}

/** Choices of {@link Stylizer.saveStyle}. */
export interface SaveStyleOptions extends CallOptions {
  /** The name that the file gives as its source, e.g. that of the picture. */
  readonly source?: string;
}

/** Loads a model once, and stylises any number of pictures with it, in a worker of its own. Calls wait for one another. */
export interface Stylizer {
  /** Name of the model in use: that of its card. */
  readonly model: string;
  /** What the model runs on. */
  readonly device: 'webgpu' | 'wasm';
  /**
   * Encodes a style picture once, for any number of contents; or takes it from a style file, given as Blob or URL.
   *
   * @throws ImageError if it is not a picture or cannot be read; WeightsError for a style file that is damaged or of
   *   another model; SettingError for an impossible size; DeviceError if it does not fit into memory or the stylizer is
   *   disposed; the signal's reason if aborted
   * @example
   * const style = await stylizer.prepareStyle(await (await fetch('painting.jpg')).blob(), { size: 768 });
   */
  prepareStyle(picture: PictureInput, options?: PrepareStyleOptions): Promise<Style>;
  /**
   * A style as a file that `prepareStyle` takes in place of its picture, here and in Node, with this model only: 0.4 MB for
   * the slim model at 512².
   *
   * @throws WeightsError for a style of another model
   */
  saveStyle(style: Style, options?: SaveStyleOptions): Promise<Blob>;
  /**
   * Paints a content picture in a style. The result has the content's size to the pixel, and its transparency.
   *
   * @param picture is looked at during the call, before it returns or, for Blobs and URLs, when its turn comes
   * @param style one from `prepareStyle`, or a picture or style file to prepare just for this call; or several, mixed by
   *   their weights, each where its mask is
   * @throws ImageError if a picture is not one, cannot be read, or is too large; SettingError for a strength outside 0–1 or an
   *   impossible size; WeightsError for a style of another model; DeviceError if it does not fit into memory or the
   *   stylizer is disposed; an AbortError if a newer call replaced it; the signal's reason if aborted
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
   * Ends the worker and frees all memory at once. Calls that wait or run reject with a DeviceError, as further ones do.
   */
  dispose(): void;
}
