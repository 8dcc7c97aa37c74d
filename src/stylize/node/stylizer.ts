/** Stylising for users: pictures from files or bytes in, stylised pictures out. Node only. */

import { internal, SettingError } from '../../errors.ts';
import { formatToWrite } from '../../images/node/encode.ts';
import { type ImageSize, outputSize } from '../../images/image.ts';
import { inspectImage, readImage } from '../../images/node/image-file.ts';
import type { MethodName } from '../../networks/presets.ts';
import { createRuntime } from '../../runtime/node/onnxruntime.ts';
import { contentRequest, createCalls } from '../calls.ts';
import { COLOUR_SIDE, STYLE_SIZE } from '../defaults.ts';
import { isStyle, sharesOf, type Style, type WeightedStyle } from '../style.ts';
import { checkOptions } from '../option-kinds.ts';
import { pickOptions, type PrepareStyleOptions, type StylizeOptions, stylizeOptions } from '../options.ts';
import { createStylizer } from '../stylizer.ts';
import { needsBands, paintFileInBands } from './file-painting.ts';
import { defaultModel, openModel } from './models.ts';
import {
  type LoadStylizerOptions,
  loadStylizerOptions,
  type SaveStyleOptions,
  saveImageOptions,
  saveStyleOptions,
  type StyleChoice,
  type StyleShare,
  type StylizedFile,
  type StylizeFileOptions,
  stylizeFileOptions,
} from './options.ts';
import { nodePlatform, openPicture, type Picture, thumbnailOf } from './picture-input.ts';
import { writeStyleFile } from './style-files.ts';
import { StylizedImage } from './stylized-image.ts';

export type { PrepareStyleOptions, StylizeOptions } from '../options.ts';
export type {
  LoadStylizerOptions,
  SaveStyleOptions,
  StyleChoice,
  StyleShare,
  StylizedFile,
  StylizeFileOptions,
} from './options.ts';
export type { Picture } from './picture-input.ts';
export { StylizedImage } from './stylized-image.ts';

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
  saveStyle(style: Style, path: string, options?: SaveStyleOptions): Promise<void>;
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
   * Paints a picture file into a file. Small pictures go through `stylize`; large ones are painted in bands,
   * so that neither content nor result is in memory as a whole, whatever their size. `maxMemory` is for all
   * that grows with the picture: decoding, painting, encoding.
   *
   * @param picture a path, or the bytes of a picture file
   * @param output as {@link StylizedImage.toFile}: whole or not at all, over a file of that name. Folders are
   *   created
   * @throws as `stylize` and `toFile`; for lack of memory, before anything is decoded
   * @example
   * await stylizer.stylizeFile('scan.tif', style, 'painted.tif', { maxMemory: 2e9 });
   */
  stylizeFile(
    picture: string | Uint8Array,
    style: StyleChoice,
    output: string,
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

/**
 * Loads a model.
 *
 * @throws SettingError for an unknown model name, or a model of another method than asked for; WeightsError
 *   for a missing or damaged model file; DeviceError if the device is not there
 * @example
 * const stylizer = await loadStylizer();
 * const style = await stylizer.prepareStyle('painting.jpg');
 * await (await stylizer.stylize('photo.jpg', style)).toFile('out.png');
 * await stylizer.dispose();
 */
export async function loadStylizer(options: LoadStylizerOptions = {}): Promise<Stylizer> {
  checkOptions(options, loadStylizerOptions, 'loadStylizer');
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
  const calls = createCalls(model, pixels, nodePlatform);

  async function stylizeEach(
    picture: Picture,
    styles: readonly StyleChoice[],
    options: StylizeOptions = {},
  ): Promise<StylizedImage[]> {
    checkOptions(options, stylizeOptions, 'stylize');
    return paintEach(
      picture,
      styles.map((style) => sharesOf(style)),
      options,
    );
  }

  /** `stylizeEach` after the checks. */
  async function paintEach(
    picture: Picture,
    choices: readonly (readonly StyleShare[])[],
    options: StylizeOptions,
  ): Promise<StylizedImage[]> {
    options.onProgress?.({ phase: 'read' });
    options.signal?.throwIfAborted();
    const { image: content, source } = await openPicture(picture, contentRequest(options));
    const mixes: WeightedStyle[][] = [];
    for (const shares of choices) {
      mixes.push(await calls.prepareShares(shares, async () => content, options));
    }
    const painted = await pixels.stylizeEach(content, mixes, options);
    return painted.map((image) => new StylizedImage(image, source));
  }

  async function stylize(
    picture: Picture,
    style: StyleChoice,
    options: StylizeOptions = {},
  ): Promise<StylizedImage> {
    checkOptions(options, stylizeOptions, 'stylize');
    return paintOne(picture, sharesOf(style), options);
  }

  async function paintOne(
    picture: Picture,
    shares: readonly StyleShare[],
    options: StylizeOptions,
  ): Promise<StylizedImage> {
    const [painted] = await paintEach(picture, [shares], options);
    if (painted === undefined) throw internal('one style, no picture');
    return painted;
  }

  function worksInBands(size: ImageSize, style: StyleChoice, options: StylizeFileOptions = {}): boolean {
    checkOptions(options, stylizeFileOptions, 'worksInBands');
    return areInBands(size, sharesOf(style), options);
  }

  function areInBands(size: ImageSize, shares: readonly StyleShare[], options: StylizeFileOptions): boolean {
    const { styleSize = STYLE_SIZE, maxMemory } = options;
    const standIn: Style = { model: model.sha256, width: styleSize, height: styleSize, tensors: {} };
    const mix = shares.map((share) => ({
      ...share,
      style: isStyle(share.style) ? share.style : standIn,
    }));
    return needsBands(size, pixels.memory(size, mix, pickOptions(options, stylizeOptions)), maxMemory);
  }

  return {
    model: model.name,
    method: model.method,
    device: runtime.device,
    prepareStyle: calls.prepareStyle,
    async saveStyle(style, path, options = {}) {
      checkOptions(options, saveStyleOptions, 'saveStyle');
      const { picture, source } = options;
      const bytes = await calls.encodeStyle(style, {
        source: source ?? (typeof picture === 'string' ? picture : undefined),
        thumbnail: picture === undefined ? undefined : await thumbnailOf(picture),
      });
      await writeStyleFile(path, bytes);
    },
    stylize,
    stylizeEach,
    async stylizeFile(picture, style, output, options = {}) {
      checkOptions(options, stylizeFileOptions, 'stylizeFile');
      formatToWrite(output);
      options.onProgress?.({ phase: 'read' });
      options.signal?.throwIfAborted();
      const source = await inspectImage(picture);
      const request = contentRequest(options);
      const size = outputSize(source, request);
      const saving = pickOptions(options, saveImageOptions);
      const painting = pickOptions(options, stylizeOptions);
      const shares = sharesOf(style);
      if (!areInBands(size, shares, options)) {
        const painted = await paintOne(picture, shares, painting);
        options.signal?.throwIfAborted();
        await painted.toFile(output, saving);
        return { ...size, warnings: painted.source?.warnings ?? [] };
      }
      const colours = () => readImage(picture, { longSide: COLOUR_SIDE });
      const prepared = await calls.prepareShares(shares, colours, options);
      const files = { input: picture, source, size, request, output, saving };
      return { ...size, warnings: await paintFileInBands(pixels, prepared, files, painting) };
    },
    worksInBands,
    async dispose() {
      await pixels.dispose();
      await runtime.dispose();
    },
  };
}
