/** Stylising pictures in memory: a model on a runtime, without files. Works wherever a runtime does. */

import { DeviceError, internal, SettingError, WeightsError } from '../errors.ts';
import { input } from '../graph/ops/sources.ts';
import { cropCorner, extendEdges } from '../images/extend.ts';
import type { ImageSize, RgbImage } from '../images/image.ts';
import { frozen } from '../networks/parameters.ts';
import { encodeStyle, type GeneratorConfig, MINIMUM_SIZE, stylizeMixtures } from '../networks/generator.ts';
import type { Program, Runtime } from '../runtime/runtime.ts';
import type { WeightMap, WeightTensor } from '../weights/safetensors.ts';
import { imageSink, imageSource } from './bands.ts';
import { longestTile, memoryOfTiles, memoryToEncode, memoryToStylise, smallestTile } from './memory.ts';
import { coverage, type Mask, type Window } from './masks.ts';
import { mapFeeds, type Mix, mixtureFeeds, mixtureInputs, mixtureKey } from './mixing.ts';
import { ProgramCache } from './program-cache.ts';
import { type BandSink, type BandSource, paintTiled } from './tiled.ts';

/** A trained generator. */
export interface StylizerModel {
  /** For messages. */
  readonly name: string;
  /** Of the weights file: the styles that a model encodes carry it. */
  readonly sha256: string;
  readonly config: GeneratorConfig;
  readonly weights: WeightMap;
}

/**
 * An encoded style picture, for any number of contents: keys and values of the attention (or mean and deviation),
 * and what the model has of the rest: the statistics for its shortcuts, the decoder's modulation, the palette. Belongs
 * to the model that made it. Plain data: of the slim model 1.6 MB at 512×512 pixels, 2.4 MB at 768×512.
 */
export interface Style {
  /** SHA-256 of the model's weights file. */
  readonly model: string;
  /** Size in pixels at which the picture was encoded. */
  readonly width: number;
  readonly height: number;
  /** By name, row-major float32. */
  readonly tensors: Readonly<Record<string, WeightTensor>>;
}

/** `read`: the picture is decoded; `compile`: a size not seen lately; `run`: the network; `done`. */
export type StylizePhase = 'read' | 'compile' | 'run' | 'done';

/** What a call reports while it goes. */
export interface StylizeProgress {
  readonly phase: StylizePhase;
  /** In phase `run` of a picture that is painted in tiles: how many are done, of how many, in both passes together. */
  readonly tiles?: { readonly done: number; readonly total: number };
}

/** A style and how much of it. */
export interface WeightedStyle {
  readonly style: Style;
  /** Above 0, default 1; only the ratios of all weights count. */
  readonly weight?: number;
  /**
   * Where it is painted, default everywhere; of any size, laid over the whole picture. Styles share a place in the ratio of
   * weight · mask. Where the masks of all styles together are below 1, the picture shows through.
   */
  readonly mask?: Mask;
}

/** What to paint in: a style, or several, whose features are mixed. */
export type StyleMix = Style | readonly WeightedStyle[];

export interface EncodeOptions {
  /** Aborting rejects with its reason, between two steps: a network that runs is not interrupted. */
  readonly signal?: AbortSignal;
}

export interface PixelOptions extends EncodeOptions {
  /**
   * How strongly, 0–1, default 1. The result is content + strength · (stylised − content), in sRGB values of each
   * pixel: 0 is exactly the input, 1 exactly the network's picture, and every pixel moves straight between them.
   */
  readonly strength?: number;
  /** The same for every place, multiplied with it: a map of any size, laid over the whole picture. */
  readonly strengthMap?: Mask;
  /**
   * `auto`, the default, paints pictures in tiles that are too large to be painted in one piece; a number is the
   * longest side of a tile in pixels, its halo of up to 96 pixels a side included. The result is the same to within
   * 1/255: tiles know the statistics of the whole picture.
   */
  readonly tile?: 'auto' | number;
  /** Bytes that painting may take beside the picture and the result. Default: what the machine has free. */
  readonly maxMemory?: number;
  onProgress?(progress: StylizeProgress): void;
}

