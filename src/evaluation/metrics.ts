/** How near an output is to its content and its style: losses, sliced Wasserstein distance, self-similarity, SSIM. */

import { channelStatistics, flattenPositions, sum } from '../graph/derived.ts';
import { add, log, mul, sub } from '../graph/ops/elementwise.ts';
import { gather, reshape, slice } from '../graph/ops/layout.ts';
import { matmul, matrixTranspose, softmax } from '../graph/ops/linear.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { sumPool } from '../graph/ops/spatial.ts';
import { extent, nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { internal, ShapeError } from '../errors.ts';
import type { ImageSize, RgbImage } from '../images/image.ts';
import { frozen } from '../networks/parameters.ts';
import { inferVgg19Config, type LayerName, layerNames, vgg19Narrow } from '../networks/vgg19.ts';
import { permutation, stream, standardNormal } from '../random.ts';
import type { Program, Runtime } from '../runtime/runtime.ts';
import type { WeightMap } from '../weights/safetensors.ts';

/** Random directions of the sliced Wasserstein distance, per layer. */
export const DIRECTIONS = 128;
/** Positions of a layer that it looks at: all of them up to this many, else a seeded choice. */
export const POSITIONS = 4096;
/** Seed of directions and positions: the same for every picture, so that numbers compare. */
export const METRICS_SEED = 1;

/** Layers of the content loss, as in SANet. */
const contentLayers = ['relu4_1', 'relu5_1'] as const;
type ContentLayer = (typeof contentLayers)[number];

/** One layer seen as a distribution of feature vectors. */
export interface SeenLayer {
  /** Mean of each channel over positions. */
  readonly mean: Float32Array;
  /** √(biased variance + 1e-5) of each channel. */
  readonly deviation: Float32Array;
  /** `[K, P]`, features projected on K unit vectors, each row sorted. */
  readonly projections: Float32Array;
}

/** All that the metrics need of a picture, computed once. */
export interface SeenPicture {
  readonly image: RgbImage;
  readonly layers: Readonly<Record<LayerName, SeenLayer>>;
  /** `[C, P]` of relu4_1 and relu5_1. */
  readonly content: Readonly<Record<ContentLayer, FeatureMap>>;
  /** `[C, P]` of relu3_1 for self-similarity, averaged over blocks until it has at most 4,096 positions. */
  readonly patches: FeatureMap;
}

/** Features `[C, P]`, row-major. */
export interface FeatureMap {
  readonly channels: number;
  readonly data: Float32Array;
}

/** The network that judges, and its programs for the sizes met so far. */
export interface Judge {
  look(image: RgbImage): Promise<SeenPicture>;
  /** See {@link selfSimilarityDivergence}. */
  selfSimilarity(output: SeenPicture, content: SeenPicture): Promise<number>;
  dispose(): Promise<void>;
}

/**
 * A judge that looks through `weights` (a VGG-19 with relu1_1 … relu5_1, with or without heads) on `runtime`.
 * `source` names the file in errors.
 */
export function createJudge(weights: WeightMap, source: string, runtime: Runtime): Judge {
  const lookers = new Map<string, Promise<Looker>>();
  const comparers = new Map<string, Promise<Program<'divergence'>>>();
  const once = <T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> => {
    const value = known.get(key) ?? make();
    known.set(key, value);
    return value;
  };
  return {
    async look(image) {
      const looker = await once(lookers, `${image.width}×${image.height}`, () =>
        compileLooker(weights, source, runtime, image),
      );
      return looker.look(image);
    },
    async selfSimilarity(output, content) {
      const [own, wanted] = [output.patches, content.patches];
      const positions = wanted.data.length / wanted.channels;
      const shape = [1, wanted.channels, positions];
      const program = await once(comparers, shape.join(), () => {
        const [a, b] = [input('output', shape), input('content', shape)];
        return runtime.compile({ divergence: selfSimilarityDivergence(a, b) });
      });
      const { divergence } = await program.run({ output: own.data, content: wanted.data });
      // Rounding can bring the divergence of equal pictures below zero.
      return Math.max(0, divergence[0] ?? Number.NaN);
    },
    async dispose() {
      for (const looker of lookers.values()) await (await looker).program.dispose();
      for (const program of comparers.values()) await (await program).dispose();
    },
  };
}

/**
 * Content loss: Σ over relu4_1 and relu5_1 of mean((f(output) − f(content))²); `normalised`: each channel
 * brought to mean 0 and variance 1 over its positions first (√(variance + 1e-5)). Features are the judge's heads
 * where it has them.
 */
export function contentDistance(
  output: SeenPicture,
  content: SeenPicture,
  form: 'raw' | 'normalised',
): number {
  return contentLayers.reduce((total, layer) => {
    const [own, wanted] = [output.content[layer], content.content[layer]];
    if (own.data.length !== wanted.data.length) throw sizes(own.data.length, wanted.data.length);
    const prepare = (map: FeatureMap) => (form === 'raw' ? map.data : normalised(map));
    return total + meanSquare(prepare(own), prepare(wanted));
  }, 0);
}

/** Style loss: Σ over relu1_1 … relu5_1 of MSE(channel means) + MSE(channel deviations) (AdaIN, SANet). */
export function styleDistance(output: SeenPicture, style: SeenPicture): number {
  return layerNames.reduce((total, layer) => {
    const [own, wanted] = [output.layers[layer], style.layers[layer]];
    return total + meanSquare(own.mean, wanted.mean) + meanSquare(own.deviation, wanted.deviation);
  }, 0);
}

/**
 * Sliced Wasserstein distance: Σ over relu1_1 … relu5_1 of the mean over K = 128 random unit vectors of the mean
 * squared difference of the sorted projections (squared 2-Wasserstein in one dimension, no root; Heitz et al.
 * 2021). Directions and positions (all up to 4,096, else a choice) come from one seed.
 */
export function slicedWasserstein(output: SeenPicture, style: SeenPicture): number {
  return layerNames.reduce(
    (total, layer) =>
      total + sortedDistance(output.layers[layer].projections, style.layers[layer].projections, DIRECTIONS),
    0,
  );
}

/**
 * Mean squared difference of rows already sorted: `a [rows, P]`, `b [rows, Q]`. Where P and Q differ, the longer
 * row is resampled at the quantiles (i + ½) / n of the shorter one, linearly between its own.
 */
export function sortedDistance(a: Float32Array, b: Float32Array, rows: number): number {
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  const [many, few] = [long.length / rows, short.length / rows];
  let total = 0;
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < few; i++) {
      const place = many === few ? i : ((i + 0.5) / few) * many - 0.5;
      const low = Math.floor(place);
      const start = row * many + low;
      const next = long[Math.min(start + 1, (row + 1) * many - 1)] ?? 0;
      const value = (long[start] ?? 0) + (place - low) * (next - (long[start] ?? 0));
      total += (value - (short[row * few + i] ?? 0)) ** 2;
    }
  }
  return total / (rows * few);
}

