/** Stylising pictures in memory: a model on a runtime, without files. Works wherever a runtime does. */

import { DeviceError, internal } from '../errors.ts';
import { input } from '../graph/ops/sources.ts';
import { cropCorner, extendEdges } from '../images/extend.ts';
import type { ImageSize, RgbImage } from '../images/image.ts';
import { frozen } from '../networks/parameters.ts';
import { DRAFT_SHARE } from '../networks/draft.ts';
import { encodeStyle, minimumSize, needsWhole, stylizeMixtures } from '../networks/generator.ts';
import type { Program, Runtime } from '../runtime/runtime.ts';
import { copyBands, imageSink, imageSource } from './bands.ts';
import { finishedSink, finishing, sizeOf, withAlphaOf } from './finish.ts';
import { longestTile, memoryOfMixtures, memoryOfTiles, memoryToEncode, smallestTile } from './memory.ts';
import { mapFeeds, type Mix, mixtureFeeds, mixtureInputs, mixtureKey } from './mixing.ts';
import {
  checkOptions,
  type EncodeOptions,
  mixOf,
  type PixelOptions,
  type Style,
  type StyleMix,
  type StylizerModel,
} from './options.ts';
import { pause } from './pause.ts';
import { ProgramCache } from './program-cache.ts';
import { type Demand, refusal } from './refusal.ts';
import { type BandSink, type BandSource, paintTiled } from './tiled.ts';

export type {
  EncodeOptions,
  PixelOptions,
  Style,
  StyleMix,
  StylizePhase,
  StylizeProgress,
  StylizerModel,
  WeightedStyle,
} from './options.ts';

/** A model on a runtime. */
export interface PixelStylizer {
  /** Encodes a style picture as it is; a side under 17 pixels, 33 with drafts, is extended by repeating its edge. */
  encodeStyle(picture: RgbImage, options?: EncodeOptions): Promise<Style>;
  /** Stylises a picture; the result has its size and its alpha, values around 0–1, not clamped. */
  stylize(picture: RgbImage, style: StyleMix, options?: PixelOptions): Promise<RgbImage>;
  /** A picture for each of the styles; the content is encoded once for all of them. */
  stylizeEach(picture: RgbImage, styles: readonly StyleMix[], options?: PixelOptions): Promise<RgbImage[]>;
  /** Whether a content of that size is painted in one piece with such a style and options, as far as memory is known now. */
  fitsWhole(picture: ImageSize, style: StyleMix, options?: PixelOptions): boolean;
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
  async function makeRoom(key: string, demand: Demand, maxMemory?: number): Promise<void> {
    if (cache.has(key)) return;
    // What programs keep counts too, where it is to be limited.
    if (maxMemory !== undefined) await cache.evictIdle();
    const limit = () => Math.min(availableMemory(), maxMemory ?? Number.POSITIVE_INFINITY);
    if (demand.bytes <= limit()) return;
    await cache.evictIdle();
    const available = limit();
    if (demand.bytes > available) throw refusal(demand, available);
  }