/** A model on a runtime. */
export interface PixelStylizer {
  /** Encodes a style picture as it is; a side under 17 pixels is extended by repeating its edge. */
  encodeStyle(picture: RgbImage, options?: EncodeOptions): Promise<Style>;
  /** Stylises a picture; the result has its size, values around 0–1, not clamped. */
  stylize(picture: RgbImage, style: StyleMix, options?: PixelOptions): Promise<RgbImage>;
  /** A picture for each of the styles; the content is encoded once for all of them. */
  stylizeEach(picture: RgbImage, styles: readonly StyleMix[], options?: PixelOptions): Promise<RgbImage[]>;
  /** The same as `stylize` for a picture that is read and written in bands, so that neither need be in memory as a whole. */
  stylizeBands(source: BandSource, sink: BandSink, style: StyleMix, options?: PixelOptions): Promise<void>;
  /** Frees the compiled programs when the calls under way have ended; further calls throw. The runtime stays. */
  dispose(): Promise<void>;
}

export interface PixelStylizerOptions {
  /** Compiled programs that stay ready, each for one size of content and style. Default 4. */
  readonly programs?: number;
  /** Bytes that a run may use; asked before one of a size that is not compiled. Default: not limited. */
  readonly availableMemory?: () => number;
}

/** Puts a model on a runtime. Nothing is compiled before the first picture. */
export function createStylizer(
  model: StylizerModel,
  runtime: Runtime,
  { programs = 4, availableMemory = () => Number.POSITIVE_INFINITY }: PixelStylizerOptions = {},
): PixelStylizer {
  const parameters = frozen(model.weights, model.name);
  const cache = new ProgramCache(programs);
  const calls = new Set<Promise<unknown>>();
  let disposed = false;

  /** Calls are counted, so that nothing is freed under them. */
  async function call<T>(name: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    if (disposed) throw new DeviceError({ expected: 'a live stylizer', name, received: 'a disposed one' });
    const running = pause(signal).then(work);
    calls.add(running);
    try {
      return await running;
    } finally {
      calls.delete(running);
    }
  }

  /** A program that is there has its memory already; for another, programs that nobody is using make room. */
  async function makeRoom(key: string, demand: Demand): Promise<void> {
    if (cache.has(key) || demand.bytes <= availableMemory()) return;
    await cache.evictIdle();
    const available = availableMemory();
    if (demand.bytes > available) throw refusal(demand, available);
  }

  async function encode(picture: RgbImage, signal: AbortSignal | undefined): Promise<Style> {
    const extended = extendEdges(picture, MINIMUM_SIZE);
    const { width, height } = extended;
    const key = `style ${width}×${height}`;
    const bytesAt = (size: ImageSize) => memoryToEncode(size, model.config);
    await makeRoom(key, { picture: extended, name: 'style', bytes: bytesAt(extended), bytesAt });
    const outputs = encodeStyle(input('style', [1, 3, height, width]), parameters, model.config);
    const compile = (): Promise<Program> => runtime.compile(outputs);
    const values = await cache.use(key, compile, async (program) => {
      await pause(signal);
      return program.run({ style: extended.data });
    });
    const tensors = Object.entries(values).flatMap(([name, data]) => {
      const shape = outputs[name]?.shape;
      return shape === undefined ? [] : [[name, { shape, data }] as const];
    });
    return { model: model.sha256, width, height, tensors: Object.fromEntries(tensors) };
  }

  /** In one piece; the content is encoded once for all mixtures. */
  async function paintWhole(
    picture: RgbImage,
    mixes: readonly Mix<Style>[],
    { signal, onProgress }: PixelOptions,
  ): Promise<RgbImage[]> {
    const extended = extendEdges(picture, MINIMUM_SIZE);
    const { width, height } = extended;
    const key = wholeKey(extended, mixes);
    const bytesAt = (size: ImageSize) => memoryOf(size, mixes);
    await makeRoom(key, { picture: extended, name: 'content', bytes: bytesAt(extended), bytesAt });
    const compile = (): Promise<Program> => {
      const content = input('content', [1, 3, height, width]);
      const mixtures = mixes.map((mix, i) => mixtureInputs(mix, extended, `${i}.`));
      const pictures = stylizeMixtures(content, mixtures, parameters, model.config);
      return runtime.compile(Object.fromEntries(pictures.map((made, i) => [`picture.${i}`, made])));
    };
    if (!cache.has(key)) onProgress?.({ phase: 'compile' });
    const values = await cache.use(key, compile, async (program) => {
      onProgress?.({ phase: 'run' });
      await pause(signal);
      const window = { top: 0, left: 0, width, height };
      const feeds = mixes.map((mix, i) => ({
        ...mixtureFeeds(mix, `${i}.`),
        ...mapFeeds(mix, picture, window, program.inputs, `${i}.`),
      }));
      return program.run(Object.assign({ content: extended.data }, ...feeds));
    });
    return mixes.map((_, i) => {
      const data = values[`picture.${i}`];
      if (data === undefined) throw internal(`no picture ${i}`);
      return cropCorner({ width, height, data }, picture);
    });
  }

  async function paintBands(source: BandSource, sink: BandSink, mix: Mix<Style>, options: PixelOptions) {
    const { signal, onProgress } = options;
    const painted =
      strengthAt(mix, source, options) === undefined ? sink : blendedSink(source, sink, mix, options);
    const longest = await tileSide(source, mix, options);
    onProgress?.({ phase: 'compile' });
    await paintTiled(
      { runtime, parameters, config: model.config },
      {
        source,
        sink: painted,
        mix,
        longest,
        signal,
        onTile: (done, total) => onProgress?.({ phase: 'run', tiles: { done, total } }),
      },
    );
    onProgress?.({ phase: 'done' });
  }

  async function paint(
    picture: RgbImage,
    mixes: readonly Mix<Style>[],
    options: PixelOptions,
  ): Promise<RgbImage[]> {
    const { strength = 1, onProgress } = options;
    if (strength === 0) {
      onProgress?.({ phase: 'done' });
      return mixes.map(() => ({ ...picture, data: picture.data.slice() }));
    }
    if (mixes.length === 0) return [];
    if (fitsWhole(picture, mixes, options)) {
      const stylised = await paintWhole(picture, mixes, options);
      onProgress?.({ phase: 'done' });
      return mixes.map((mix, i) => {
        const how = strengthAt(mix, picture, options);
        const made = stylised[i] ?? picture;
        return how === undefined ? made : blend(picture, made, how({ top: 0, left: 0, ...sizeOf(picture) }));
      });
    }
    const pictures: RgbImage[] = [];
    for (const mix of mixes) {
      const sink = imageSink(picture);
      await paintBands(imageSource(picture), sink, mix, options);
      pictures.push(sink.image);
    }
    return pictures;
  }

  function memoryOf(picture: ImageSize, mixes: readonly Mix<Style>[]): number {
    // Of several styles, what each makes of a layer lives at once: a third of the activations for each one more. Several
    // mixtures are painted one after the other, but the content's features stay for the next.
    const each = mixes.map(({ styles }) => {
      const most = Math.max(...styles.map((style) => memoryToStylise(picture, style, model.config)));
      return most * (1 + (styles.length - 1) / 3);
    });
    return Math.max(...each) * (mixes.length > 1 ? 1.3 : 1);
  }

  function fitsWhole(
    picture: ImageSize,
    mixes: readonly Mix<Style>[],
    { tile = 'auto', maxMemory }: PixelOptions,
  ): boolean {
    const side = Math.max(picture.width, picture.height);
    if (tile !== 'auto') return side <= tile;
    if (side < smallestTile(model.config)) return true;
    if (cache.has(wholeKey(picture, mixes))) return true;
    return memoryOf(picture, mixes) <= Math.min(WHOLE_BYTES, maxMemory ?? availableMemory());
  }

  /** The longest side of the tiles of a picture. */
  async function tileSide(
    picture: ImageSize,
    { styles }: Mix<Style>,
    { tile = 'auto', maxMemory }: PixelOptions,
  ): Promise<number> {
    const { config } = model;
    const smallest = smallestTile(config);
    const wanted = tile === 'auto' ? smallest : Math.max(tile, smallest);
    const bytes = memoryOfTiles(picture, styles, config, wanted);
    if (bytes > (maxMemory ?? availableMemory())) await cache.evictIdle();
    const available = maxMemory ?? availableMemory();
    if (bytes > available) {
      const bytesAt = (size: ImageSize) => memoryOfTiles(size, styles, config, smallest);
      throw refusal({ picture, name: 'content', bytes, bytesAt }, available);
    }
    return tile === 'auto' ? (longestTile(picture, styles, config, available) ?? smallest) : wanted;
  }

  return {
    async encodeStyle(picture, { signal } = {}) {
      return call('encodeStyle', signal, () => encode(picture, signal));
    },

    async stylize(picture, style, options = {}) {
      checkOptions(options);
      const mix = mixOf(style, model);
      const [painted] = await call('stylize', options.signal, () => paint(picture, [mix], options));
      if (painted === undefined) throw internal('one style, no picture');
      return painted;
    },

    async stylizeEach(picture, styles, options = {}) {
      checkOptions(options);
      const mixes = styles.map((style) => mixOf(style, model));
      return call('stylizeEach', options.signal, () => paint(picture, mixes, options));
    },

    async stylizeBands(source, sink, style, options = {}) {
      checkOptions(options);
      const mix = mixOf(style, model);
      return call('stylizeBands', options.signal, () => paintBands(source, sink, mix, options));
    },

    async dispose() {
      disposed = true;
      await Promise.allSettled(calls);
      await cache.dispose();
    },
  };
}