/** `count` unit vectors of `dimensions`, `[count, dimensions]`, uniform on the sphere, the same for a seed. */
export function randomDirections(count: number, dimensions: number, seed: number): Float32Array {
  const random = stream(seed, 'directions', dimensions);
  const directions = new Float32Array(count * dimensions);
  for (let k = 0; k < count; k++) {
    // Normal components give a uniform direction.
    const vector = Array.from({ length: dimensions }, () => standardNormal(random));
    const length = Math.hypot(...vector);
    directions.set(
      vector.map((v) => v / length),
      k * dimensions,
    );
  }
  return directions;
}

/** `limit` of `count` positions in ascending order, the same for a seed; all where there are no more. */
export function chosenPositions(count: number, limit: number, seed: number): Float32Array {
  if (count <= limit) return Float32Array.from({ length: count }, (_, i) => i);
  return Float32Array.from(permutation(stream(seed, 'positions', count), count).subarray(0, limit)).sort();
}

/**
 * CFSD, content feature structural distance (Chung et al. 2024, StyleID): S = softmax over j of ⟨fᵢ, fⱼ⟩ / C for
 * feature vectors of relu3_1 at every position, then the mean over i of KL(S(content)ᵢ ‖ S(output)ᵢ). Blind to
 * colour as far as the features are. Differences from StyleID's code: the judge's features in place of
 * torchvision's (whose scale is another: there the products are over C²), the mean over positions in place of the
 * sum, and features averaged over blocks to at most 4,096 positions, since the matrix has their square.
 * `output`, `content` `[1, C, P]` → a scalar.
 */
