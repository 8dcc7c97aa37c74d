/** Stylising pictures in memory: a model on a runtime, without files. Works wherever a runtime does. */

import { PROGRAMS } from './defaults.ts';
import { DeviceError, internal } from '../errors.ts';
import { cropImage, type ImageSize, type RgbImage } from '../images/image.ts';
import { resampleImage } from '../images/resample.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type BandWork, imageSink, imageSource, paintBands, resizedSource } from './bands.ts';
import { type Finish, finishing, withAlphaOf } from './finish.ts';
import { fittingSize, type Levels, levelsOf } from './levels.ts';
import type { Mix } from './mixing.ts';
import { checkOptions } from './option-kinds.ts';
import { paintingChoices, type PixelOptions, type PrepareStyleOptions, stylizeOptions } from './options.ts';
import { mixOf, type Style, type StyleMix, type StylizerModel } from './style.ts';
import { createPainter } from './painter.ts';
import { pause } from '../pause.ts';
import { ProgramCache } from './program-cache.ts';
import { type Surface, surface } from './surface.ts';
import type { BandSink, BandSource } from './tile-painting.ts';

/** A model on a runtime. */
export interface PixelStylizer {
  /**
   * Encodes a style picture at its own size. A side under 17 pixels, 33 with drafts, is
   * extended by repeating its edge.
   */
  encodeStyle(picture: RgbImage, options?: Pick<PrepareStyleOptions, 'signal'>): Promise<Style>;
  /** Stylises a picture. The result has its size and alpha, with values around 0–1, not clamped. */
  stylize(picture: RgbImage, style: StyleMix, options?: PixelOptions): Promise<RgbImage>;
  /** Paints a picture for each of the styles; the content is encoded once for all of them. */
  stylizeEach(picture: RgbImage, styles: readonly StyleMix[], options?: PixelOptions): Promise<RgbImage[]>;
  /**
   * `stylize` with a painting that `improve` makes better, given the content of the same size, before it is
   * brought to the picture's size.
   */
  improve(
    picture: RgbImage,
    style: StyleMix,
    options: PixelOptions,
    improve: (content: RgbImage, painting: RgbImage) => Promise<RgbImage>,
  ): Promise<RgbImage>;
  /** Bytes that painting a content of that size takes, beside the content and the result. */
  memory(picture: ImageSize, style: StyleMix, options?: PixelOptions): number;
  /**
   * `stylize` for a picture that is read and written in bands, so that no picture must
   * be in memory as a whole.
   */
  stylizeBands(source: BandSource, sink: BandSink, style: StyleMix, options?: PixelOptions): Promise<void>;
  /**
   * Frees the compiled programs when the current calls have ended. Further calls throw. The runtime stays.
   */
  dispose(): Promise<void>;
}

export interface PixelStylizerOptions {
  /** Compiled programs that stay ready, each for one size of content and style. Default 4. */
  readonly programs?: number;
  /** Bytes that a run may use, asked before a size is compiled. Default: not limited. */
  readonly availableMemory?: () => number;
  /**
   * Where nobody knows what is free: bytes that a run may take unless its call allows others. What would take
   * more is painted smaller, as far as that helps.
   */
  readonly usualMemory?: number;
}

