/** A painting network: it encodes styles and paints pictures at their levels, in one piece or in tiles. */

import { internal } from '../errors.ts';
import { input } from '../graph/ops/sources.ts';
import type { Tensor } from '../graph/tensor.ts';
import { cropCorner, extendEdges, extendPlanes } from '../images/extend.ts';
import type { ImageSize, RgbImage } from '../images/image.ts';
import { encodeStyle, minimumSize, needsWhole, stylizeMixtures } from '../networks/generator.ts';
import { frozen } from '../networks/parameters.ts';
import { reportedStatistics } from '../networks/tile.ts';
import type { Feeds, Program, Runtime } from '../runtime/runtime.ts';
import { imageSink, imageSource } from './bands.ts';
import { brokenColour } from './broken-colour.ts';
import { detailMap, detailSize, enlargedMap, mapInput } from './detail.ts';
import { type Levels, shallowFactor, strokeScale } from './levels.ts';
import {
  type Demand,
  longestTile,
  memoryOfMixtures,
  memoryOfTiles,
  memoryToEncode,
  refusal,
  smallestTile,
} from './memory.ts';
import { leaning, mapFeeds, type Mix, mixtureFeeds, mixtureInputs, mixtureKey } from './mixing.ts';
import { paintingChoices, type PixelOptions, stylizeOptions } from './options.ts';
import type { Style, StylizerModel } from './style.ts';
import { pause } from '../pause.ts';
import type { ProgramCache } from './program-cache.ts';
import { halvedPicture, halvedPlanes, revisionPicture, revisionSizes } from './revise.ts';
import { paintTiled } from './tile-painting.ts';

export interface Painter {
  /** Encodes a style picture at its own size. A side below the minimum is extended by repeating its edge. */
  encode(picture: RgbImage, signal: AbortSignal | undefined): Promise<Style>;
  /** Paints `picture`, which has the size of the largest level, once for each mixture. */
  paint(
    picture: RgbImage,
    mixes: readonly Mix<Style>[],
    levels: Levels,
    options: PixelOptions,
  ): Promise<RgbImage[]>;
  /** Bytes that {@link paint} takes for one mixture, with tiles as small as necessary. */
  memory(levels: Levels, mix: Mix<Style>): number;
  /** Throws the errors that {@link paint} would for lack of memory. */
  check(levels: Levels, mix: Mix<Style>, options: PixelOptions): void;
}

/** Pixels of the largest painting in one piece, unless its statistics are known from a smaller one. */
export const WHOLE_PIXELS = 1.3e6;

/**
 * Paintings that take more in one piece are made in tiles, which are slower but take
 * a fraction of the memory.
 */
const WHOLE_BYTES = 2e9;