export function selfSimilarityDivergence(output: Tensor, content: Tensor): Tensor {
  const channels = extent(output.shape, 1);
  const similarity = (x: Tensor) => softmax(mul(matmul(matrixTranspose(x), x), 1 / channels));
  const [own, wanted] = [similarity(output), similarity(content)];
  // 1e-30 keeps the logarithm of a similarity that rounds to zero finite.
  const ratio = sub(log(add(wanted, 1e-30)), log(add(own, 1e-30)));
  return mul(sum(mul(wanted, ratio)), 1 / extent(output.shape, 2));
}

/**
 * SSIM (Wang et al. 2004) of the luminances 0.299 R + 0.587 G + 0.114 B: Gaussian window 11×11 of σ 1.5,
 * K1 = 0.01, K2 = 0.03, range 1, mean over the positions where the whole window lies in the picture.
 */
export function ssim(a: RgbImage, b: RgbImage): number {
  const { width, height } = a;
  if (width !== b.width || height !== b.height) throw sizes(a.data.length, b.data.length);
  if (Math.min(width, height) < WINDOW.length) {
    throw new ShapeError({
      expected: `pictures of at least ${WINDOW.length} pixels`,
      name: 'SSIM',
      received: `${width}×${height}`,
    });
  }
  const [x, y] = [luminance(a), luminance(b)];
  const blur = (value: (i: number) => number) =>
    filter(
      Float64Array.from(x, (_, i) => value(i)),
      width,
      height,
    );
  const at = (values: Float64Array, i: number) => values[i] ?? 0;
  const [meanX, meanY] = [blur((i) => at(x, i)), blur((i) => at(y, i))];
  const [xx, yy, xy] = [
    blur((i) => at(x, i) ** 2),
    blur((i) => at(y, i) ** 2),
    blur((i) => at(x, i) * at(y, i)),
  ];
  const [c1, c2] = [0.01 ** 2, 0.03 ** 2];
  let total = 0;
  for (let i = 0; i < meanX.length; i++) {
    const [mx, my] = [at(meanX, i), at(meanY, i)];
    const [vx, vy, cov] = [at(xx, i) - mx * mx, at(yy, i) - my * my, at(xy, i) - mx * my];
    total += ((2 * mx * my + c1) * (2 * cov + c2)) / ((mx * mx + my * my + c1) * (vx + vy + c2));
  }
  return total / meanX.length;
}

/** The middle row of the Gaussian window. */
const WINDOW = (() => {
  const weights = Array.from({ length: 11 }, (_, i) => Math.exp(-((i - 5) ** 2) / (2 * 1.5 ** 2)));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / total);
})();

/** Both directions of the window, valid positions only. */
function filter(values: Float64Array, width: number, height: number): Float64Array {
  const reach = WINDOW.length - 1;
  const narrow = width - reach;
  const rows = new Float64Array(narrow * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < narrow; x++) {
      let total = 0;
      for (let k = 0; k <= reach; k++) total += (WINDOW[k] ?? 0) * (values[y * width + x + k] ?? 0);
      rows[y * narrow + x] = total;
    }
  }
  const low = height - reach;
  const result = new Float64Array(narrow * low);
  for (let y = 0; y < low; y++) {
    for (let x = 0; x < narrow; x++) {
      let total = 0;
      for (let k = 0; k <= reach; k++) total += (WINDOW[k] ?? 0) * (rows[(y + k) * narrow + x] ?? 0);
      result[y * narrow + x] = total;
    }
  }
  return result;
}

function luminance({ data }: RgbImage): Float64Array {
  const size = data.length / 3;
  return Float64Array.from({ length: size }, (_, i) => {
    return 0.299 * (data[i] ?? 0) + 0.587 * (data[i + size] ?? 0) + 0.114 * (data[i + 2 * size] ?? 0);
  });
}

interface Looker {
  readonly program: Program;
  look(image: RgbImage): Promise<SeenPicture>;
}

