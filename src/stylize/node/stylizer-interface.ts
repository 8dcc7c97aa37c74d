/** What a loaded model does for its users. Node only. */

import type { ImageSize } from '../../images/image.ts';
import type { FileInput } from '../../images/node/image-file.ts';
import type { MethodName } from '../../networks/presets.ts';
import type { PrepareStyleOptions, StylizeOptions } from '../options.ts';
import type { Style } from '../style.ts';
import type {
  RefineOptions,
  SaveStyleOptions,
  StyleChoice,
  StylizedFile,
  StylizeFileOptions,
} from './options.ts';
import type { Picture } from './picture-input.ts';
import type { StylizedImage } from './stylized-image.ts';

/** A loaded model that stylises any number of pictures. */
export interface Stylizer {
  /** Name of the model in use: that of its card, or its path. */
  readonly model: string;
  /** Method of the model in use. */
  readonly method: MethodName;
  /** The execution provider in use, e.g. `cpu`. */
  readonly device: string;
  /**
   * Encodes a style picture once, for any number of contents. A style file, given as path or bytes, is
   * decoded.
   *
   * @throws ImageError if it cannot be read; WeightsError for a style file that is damaged or of another
   *   model; SettingError for an impossible size; DeviceError if it does not fit into memory; the signal's
   *   reason if aborted
   * @example
   * const style = await stylizer.prepareStyle('painting.jpg', { size: 768 });
   */
  prepareStyle(picture: Picture, options?: PrepareStyleOptions): Promise<Style>;
  /**
   * Writes a style as a file, whole or not at all, over a file of that name. `prepareStyle` and the command
   * line take the file in place of its picture, with this model only: 0.5 MB for the slim model at 512². It
   * paints the same to about 1/255 at most.
   *
   * @throws WeightsError for a style of another model, or if the file cannot be written; ImageError if the
   *   picture for the thumbnail cannot be read
   * @example
   * await stylizer.saveStyle(style, 'painting.style', { picture: 'painting.jpg' });
   */
  saveStyle(style: Style, path: string | URL, options?: SaveStyleOptions): Promise<void>;
  /**
   * Paints a content picture in a style. The result has the content's exact size; even 1×1 works.
   *
   * @param style one from `prepareStyle`, or a picture or style file to prepare just for this call; or
   *   several of them, mixed by their weights, each where its mask is
   * @throws ImageError if a picture cannot be read; SettingError for a strength outside 0–1 or an impossible
   *   size; WeightsError for a style of another model or a damaged style file; DeviceError if it does not fit
   *   into memory; the signal's reason if aborted
   * @example
   * const picture = await stylizer.stylize('photo.jpg', style, { strength: 0.8 });
   * await picture.toFile('out.png');
   * @example
   * const styles = [{ style: 'monet.jpg', weight: 2 }, { style: 'klee.png' }];
   * const mixed = await stylizer.stylize('photo.jpg', styles);
   */
  stylize(picture: Picture, style: StyleChoice, options?: StylizeOptions): Promise<StylizedImage>;
  /**
   * Paints a content picture once in each of the styles; it is decoded and encoded once for all. That is
   * faster than `stylize` for each, but all results are in memory together: 12 bytes a pixel and style. If
   * that does not fit, fewer are painted at once.
   *
   * @param styles each as `stylize` takes it
   * @returns a picture for each style, in their order, as `stylize` would give it
   * @throws as `stylize`; an error for one style rejects the whole call
   * @example
   * const [first, second] = await stylizer.stylizeEach('photo.jpg', [monet, klee]);
   */
  stylizeEach(
    picture: Picture,
    styles: readonly StyleChoice[],
    options?: StylizeOptions,
  ): Promise<StylizedImage[]>;
  /**
   * Paints a content picture in a style and refines the painting: its pixels are optimised, at half the
   * painting's size and then at its own, until they are arranged as the content and distributed as the style
   * in the eye of the package. Half a minute of two cores for 512².
   *
   * @param style as `stylize` takes it, as pictures: encoded styles do not hold what is compared
   * @throws as `stylize`; SettingError for an encoded style
   * @example
   * const enough = new AbortController();
   * process.once('SIGINT', () => enough.abort());
   * const options = { seconds: 30, enough: enough.signal };
   * const picture = await stylizer.refine('photo.jpg', 'painting.jpg', options);
   */
  refine(picture: Picture, style: StyleChoice, options?: RefineOptions): Promise<StylizedImage>;
  /**
   * Paints a picture file into a file. Small pictures go through `stylize`; large ones are painted in bands,
   * so that neither content nor result is in memory as a whole, whatever their size. `maxMemory` is for all
   * that grows with the picture: decoding, painting, encoding.
   *
   * @param picture a path or `file:` URL, or the bytes of a picture file in any form
   * @param output as {@link StylizedImage.toFile}: whole or not at all, over a file of that name. Folders are
   *   created
   * @throws as `stylize` and `toFile`; for lack of memory, before anything is decoded
   * @example
   * await stylizer.stylizeFile('scan.tif', style, 'painted.tif', { maxMemory: 2e9 });
   */
  stylizeFile(
    picture: FileInput,
    style: StyleChoice,
    output: string | URL,
    options?: StylizeFileOptions,
  ): Promise<StylizedFile>;
  /**
   * Whether `stylizeFile` would paint a content of `size` pixels in bands, judged by the memory available
   * now.
   *
   * @param style as `stylize` takes it; a picture that is not prepared counts as a square of `styleSize`
   * @throws SettingError for impossible options; WeightsError for a style of another model
   */
  worksInBands(size: ImageSize, style: StyleChoice, options?: StylizeFileOptions): boolean;
  /**
   * Waits for calls whose network is running, then frees model and sessions. Further
   * calls throw a DeviceError.
   */
  dispose(): Promise<void>;
}
