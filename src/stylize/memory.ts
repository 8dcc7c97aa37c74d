/** Memory of a run, predicted before it starts, and the refusal if it does not suffice. */

import { LARGEST_TILE } from './defaults.ts';
import { fittingSize, NEARLY } from './levels.ts';
import { halo } from './tile-windows.ts';
import type { ImageSize } from '../images/image.ts';
import { strideOf } from '../networks/painting.ts';
import type { GeneratorConfig } from '../networks/settings.ts';
import { featureShape, keptLayers } from '../networks/tile.ts';
import type { Vgg19Config } from '../networks/vgg19.ts';
import { transforms } from '../networks/transforms/table.ts';
import { STORED_BYTES } from './feature-store.ts';
import { DeviceError } from '../errors.ts';

/**
 * Bytes at the peak of stylising a content with a style, given both sizes in pixels: activations at full
 * resolution, and one attention matrix. Weights and Node itself are not counted.
 *
 * Measured with ONNX Runtime on the CPU: within a tenth for the slim model, contents of 512² to 1600² and
 * styles of 64² to 1024²; within a quarter for the paper's model at 512² and 1024².
 */
export function memoryToStylise(content: ImageSize, style: ImageSize, config: GeneratorConfig): number {
  const working = transforms[config.transform].working(positions(content), positions(style), config);
  const once = activations(content, config, STYLISE_BUFFERS) + BYTES * working;
  return config.drafts ? DRAFTED * once : once;
}

/** What a draft adds to its revision: measured with slim at 512², 197 to 220 MB in all. */
const DRAFTED = 1.2;

/**
 * Bytes at the peak of encoding a style picture of that size, counted in the same way: the encoder
 * alone. The prediction is never below what it took (slim at 512² to 1600², paper at 512² and 1024²),
 * and at most a third above.
 */
export function memoryToEncode(style: ImageSize, config: GeneratorConfig): number {
  return activations(style, config, ENCODE_BUFFERS);
}

/**
 * Bytes at the peak of painting a content in one piece, once for each of `mixtures`, which hold the
 * sizes of their styles. Counted in the same way: without the content, and with only those paintings
 * that wait for the last one.
 */
export function memoryOfMixtures(
  content: ImageSize,
  mixtures: readonly (readonly ImageSize[])[],
  config: GeneratorConfig,
): number {
  const most = Math.max(...mixtures.map((styles) => memoryOfMixture(content, styles, config)));
  if (mixtures.length <= 1) return most;
  // The mixtures are painted one after the other, but the content's features stay for the next.
  return 1.3 * most + (mixtures.length - 1) * PICTURE_BYTES * content.width * content.height;
}

/**
 * In a mixture, the layers of all styles are alive at once: each further style adds a
 * third of the activations.
 */
function memoryOfMixture(content: ImageSize, styles: readonly ImageSize[], config: GeneratorConfig): number {
  const most = Math.max(...styles.map((style) => memoryToStylise(content, style, config)));
  return most * (1 + (styles.length - 1) / 3);
}

/**
 * Bytes at the peak of painting a content in tiles of at most `longest` pixels a side, halo included: a tile
 * in either pass, the features kept of the whole picture, a band being read and one being written. Source,
 * destination, weights and Node itself are not counted.
 */
export function memoryOfTiles(
  content: ImageSize,
  styles: readonly ImageSize[],
  config: GeneratorConfig,
  longest: number,
): number {
  const tile = { width: Math.min(content.width, longest), height: Math.min(content.height, longest) };
  const painting = memoryOfMixture(tile, styles, config);
  const encoding = activations(tile, config, ENCODE_TILE_BUFFERS);
  const bands = 2 * BAND_BYTES * content.width * tile.height;
  return Math.max(painting, encoding) + bands + content.width * content.height * keptBytes(config);
}

/** Bytes per pixel that the first pass over tiles keeps. */
function keptBytes(config: GeneratorConfig): number {
  return keptLayers(config).reduce((sum, layer) => {
    const [, channels] = featureShape(layer, 1, 1, config);
    return sum + (STORED_BYTES * channels) / strideOf(layer) ** 2;
  }, 0);
}

/**
 * The longest side of tiles, halo included, with which a painting stays within `limit` bytes; undefined if
 * even the smallest tiles do not. Tiles of more than 1,152 pixels are hardly faster.
 */
export function longestTile(
  content: ImageSize,
  styles: readonly ImageSize[],
  config: GeneratorConfig,
  limit: number,
): number | undefined {
  for (let longest = LARGEST_TILE; longest >= smallestTile(config); longest -= 64) {
    if (memoryOfTiles(content, styles, config, longest) <= limit) return longest;
  }
  return undefined;
}

/** The smallest side of a tile, which must be more than halo. */
export function smallestTile(config: GeneratorConfig): number {
  return 2 * halo(config).encoder + 128;
}

const BYTES = 4;
/** Three channels as float32. */
const PICTURE_BYTES = 12;
/** Three channels as float32, as interleaved bytes, and as a copy on the way. */
const BAND_BYTES = 20;
const ENCODE_TILE_BUFFERS = 7.5;
/**
 * Buffers in units of the first layer's width: inputs, padded inputs and results that are alive at once, and
 * what the allocator keeps. Measured.
 */
const STYLISE_BUFFERS = 9.5;
const ENCODE_BUFFERS = 6;

function activations({ width, height }: ImageSize, config: GeneratorConfig, buffers: number): number {
  return BYTES * width * height * (config.encoder.widths[0] * buffers + 6);
}

/** Positions of a feature map at relu4_1, an eighth of each side. */
function positions({ width, height }: ImageSize): number {
  return Math.ceil(width / 8) * Math.ceil(height / 8);
}

/** Bytes that refining takes: measured with the eye, of 16 channels at first. Gradients hold every layer. */
export function memoryToRefine({ width, height }: ImageSize, { widths: [channels] }: Vgg19Config): number {
  return 2e8 + 3500 * width * height * (channels / 16);
}

/** The memory that a run would take. */
export interface Demand {
  readonly picture: ImageSize;
  readonly name: 'painting' | 'style';
  readonly bytes: number;
  /** Bytes for another size. */
  bytesAt(size: ImageSize): number;
  /** How much larger it is than the finest size that was asked for; default 1. */
  readonly scale?: number;
}

/** Tells how much the run would take, and at which size it would fit. */
export function refusal(
  { picture, name, bytes, bytesAt, scale = 1 }: Demand,
  available: number,
): DeviceError {
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1);
  const { width, height } = picture;
  const short = Math.min(width, height);
  const found = fittingSize(short, (side) => {
    const size = { width: Math.ceil((width * side) / short), height: Math.ceil((height * side) / short) };
    return bytesAt(size) <= available;
  });
  const fits = found === short ? 1 : found;
  // A picture that is nearly as large as its painting is painted at its own size.
  const finest = name === 'style' ? fits : Math.floor(fits / (NEARLY * scale));
  return new DeviceError({
    expected: `a picture that fits into the ${gigabytes(available)} GB of free memory`,
    name: `the ${name}`,
    received: `${width}×${height} pixels, which take about ${gigabytes(bytes)} GB`,
    remedy: `set the ${name === 'painting' ? 'finest' : name} size (its short side) to ${Math.max(1, finest)} or less`,
  });
}