/** Pictures that take more in one piece are painted in tiles, which take a quarter longer and a fraction of the memory. */
const WHOLE_BYTES = 2e9;

function wholeKey(picture: ImageSize, mixes: readonly Mix[]): string {
  return `content ${picture.width}×${picture.height} ${mixes.map(mixtureKey).join(' / ')}`;
}

function mixOf(style: StyleMix, model: StylizerModel): Mix<Style> {
  const weighted: readonly WeightedStyle[] = 'tensors' in style ? [{ style }] : style;
  if (weighted.length === 0) {
    throw new SettingError({ expected: 'at least one style', name: 'the styles', received: 'none' });
  }
  for (const { style, weight = 1, mask } of weighted) {
    checkStyle(style, model);
    if (!(weight > 0 && Number.isFinite(weight))) {
      const expected = 'a number above 0';
      throw new SettingError({ expected, name: 'the weight of a style', received: `${weight}` });
    }
    if (mask !== undefined) checkMask(mask, 'the mask of a style');
  }
  return {
    styles: weighted.map(({ style }) => style),
    weights: weighted.map(({ weight = 1 }) => weight),
    masks: weighted.map(({ mask }) => mask),
  };
}

/** Strength at each pixel of a window, or one for all of them. */
type Strength = (window: Window) => Float32Array | number;