/** The graph from a picture to all that is kept of it. */
async function compileLooker(
  weights: WeightMap,
  source: string,
  runtime: Runtime,
  { width, height }: ImageSize,
): Promise<Looker> {
  const picture = input('picture', [1, 3, height, width]);
  const config = inferVgg19Config(weights, source);
  const seen = vgg19Narrow(picture, frozen(weights, source), config, layerNames);
  const outputs: Record<string, Tensor> = {};
  const channels: Partial<Record<LayerName, number>> = {};
  for (const layer of layerNames) {
    const narrow = seen.narrow[layer];
    const wide = seen.apply(layer, narrow);
    const [, c] = nchw(wide.shape, layer);
    channels[layer] = c;
    const { mean, deviation } = channelStatistics(wide);
    outputs[`mean.${layer}`] = mean;
    outputs[`deviation.${layer}`] = deviation;
    // Heads see only the positions chosen.
    const flat = flattenPositions(narrow);
    const chosen = chosenPositions(extent(flat.shape, 2), POSITIONS, METRICS_SEED);
    const picked = gather(flat, constant(chosen, [chosen.length]));
    const vectors = seen.apply(layer, reshape(picked, [...picked.shape, 1]));
    const directions = constant(randomDirections(DIRECTIONS, c, METRICS_SEED), [1, DIRECTIONS, c]);
    outputs[`projections.${layer}`] = matmul(directions, flattenPositions(vectors));
  }
  for (const layer of contentLayers) outputs[`content.${layer}`] = seen.apply(layer, seen.narrow[layer]);
  const patches = reduced(seen.apply('relu3_1', seen.narrow.relu3_1));
  outputs.patches = patches;
  const program = await runtime.compile(outputs);
  const countOf = (layer: LayerName) => channels[layer] ?? 0;
  return {
    program,
    async look(image) {
      const values = await program.run({ picture: image.data });
      const value = (name: string): Float32Array => {
        const data = values[name];
        if (data === undefined) throw internal(`the judge gives no ${name}`);
        return data;
      };
      const layer = (name: LayerName): SeenLayer => ({
        mean: value(`mean.${name}`),
        deviation: value(`deviation.${name}`),
        projections: sortRows(value(`projections.${name}`), DIRECTIONS),
      });
      return {
        image,
        layers: {
          relu1_1: layer('relu1_1'),
          relu2_1: layer('relu2_1'),
          relu3_1: layer('relu3_1'),
          relu4_1: layer('relu4_1'),
          relu5_1: layer('relu5_1'),
        },
        content: {
          relu4_1: { channels: countOf('relu4_1'), data: value('content.relu4_1') },
          relu5_1: { channels: countOf('relu5_1'), data: value('content.relu5_1') },
        },
        patches: { channels: countOf('relu3_1'), data: value('patches') },
      };
    },
  };
}

/** Features averaged over 2×2 blocks until at most 4,096 positions are left, `[1, C, P]`; a last odd row or column is left out. */
function reduced(x: Tensor): Tensor {
  let y = x;
  for (
    let [n, c, h, w] = nchw(y.shape, 'features');
    h * w > POSITIONS;
    [n, c, h, w] = nchw(y.shape, 'features')
  ) {
    const even = [n, c, h - (h % 2), w - (w % 2)];
    y = mul(sumPool(h % 2 === 0 && w % 2 === 0 ? y : slice(y, [0, 0, 0, 0], even)), 0.25);
  }
  return flattenPositions(y);
}

function sortRows(values: Float32Array, rows: number): Float32Array {
  const length = values.length / rows;
  for (let row = 0; row < rows; row++) values.subarray(row * length, (row + 1) * length).sort();
  return values;
}

function normalised({ channels, data }: FeatureMap): Float64Array {
  const size = data.length / channels;
  const result = new Float64Array(data.length);
  for (let c = 0; c < channels; c++) {
    const values = data.subarray(c * size, (c + 1) * size);
    const mean = values.reduce((a, b) => a + b, 0) / size;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / size;
    const deviation = Math.sqrt(variance + 1e-5);
    values.forEach((v, i) => {
      result[c * size + i] = (v - mean) / deviation;
    });
  }
  return result;
}

function meanSquare(a: Float32Array | Float64Array, b: Float32Array | Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return total / a.length;
}

function sizes(own: number, wanted: number): ShapeError {
  return new ShapeError({
    expected: `an output of the content’s size (${wanted} values)`,
    name: 'metrics',
    received: `${own} values`,
  });
}
