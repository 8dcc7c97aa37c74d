/** Painting a picture tile by tile with the statistics of the whole, so that tiles join without a seam. */

import { internal } from '../errors.ts';
import type { RgbImage } from '../images/image.ts';
import { VARIANCE_EPSILON } from '../graph/composed.ts';
import { strideOf } from '../networks/painting.ts';
import type { GeneratorConfig } from '../networks/settings.ts';
import type { Parameters } from '../networks/parameters.ts';
import {
  alignment,
  encodeTile,
  featureShape,
  keptLayers,
  mapSize,
  paintTile,
  statisticsLayers,
} from '../networks/tile.ts';
import { type Axis, cut, halo, type Span } from './tile-windows.ts';
import type { LayerName } from '../networks/vgg19.ts';
import type { MixedValues, Runtime } from '../runtime/runtime.ts';
import { FeatureStore, type Region } from './feature-store.ts';
import { mapFeeds, type Mix, mixtureFeeds, mixtureInputs } from './mixing.ts';

/**
 * A picture in bands: `read` gives rows `top` … `top + height`, from the top, with
 * overlaps, in several passes.
 */
export interface BandSource {
  readonly width: number;
  readonly height: number;
  read(top: number, height: number): Promise<RgbImage>;
}

/** Takes the painted picture band by band, from the top. */
export interface BandSink {
  write(band: RgbImage): Promise<void>;
}

export interface TiledPainting {
  readonly source: BandSource;
  readonly sink: BandSink;
  readonly mix: Mix;
  /** Longest side of a tile with its halo, in pixels. */
  readonly longest: number;
  /** Statistics of the painting itself that the network asks for, taken from a smaller painting. */
  readonly known?: ReadonlyMap<string, Float32Array>;
  readonly signal?: AbortSignal | undefined;
  /** Called for every tile, counted over both passes. */
  onTile?(done: number, total: number): void;
}

/** A network on a runtime. */
export interface TileNetwork {
  readonly runtime: Runtime;
  readonly parameters: Parameters;
  readonly config: GeneratorConfig;
}

/**
 * Paints `source` into `sink`. An abort takes effect between two tiles and rejects with the signal's reason.
 */
export async function paintTiled(network: TileNetwork, painting: TiledPainting): Promise<void> {
  const { source, longest } = painting;
  const halos = halo(network.config);
  const align = alignment(network.config);
  const grid = (halo: number): Grid => ({
    rows: cut(source.height, longest, halo, align),
    columns: cut(source.width, longest, halo, align),
  });
  const [seeing, painted] = [grid(halos.encoder), grid(halos.decoder)];
  const total = count(seeing) + count(painted);
  let done = 0;
  const step = async (): Promise<void> => {
    painting.onTile?.(++done, total);
    await new Promise((resolve) => setTimeout(resolve, 0));
    painting.signal?.throwIfAborted();
  };
  const seen = await look(network, painting, seeing, step);
  await paint(network, painting, painted, seen, step);
}

interface Grid {
  readonly rows: Axis;
  readonly columns: Axis;
}

function count({ rows, columns }: Grid): number {
  return rows.spans.length * columns.spans.length;
}

/** Results of the first pass. */
interface Seen {
  readonly statistics: ReadonlyMap<LayerName, Moments>;
  readonly stores: ReadonlyMap<LayerName, FeatureStore>;
}

/** The first pass. */
async function look(
  { runtime, parameters, config }: TileNetwork,
  { source }: TiledPainting,
  grid: Grid,
  step: () => Promise<void>,
): Promise<Seen> {
  const { rows, columns } = grid;
  const program = await runtime.compileMixed(
    encodeTile(rows.length, columns.length, parameters, config),
    keptNames(config),
  );
  const statistics = new Map<LayerName, Moments>();
  const stores = new Map<LayerName, FeatureStore>();
  try {
    for (const row of rows.spans) {
      const band = await source.read(row.start, rows.length);
      for (const column of columns.spans) {
        const feeds: Record<string, Float32Array> = {
          picture: columnsOf(band, column.start, columns.length),
        };
        const shares = new Map<LayerName, { inside: Float32Array; count: number }>();
        for (const layer of statisticsLayers(config)) {
          const share = insideOf(layer, grid, row, column);
          shares.set(layer, share);
          feeds[`inside.${layer}`] = share.inside;
        }
        const values = await program.run(feeds);
        for (const [layer, share] of shares) {
          const [mean, square] = [values[`mean.${layer}`], values[`square.${layer}`]];
          if (mean === undefined || square === undefined) throw internal(`no statistics of ${layer}`);
          const moments = statistics.get(layer) ?? new Moments(mean.length);
          statistics.set(layer, moments);
          moments.add(share.count, mean, square);
        }
        for (const layer of keptLayers(config)) {
          const data = values[`features.${layer}`];
          if (!(data instanceof Uint16Array)) throw internal(`no features of ${layer}`);
          const [, channels] = featureShape(layer, rows.length, columns.length, config);
          const store = stores.get(layer) ?? new FeatureStore(channels);
          stores.set(layer, store);
          store.put(data, windowOf(layer, grid, row, column), partOf(layer, row, column));
        }
        await step();
      }
    }
  } finally {
    await program.dispose();
  }
  return { statistics, stores };
}