/** @param limit bytes that a run may take, given what its call allows */
export function createPainter(
  model: StylizerModel,
  runtime: Runtime,
  cache: ProgramCache,
  limit: (maxMemory?: number) => number,
): Painter {
  const { config } = model;
  const parameters = frozen(model.weights, model.name);

  /** Frees unused programs if a new one needs their memory. A program in the cache has its memory already. */
  async function makeRoom(key: string, demand: Demand, maxMemory?: number): Promise<void> {
    if (cache.has(key)) return;
    // A limit on memory counts the cached programs, too.
    if (maxMemory !== undefined) await cache.evictIdle();
    if (demand.bytes <= limit(maxMemory)) return;
    await cache.evictIdle();
    const available = limit(maxMemory);
    if (demand.bytes > available) throw refusal(demand, available);
  }

  async function encode(picture: RgbImage, signal: AbortSignal | undefined): Promise<Style> {
    const extended = extendEdges(picture, minimumSize(config));
    const { width, height } = extended;
    const key = `style ${width}×${height}`;
    const bytesAt = (size: ImageSize) => memoryToEncode(size, config);
    await makeRoom(key, { picture: extended, name: 'style', bytes: bytesAt(extended), bytesAt });
    const outputs = encodeStyle(input('style', [1, 3, height, width]), parameters, config);
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

  /**
   * Paints in one piece. The smallest content is encoded once for all mixtures. `known` receives the
   * painting's statistics, with which a larger one can be made in tiles.
   */
  async function paintWhole(
    picture: RgbImage,
    mixes: readonly Mix<Style>[],
    shares: readonly Float32Array[],
    { signal, maxMemory, onProgress, strokeSize }: PixelOptions,
    known?: Map<string, Float32Array>,
  ): Promise<RgbImage[]> {
    const extended = extendEdges(picture, leastSide(shares.length));
    const { width, height } = extended;
    const key = `${wholeKey(extended, mixes)} ${shares.length}${known === undefined ? '' : ' reported'}`;
    const bytesAt = (size: ImageSize) => memoryOf(size, mixes);
    const demand: Demand = { picture: extended, name: 'painting', bytes: bytesAt(extended), bytesAt };
    await makeRoom(key, { ...demand, scale: strokeScale(strokeSize) }, maxMemory);
    const sizes = revisionSizes(extended, shares.length);
    const compile = (): Promise<Program> => {
      const content = input('content', [1, 3, height, width]);
      const mixtures = mixes.map((mix, i) => mixtureInputs(mix, extended, `${i}.`));
      const outputs: Record<string, Tensor> = {};
      const pictures = stylizeMixtures(content, mixtures, parameters, config, {
        shares: sizes.map((size, i) => mapInput(`share.${i}`, size)),
        ...(known === undefined ? {} : { own: reportedStatistics(outputs) }),
      });
      for (const [i, made] of pictures.entries()) outputs[`picture.${i}`] = made;
      return runtime.compile(outputs);
    };
    if (!cache.has(key)) onProgress?.({ phase: 'compile' });
    const values = await cache.use(key, compile, async (program) => {
      onProgress?.({ phase: 'run' });
      await pause(signal);
      const window = { top: 0, left: 0, width, height };
      const feeds: Feeds[] = mixes.map((mix, i) => ({
        ...mixtureFeeds(mix, program.inputs, `${i}.`),
        ...mapFeeds(mix, picture, window, program.inputs, `${i}.`),
      }));
      const own = revisionSizes(picture, shares.length);
      for (const [i, share] of shares.entries()) {
        const plane = extendPlanes(share, detailSize(own[i] ?? picture), detailSize(sizes[i] ?? extended));
        feeds.push({ [`share.${i}`]: plane });
      }
      return program.run(Object.assign({ content: extended.data }, ...feeds));
    });
    for (const [name, data] of Object.entries(values)) if (name.startsWith('own.')) known?.set(name, data);
    return mixes.map((_, i) => {
      const data = values[`picture.${i}`];
      if (data === undefined) throw internal(`no picture ${i}`);
      return cropCorner({ width, height, data }, picture);
    });
  }

  /** The smallest side whose draft still has two positions at the deepest layer. */
  function leastSide(revisions: number): number {
    return Math.max(minimumSize(config), 2 ** revisions * 16 + 1);
  }

  async function paintInTiles(
    picture: RgbImage,
    mix: Mix<Style>,
    options: PixelOptions,
    known: ReadonlyMap<string, Float32Array>,
  ): Promise<RgbImage> {
    const { signal, onProgress } = options;
    const longest = await tileSide(picture, mix, options);
    onProgress?.({ phase: 'compile' });
    const [source, sink] = [imageSource(picture), imageSink(picture)];
    const onTile = (done: number, total: number) => onProgress?.({ phase: 'run', tiles: { done, total } });
    const network = { runtime, parameters, config };
    await paintTiled(network, { source, sink, mix, longest, known, signal, onTile });
    return sink.image;
  }

  /** Paints half of the mixtures after the other half if all together do not fit. */
  async function inParts(
    mixes: readonly Mix<Style>[],
    work: (part: readonly Mix<Style>[]) => Promise<RgbImage[]>,
  ): Promise<RgbImage[]> {
    const half = Math.ceil(mixes.length / 2);
    return [...(await work(mixes.slice(0, half))), ...(await work(mixes.slice(half)))];
  }

  async function paintOnce(
    picture: RgbImage,
    mixes: readonly Mix<Style>[],
    options: PixelOptions,
  ): Promise<RgbImage[]> {
    if (needsWhole(config) || fitsWhole(picture, mixes, options)) {
      return paintWhole(picture, mixes, [], options);
    }
    const [only, ...others] = mixes;
    if (only === undefined) return [];
    if (others.length > 0) return inParts(mixes, (part) => paintOnce(picture, part, options));
    return [await paintInTiles(picture, only, options, new Map())];
  }

  async function paintRevised(
    given: RgbImage,
    mixes: readonly Mix<Style>[],
    levels: Levels,
    options: PixelOptions,
  ): Promise<RgbImage[]> {
    const { revisions, share } = levels;
    const { followDetail = paintingChoices.followDetail.default } = options;
    const map = detailMap(given);
    const picture = brokenColour(given, map, options.brokenColour);
    const contents = [picture];
    const shares: Float32Array[] = [map.map((detail) => share * (1 - followDetail * detail))];
    for (let i = 1; i < revisions; i++) {
      const larger = contents[0] ?? picture;
      shares.unshift(halvedPlanes(shares[0] ?? new Float32Array(0), detailSize(larger)));
      contents.unshift(halvedPicture(larger));
    }
    // The first revisions are made in one piece, as many as fit. Larger ones take their statistics.
    const sizes = contents.map(({ width, height }) => width * height);
    const whole = Math.max(1, sizes.filter((pixels) => pixels <= WHOLE_PIXELS).length);
    const first = contents[whole - 1] ?? picture;
    const isAll = whole === revisions;
    const most = Math.min(WHOLE_BYTES, limit(options.maxMemory));
    const leant = mixes.map((mix) => leaning(mix, shallowFactor(share, config)));
    if (mixes.length > 1 && (!isAll || memoryOf(first, mixes) > most)) {
      return inParts(mixes, (part) => paintRevised(given, part, levels, options));
    }
    const known = isAll ? undefined : new Map<string, Float32Array>();
    const painted = await paintWhole(first, leant, shares.slice(0, whole), options, known);
    let [painting] = painted;
    const [mix] = leant;
    if (known === undefined || mix === undefined || painting === undefined) return painted;
    for (let i = whole; i < revisions; i++) {
      const content = contents[i] ?? picture;
      const share = enlargedMap(shares[i] ?? new Float32Array(0), content);
      painting = await paintInTiles(revisionPicture(content, painting, share), mix, options, known);
    }
    return [painting];
  }

  function memoryOf(picture: ImageSize, mixes: readonly Mix<Style>[]): number {
    const sizes = mixes.map(({ styles }) => styles);
    return memoryOfMixtures(picture, sizes, config);
  }

  function fitsWhole(
    picture: ImageSize,
    mixes: readonly Mix<Style>[],
    { tile = stylizeOptions.tile.default, maxMemory }: PixelOptions,
  ): boolean {
    const side = Math.max(picture.width, picture.height);
    if (tile !== 'auto') return side <= tile;
    if (side < smallestTile(config)) return true;
    if (cache.has(`${wholeKey(picture, mixes)} 0`)) return true;
    return memoryOf(picture, mixes) <= Math.min(WHOLE_BYTES, limit(maxMemory));
  }

  /** The longest side of the tiles of a picture. */
  async function tileSide(
    picture: ImageSize,
    { styles }: Mix<Style>,
    { tile = stylizeOptions.tile.default, maxMemory }: PixelOptions,
  ): Promise<number> {
    const smallest = smallestTile(config);
    const wanted = tile === 'auto' ? smallest : Math.max(tile, smallest);
    const bytes = memoryOfTiles(picture, styles, config, wanted);
    if (maxMemory !== undefined || bytes > limit()) await cache.evictIdle();
    const available = limit(maxMemory);
    if (bytes > available) {
      const bytesAt = (size: ImageSize) => memoryOfTiles(size, styles, config, smallest);
      throw refusal({ picture, name: 'painting', bytes, bytesAt }, available);
    }
    return tile === 'auto' ? (longestTile(picture, styles, config, available) ?? smallest) : wanted;
  }

  function leastMemory({ size, revisions }: Pick<Levels, 'size' | 'revisions'>, mix: Mix<Style>): number {
    const whole = memoryOf(size, [mix]);
    if (needsWhole(config)) {
      // The first revision is made in one piece, and so are those of no more pixels than these.
      const first = (size.width * size.height) / 4 ** Math.max(0, revisions - 1);
      const most = config.drafts ? Math.max(WHOLE_PIXELS, first) : Number.POSITIVE_INFINITY;
      return Math.min(whole, memoryOf({ width: most, height: 1 }, [mix]));
    }
    return Math.min(whole, memoryOfTiles(size, mix.styles, config, smallestTile(config)));
  }

  return {
    encode,
    memory: leastMemory,
    check({ size, revisions }, mix, { maxMemory, strokeSize }) {
      const bytesAt = (size: ImageSize) => leastMemory({ size, revisions }, mix);
      const [bytes, available] = [bytesAt(size), limit(maxMemory)];
      const demand: Demand = { picture: size, name: 'painting', bytes, bytesAt };
      if (bytes > available) throw refusal({ ...demand, scale: strokeScale(strokeSize) }, available);
    },
    paint(picture, mixes, levels, options) {
      return levels.revisions === 0
        ? paintOnce(picture, mixes, options)
        : paintRevised(picture, mixes, levels, options);
    },
  };
}

function wholeKey(picture: ImageSize, mixes: readonly Mix[]): string {
  return `content ${picture.width}×${picture.height} ${mixes.map(mixtureKey).join(' / ')}`;
}