/** Undefined where everything is painted fully. */
function strengthAt(
  mix: Mix,
  picture: ImageSize,
  { strength = 1, strengthMap }: PixelOptions,
): Strength | undefined {
  if (strengthMap === undefined && mix.masks.some((mask) => mask === undefined)) {
    return strength === 1 ? undefined : () => strength;
  }
  return (window) =>
    coverage(mix.masks, strengthMap, picture, window)?.map((value) => value * strength) ?? strength;
}

/** Reads the bands of the content once more, as they are wanted to mix with what was painted. */
function blendedSink(source: BandSource, sink: BandSink, mix: Mix<Style>, options: PixelOptions): BandSink {
  const how = strengthAt(mix, source, options) ?? (() => 1);
  let top = 0;
  return {
    async write(band) {
      const own = await source.read(top, band.height);
      const window = { top, left: 0, ...sizeOf(band) };
      top += band.height;
      await sink.write(blend(own, band, how(window)));
    },
  };
}

function sizeOf({ width, height }: ImageSize): ImageSize {
  return { width, height };
}

function blend(from: RgbImage, to: RgbImage, strength: Float32Array | number): RgbImage {
  const pixels = from.width * from.height;
  const data = from.data.map((value, i) => {
    const share = typeof strength === 'number' ? strength : (strength[i % pixels] ?? 0);
    return value + share * ((to.data[i] ?? value) - value);
  });
  return { width: from.width, height: from.height, data };
}