/** Puts a model on a runtime. Nothing is compiled before the first picture. */
export function createStylizer(
  model: StylizerModel,
  runtime: Runtime,
  {
    programs = PROGRAMS,
    availableMemory = () => Number.POSITIVE_INFINITY,
    usualMemory,
  }: PixelStylizerOptions = {},
): PixelStylizer {
  const cache = new ProgramCache(programs);
  const painter = createPainter(
    model,
    runtime,
    cache,
    (maxMemory = usualMemory ?? Number.POSITIVE_INFINITY) => Math.min(availableMemory(), maxMemory),
  );
  const calls = new Set<Promise<unknown>>();
  let disposed = false;

  /** Counts calls, so that nothing is freed while they run. */
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

  /** The levels of a picture: smaller ones where a fixed memory is all that is known, and they do not fit. */
  function levelsFor(picture: ImageSize, mixes: readonly Mix<Style>[], options: PixelOptions): Levels {
    const { finestSize = paintingChoices.finestSize.default } = options;
    const levelsAt = (finestSize: number) => levelsOf(picture, model.config, { ...options, finestSize });
    if (usualMemory === undefined) return levelsAt(finestSize);
    const most = options.maxMemory ?? usualMemory;
    const fits = (finest: number): boolean =>
      mixes.every((mix) => painter.memory(levelsAt(finest), mix) <= most);
    return levelsAt(fittingSize(finestSize, fits));
  }

  async function paint(
    picture: RgbImage,
    mixes: readonly Mix<Style>[],
    options: PixelOptions,
    improve?: (content: RgbImage, painting: RgbImage) => Promise<RgbImage>,
  ): Promise<RgbImage[]> {
    if (mixes.length === 0) return [];
    if (options.strength === 0) {
      options.onProgress?.({ phase: 'done' });
      return mixes.map(() => ({ ...picture, data: picture.data.slice() }));
    }
    const levels = levelsFor(picture, mixes, options);
    const content = await contentOf(imageSource(picture), levels, options);
    const paintings = await painter.paint(content, mixes, levels, options);
    const made: RgbImage[] = [];
    for (const [i, mix] of mixes.entries()) {
      const painted = paintings[i] ?? content;
      const painting = improve === undefined ? painted : await improve(content, painted);
      const isSame = painting.width === picture.width && painting.height === picture.height;
      const finish = finishing(mix, picture, options);
      if (isSame && finish === undefined) {
        made.push(withAlphaOf(picture, painting));
        continue;
      }
      const sink = imageSink(picture);
      const isTold = picture.width * picture.height > LARGE_PIXELS;
      await layOn(imageSource(picture), sink, { content, painting, finish }, options, isTold);
      made.push(withAlphaOf(picture, sink.image));
    }
    options.onProgress?.({ phase: 'done' });
    return made;
  }

  /**
   * Brings a painting to the size of its picture, with the picture's detail and colours, and at its strength.
   */
  async function layOn(
    source: BandSource,
    sink: BandSink,
    { content, painting, finish }: { content: RgbImage; painting: RgbImage; finish: Finish | undefined },
    options: PixelOptions,
    isTold: boolean,
  ): Promise<void> {
    const { signal, onProgress, detail = paintingChoices.detail.default } = options;
    const surfaced = surfaceOf(painting, content, source, detail);
    const work: BandWork = (band, window) => {
      const painted = surfaced(band, window);
      return finish === undefined ? painted : finish(band, painted, window);
    };
    await paintBands(source, sink, work, {
      signal,
      onBand: (done, total) => isTold && onProgress?.({ phase: 'run', tiles: { done, total } }),
    });
  }

  function surfaceOf(painting: RgbImage, content: RgbImage, size: ImageSize, detail: number): Surface {
    if (size.width > painting.width || size.height > painting.height) {
      return surface(painting, content, size, detail);
    }
    const fitted = resampleImage(painting, size);
    return (_, { top, left, width, height }) => cropImage(fitted, { top, left, width, height });
  }

  async function paintSource(source: BandSource, sink: BandSink, mix: Mix<Style>, options: PixelOptions) {
    const { signal, strength } = options;
    if (strength === 0) return paintBands(source, sink, colours, { signal });
    const levels = levelsFor(source, [mix], options);
    // Memory is checked before anything is read.
    painter.check(levels, mix, options);
    const content = await contentOf(source, levels, options);
    const [painting = content] = await painter.paint(content, [mix], levels, options);
    const finish = finishing(mix, source, options);
    await layOn(source, sink, { content, painting, finish }, options, true);
  }

  return {
    async encodeStyle(picture, { signal } = {}) {
      return call('encodeStyle', signal, () => painter.encode(picture, signal));
    },

    async stylize(picture, style, options = {}) {
      checkOptions(options, stylizeOptions, 'stylize');
      const mix = mixOf(style, model);
      const [painted] = await call('stylize', options.signal, () => paint(picture, [mix], options));
      if (painted === undefined) throw internal('one style, no picture');
      return painted;
    },

    async improve(picture, style, options, improve) {
      const mix = mixOf(style, model);
      const [made] = await call('refine', options.signal, () => paint(picture, [mix], options, improve));
      if (made === undefined) throw internal('one style, no picture');
      return made;
    },

    async stylizeEach(picture, styles, options = {}) {
      checkOptions(options, stylizeOptions, 'stylize');
      const mixes = styles.map((style) => mixOf(style, model));
      return call('stylizeEach', options.signal, () => paint(picture, mixes, options));
    },

    memory(picture, style, options = {}) {
      checkOptions(options, stylizeOptions, 'stylize');
      const mix = mixOf(style, model);
      return painter.memory(levelsFor(picture, [mix], options), mix);
    },

    async stylizeBands(source, sink, style, options = {}) {
      checkOptions(options, stylizeOptions, 'stylize');
      const mix = mixOf(style, model);
      await call('stylizeBands', options.signal, () => paintSource(source, sink, mix, options));
      options.onProgress?.({ phase: 'done' });
    },

    async dispose() {
      disposed = true;
      await Promise.allSettled(calls);
      await cache.dispose();
    },
  };
}

/** With more pixels painting takes long enough to report progress band by band. */
const LARGE_PIXELS = 4e6;

/** The picture at the size of its largest level. */
function contentOf(source: BandSource, { size }: Levels, { signal }: PixelOptions): Promise<RgbImage> {
  const isSame = source.width === size.width && source.height === size.height;
  return isSame ? source.read(0, source.height) : resizedSource(source, size, { signal });
}

/** The picture without alpha, which stays with the original. */
function colours({ width, height, data }: RgbImage): RgbImage {
  return { width, height, data };
}
