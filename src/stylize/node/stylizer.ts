/** Stylising for users: pictures from files or bytes in, stylised pictures out. Node only. */

import { internal, SettingError } from '../../errors.ts';
import { pathOf } from '../../files/paths.ts';
import { checkWriting, formatToWrite } from '../../images/node/encode.ts';
import { type ImageSize, outputSize } from '../../images/image.ts';
import { inspectImage, type ReadPicture, readPicture } from '../../images/node/image-file.ts';
import { createRuntime } from '../../runtime/node/onnxruntime.ts';
import { contentRequest, createCalls } from '../calls.ts';
import { COLOUR_SIDE, STYLE_SIZE } from '../defaults.ts';
import { isStyle, sharesOf, type Style, type WeightedStyle } from '../style.ts';
import { checkOptions, inWords } from '../option-kinds.ts';
import { withListener } from '../listener.ts';
import { pickOptions, type StylizeOptions, stylizeOptions } from '../options.ts';
import { createRefiner } from '../refiner.ts';
import { EYE, readLossNetwork } from '../../networks/node/loss-network-file.ts';
import { createStylizer } from '../stylizer.ts';
import { needsBands, paintFileInBands } from './file-painting.ts';
import { defaultModel, openModel } from './models.ts';
import {
  type LoadStylizerOptions,
  loadStylizerOptions,
  nodeRefineOptions,
  saveImageOptions,
  saveStyleOptions,
  type StyleChoice,
  type StyleShare,
  type StylizeFileOptions,
  stylizeFileOptions,
} from './options.ts';
import {
  awaitBytes,
  nodePlatform,
  openPicture,
  type Picture,
  sourceName,
  thumbnailOf,
} from './picture-input.ts';
import { writeStyleFile } from './style-files.ts';
import { StylizedImage, writingOf } from './stylized-image.ts';
import type { Stylizer } from './stylizer-interface.ts';

export type { PrepareStyleOptions, StylizeOptions } from '../options.ts';
export type {
  LoadStylizerOptions,
  RefineOptions,
  SaveStyleOptions,
  StyleChoice,
  StyleShare,
  StylizedFile,
  StylizeFileOptions,
} from './options.ts';
export type { Picture } from './picture-input.ts';
export { StylizedImage } from './stylized-image.ts';
export type { Stylizer } from './stylizer-interface.ts';

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
  const {
    method,
    model: name = defaultModel(method ?? 'wasserfarbe'),
    lossNetwork: network = EYE,
    ...runtimeOptions
  } = options;
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
  const refiner = createRefiner({
    ...{ model, pixels, calls, runtime, eye: () => readLossNetwork(network) },
    availableMemory: () => process.availableMemory(),
  });

  async function stylizeEach(
    picture: Picture,
    styles: readonly StyleChoice[],
    options: StylizeOptions = {},
  ): Promise<StylizedImage[]> {
    checkOptions(options, stylizeOptions, 'stylize');
    if (!Array.isArray(styles)) {
      throw new SettingError({ expected: 'a list of styles', name: 'the styles', received: inWords(styles) });
    }
    return paintEach(
      picture,
      styles.map((style) => sharesOf(style)),
      withListener(options),
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
    const { image: content, source } = await openPicture(picture, contentRequest(options), options.signal);
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
    return paintOne(picture, sharesOf(style), withListener(options));
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
    async saveStyle(style, place, options = {}) {
      checkOptions(options, saveStyleOptions, 'saveStyle');
      const path = pathOf(place, 'the style file');
      if (!isStyle(style)) {
        const problem = { expected: 'what prepareStyle gave', name: 'the style' };
        throw new SettingError({ ...problem, received: inWords(style) });
      }
      const { picture, source } = options;
      const bytes = await calls.encodeStyle(style, {
        source: source ?? sourceName(picture),
        thumbnail: picture === undefined ? undefined : await thumbnailOf(picture),
      });
      await writeStyleFile(path, bytes);
    },
    stylize,
    stylizeEach,
    async refine(picture, style, given = {}) {
      checkOptions(given, nodeRefineOptions, 'refine');
      const options = withListener(given);
      const { from, ...rest } = options;
      options.onProgress?.({ phase: 'read' });
      options.signal?.throwIfAborted();
      const { image: content, source } = await openPicture(picture, contentRequest(options), options.signal);
      const beginning = from === undefined ? undefined : (await openPicture(from, {}, options.signal)).image;
      const refined = await refiner.refine(content, sharesOf(style), rest, beginning);
      return new StylizedImage(refined, source);
    },
    async stylizeFile(picture, style, place, given = {}) {
      checkOptions(given, stylizeFileOptions, 'stylizeFile');
      const options = withListener(given);
      const output = pathOf(place, 'the output');
      const format = formatToWrite(output);
      options.onProgress?.({ phase: 'read' });
      options.signal?.throwIfAborted();
      await awaitBytes(picture, options.signal);
      const source = await inspectImage(picture);
      const request = contentRequest(options);
      const size = outputSize(source, request);
      const saving = pickOptions(options, saveImageOptions);
      checkWriting(size, format, writingOf(source, format, saving));
      const painting = pickOptions(options, stylizeOptions);
      const shares = sharesOf(style);
      if (!areInBands(size, shares, options)) {
        const painted = await paintOne(picture, shares, painting);
        options.signal?.throwIfAborted();
        await painted.toFile(output, saving);
        return { ...size, warnings: painted.source?.warnings ?? [] };
      }
      let small: Promise<ReadPicture> | undefined;
      const colours = async () => {
        // Faults of the file are told by what reads it for painting.
        small ??= readPicture(picture, { longSide: COLOUR_SIDE });
        return (await small).image;
      };
      const prepared = await calls.prepareShares(shares, colours, options);
      const files = { input: picture, source, size, request, output, saving };
      return { ...size, warnings: await paintFileInBands(pixels, prepared, files, painting) };
    },
    worksInBands,
    async dispose() {
      await pixels.dispose();
      await refiner.dispose();
      await runtime.dispose();
    },
  };
}