/** Lets pending events in, so that an abort is heard: ONNX Runtime for Node blocks the thread while it works. */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (signal === undefined) return;
  await new Promise((resolve) => setTimeout(resolve, 0));
  signal.throwIfAborted();
}

function checkMask({ width, height, data }: Mask, name: string): void {
  const pixels = width * height;
  if (!(Number.isInteger(width) && Number.isInteger(height) && pixels > 0 && data.length === pixels)) {
    const received = `${data.length} values for ${width}×${height}`;
    throw new SettingError({ expected: 'a value for each pixel of the mask', name, received });
  }
  if (data.some((value) => !(value >= 0 && value <= 1))) {
    const wrong = data.find((value) => !(value >= 0 && value <= 1));
    throw new SettingError({ expected: 'values from 0 to 1', name, received: `${wrong}` });
  }
}

function checkOptions({ strength = 1, strengthMap, tile = 'auto', maxMemory = 1 }: PixelOptions): void {
  if (strengthMap !== undefined) checkMask(strengthMap, 'strengthMap');
  if (!(strength >= 0 && strength <= 1)) {
    throw new SettingError({ expected: 'a number from 0 to 1', name: 'strength', received: `${strength}` });
  }
  if (tile !== 'auto' && !(Number.isInteger(tile) && tile >= 1)) {
    const expected = "'auto' or a whole number of pixels";
    throw new SettingError({ expected, name: 'tile', received: `${tile}` });
  }
  if (!(maxMemory > 0)) {
    const expected = 'a number of bytes above 0';
    throw new SettingError({ expected, name: 'maxMemory', received: `${maxMemory}` });
  }
}

function checkStyle(style: Style, model: StylizerModel): void {
  if (style.model === model.sha256) return;
  throw new WeightsError({
    expected: `a style encoded by model ${model.name}`,
    name: 'style',
    received: 'one of another model',
    remedy: 'call prepareStyle() of the stylizer that will use it',
  });
}

/** What a run would take. */
interface Demand {
  readonly picture: ImageSize;
  readonly name: 'content' | 'style';
  readonly bytes: number;
  /** The same of another size. */
  bytesAt(size: ImageSize): number;
}

function refusal({ picture, name, bytes, bytesAt }: Demand, available: number): DeviceError {
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
  const { width, height } = picture;
  const short = Math.min(width, height);
  // Bisection: memory grows with the picture, but not in proportion.
  let [fits, tooLarge] = [0, short];
  while (tooLarge - fits > 1) {
    const side = Math.floor((fits + tooLarge) / 2);
    const size = { width: Math.ceil((width * side) / short), height: Math.ceil((height * side) / short) };
    if (bytesAt(size) <= available) fits = side;
    else tooLarge = side;
  }
  return new DeviceError({
    expected: `a picture that fits into the ${gigabytes(available)} GB of free memory`,
    name: `the ${name}`,
    received: `${width}×${height} pixels, which take about ${gigabytes(bytes)} GB`,
    remedy: `set the ${name} size (its short side) to ${Math.max(1, fits)} or less`,
  });
}