  async function encode(picture: RgbImage, signal: AbortSignal | undefined): Promise<Style> {
    const extended = extendEdges(picture, minimumSize(model.config));
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
    { signal, maxMemory, draftShare = DRAFT_SHARE, onProgress }: PixelOptions,
  ): Promise<RgbImage[]> {
    const extended = extendEdges(picture, minimumSize(model.config));
    const { width, height } = extended;
    const key = wholeKey(extended, mixes);
    const bytesAt = (size: ImageSize) => memoryOf(size, mixes);
    const demand: Demand = { picture: extended, name: 'content', bytes: bytesAt(extended), bytesAt };
    await makeRoom(key, demand, maxMemory);
    const compile = (): Promise<Program> => {
      const content = input('content', [1, 3, height, width]);
      const mixtures = mixes.map((mix, i) => mixtureInputs(mix, extended, `${i}.`));
      const pictures = stylizeMixtures(content, mixtures, parameters, model.config, input('share', []));
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
      const share = model.config.drafts ? { share: Float32Array.of(draftShare) } : {};
      return program.run(Object.assign({ content: extended.data, ...share }, ...feeds));
    });
    return mixes.map((_, i) => {
      const data = values[`picture.${i}`];
      if (data === undefined) throw internal(`no picture ${i}`);
      return cropCorner({ width, height, data }, picture);
    });
  }

  async function paintBands(source: BandSource, sink: BandSink, mix: Mix<Style>, options: PixelOptions) {
    const { signal, onProgress } = options;
    const longest = await tileSide(source, mix, options);
    onProgress?.({ phase: 'compile' });
    await paintTiled(
      { runtime, parameters, config: model.config },
      {
        source,
        sink,
        mix,
        longest,
        signal,
        onTile: (done, total) => onProgress?.({ phase: 'run', tiles: { done, total } }),
      },
    );
  }

  /** Of a model that must see the whole picture. */
  async function paintAsOne(source: BandSource, sink: BandSink, mix: Mix<Style>, options: PixelOptions) {
    const [painted] = await paintWhole(await source.read(0, source.height), [mix], options);
    if (painted !== undefined) await sink.write(painted);
  }

  /** A picture for each mixture, as the network paints it. */
  async function paintAll(
    picture: RgbImage,
    mixes: readonly Mix<Style>[],
    options: PixelOptions,
  ): Promise<RgbImage[]> {
    if (fitsWhole(picture, mixes, options)) return paintWhole(picture, mixes, options);
    const [only, ...others] = mixes;
    if (only === undefined) return [];
    if (others.length > 0) {
      // Fewer at once may fit.
      const half = Math.ceil(mixes.length / 2);
      const first = await paintAll(picture, mixes.slice(0, half), options);
      return [...first, ...(await paintAll(picture, mixes.slice(half), options))];
    }
    const sink = imageSink(picture);
    await paintBands(imageSource(picture), sink, only, options);
    return [sink.image];
  }

  async function paint(
    picture: RgbImage,
    mixes: readonly Mix<Style>[],
    options: PixelOptions,
  ): Promise<RgbImage[]> {
    const { strength = 1, paintAt, onProgress } = options;
    if (mixes.length === 0) return [];
    if (strength === 0) {
      onProgress?.({ phase: 'done' });
      return mixes.map(() => ({ ...picture, data: picture.data.slice() }));
    }
    const small = paintAt === undefined ? picture : await paintAt.resize(picture, paintAt.size);
    const painted = await paintAll(small, mixes, options);
    const made: RgbImage[] = [];
    for (const [i, mix] of mixes.entries()) {
      const own = painted[i] ?? small;
      const whole = paintAt === undefined ? own : await paintAt.resize(own, sizeOf(picture));
      const finish = finishing(mix, picture, options);
      const window = { top: 0, left: 0, ...sizeOf(picture) };
      made.push(withAlphaOf(picture, finish === undefined ? whole : finish(picture, whole, window)));
    }
    onProgress?.({ phase: 'done' });
    return made;
  }

  function memoryOf(picture: ImageSize, mixes: readonly Mix<Style>[]): number {
    const sizes = mixes.map(({ styles }) => styles);
    return memoryOfMixtures(picture, sizes, model.config);
  }

  function fitsWhole(
    picture: ImageSize,
    mixes: readonly Mix<Style>[],
    { tile = 'auto', maxMemory }: PixelOptions,
  ): boolean {
    if (needsWhole(model.config)) return true;
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
    if (maxMemory !== undefined || bytes > availableMemory()) await cache.evictIdle();
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

    fitsWhole(picture, style, options = {}) {
      checkOptions(options);
      return fitsWhole(picture, [mixOf(style, model)], options);
    },

    async stylizeBands(source, sink, style, options = {}) {
      checkOptions(options);
      const mix = mixOf(style, model);
      await call('stylizeBands', options.signal, () => {
        if (options.strength === 0) return copyBands(source, sink, options.signal);
        const finish = finishing(mix, source, options);
        const finished = finish === undefined ? sink : finishedSink(source, sink, finish);
        return needsWhole(model.config)
          ? paintAsOne(source, finished, mix, options)
          : paintBands(source, finished, mix, options);
      });
      options.onProgress?.({ phase: 'done' });
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