/** The second pass. */
async function paint(
  { runtime, parameters, config }: TileNetwork,
  { source, sink, mix, known = new Map() }: TiledPainting,
  grid: Grid,
  { statistics, stores }: Seen,
  step: () => Promise<void>,
): Promise<void> {
  const { rows, columns } = grid;
  const size = { height: rows.length, width: columns.length };
  const program = await runtime.compileMixed(
    { painted: paintTile(size.height, size.width, mixtureInputs(mix, size), parameters, config) },
    keptNames(config),
  );
  const shallow = statisticsLayers(config).length > keptLayers(config).length;
  const fixed: Record<string, Float32Array> = {
    ...mixtureFeeds(mix, program.inputs),
    ...Object.fromEntries(known),
  };
  for (const [layer, moments] of statistics) {
    // Plain attention that matches by other layers than it attends to does not use their statistics.
    if (!program.inputs.includes(`mean.${layer}`)) continue;
    fixed[`mean.${layer}`] = moments.mean();
    fixed[`deviation.${layer}`] = moments.deviation();
  }
  try {
    for (const row of rows.spans) {
      const band = shallow ? await source.read(row.start, rows.length) : undefined;
      const height = row.to - row.from;
      const painted = new Float32Array(3 * height * source.width);
      for (const column of columns.spans) {
        const features: MixedValues = Object.fromEntries(
          [...stores].map(([layer, store]) => [
            `features.${layer}`,
            store.read(windowOf(layer, grid, row, column)),
          ]),
        );
        const own = band === undefined ? {} : { picture: columnsOf(band, column.start, columns.length) };
        const window = { top: row.start, left: column.start, ...size };
        const maps = mapFeeds(mix, source, window, program.inputs);
        const { painted: tile } = await program.run({ ...fixed, ...features, ...own, ...maps });
        if (!(tile instanceof Float32Array)) throw internal('no painted tile');
        copyPart(tile, grid, row, column, painted, source.width);
        await step();
      }
      await sink.write({ width: source.width, height, data: painted });
    }
  } finally {
    await program.dispose();
  }
}

/** The features kept between the passes stay float16. */
function keptNames(config: GeneratorConfig): ReadonlySet<string> {
  return new Set(keptLayers(config).map((layer) => `features.${layer}`));
}

/** Columns `start` … `start + width` of a band, `[3, h, width]`. */
function columnsOf(band: RgbImage, start: number, width: number): Float32Array {
  if (width === band.width) return band.data;
  const data = new Float32Array(3 * band.height * width);
  for (let row = 0; row < 3 * band.height; row++) {
    const from = row * band.width + start;
    data.set(band.data.subarray(from, from + width), row * width);
  }
  return data;
}

/** Copies a tile's own part into the band to be written. */
function copyPart(
  tile: Float32Array,
  { rows, columns }: Grid,
  row: Span,
  column: Span,
  band: Float32Array,
  width: number,
): void {
  const height = row.to - row.from;
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < height; y++) {
      const from = (c * rows.length + row.from - row.start + y) * columns.length;
      const part = tile.subarray(from + column.from - column.start, from + column.to - column.start);
      band.set(part, (c * height + y) * width + column.from);
    }
  }
}

/** The positions of a layer that a window covers. */
function windowOf(layer: LayerName, { rows, columns }: Grid, row: Span, column: Span): Region {
  const [height, width] = mapSize(layer, rows.length, columns.length);
  const stride = strideOf(layer);
  return { top: row.start / stride, left: column.start / stride, height, width };
}

/** The positions of a layer that belong to the tile. */
function partOf(layer: LayerName, row: Span, column: Span): Region {
  const stride = strideOf(layer);
  const [top, left] = [row.from / stride, column.from / stride];
  return {
    top,
    left,
    height: Math.ceil(row.to / stride) - top,
    width: Math.ceil(column.to / stride) - left,
  };
}

/** 1 / count at the tile's own positions of a layer, 0 elsewhere. */
function insideOf(layer: LayerName, grid: Grid, row: Span, column: Span) {
  const [window, part] = [windowOf(layer, grid, row, column), partOf(layer, row, column)];
  const count = part.height * part.width;
  const inside = new Float32Array(window.height * window.width);
  for (let y = 0; y < part.height; y++) {
    const start = (part.top - window.top + y) * window.width + part.left - window.left;
    inside.fill(1 / count, start, start + part.width);
  }
  return { inside, count };
}

/** Mean and deviation of channels, joined in float64 from the means of x and x² of parts. */
class Moments {
  #count = 0;
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;

  constructor(channels: number) {
    this.#sum = new Float64Array(channels);
    this.#squares = new Float64Array(channels);
  }

  add(count: number, mean: ArrayLike<number>, square: ArrayLike<number>): void {
    this.#count += count;
    for (let c = 0; c < this.#sum.length; c++) {
      this.#sum[c] = (this.#sum[c] ?? 0) + count * (mean[c] ?? 0);
      this.#squares[c] = (this.#squares[c] ?? 0) + count * (square[c] ?? 0);
    }
  }

  mean(): Float32Array {
    return Float32Array.from(this.#sum, (sum) => sum / this.#count);
  }

  /** √(unbiased variance + 1e-5), as the networks take it of whole pictures. */
  deviation(): Float32Array {
    const others = Math.max(1, this.#count - 1);
    return Float32Array.from(this.#sum, (sum, c) => {
      const squares = (this.#squares[c] ?? 0) - sum ** 2 / this.#count;
      return Math.sqrt(Math.max(0, squares) / others + VARIANCE_EPSILON);
    });
  }
}
