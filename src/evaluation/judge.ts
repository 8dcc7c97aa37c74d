/** The network that judges: all features that the metrics need of a picture, from one run. */

import { internal } from '../errors.ts';
import { channelStatistics, flattenPositions } from '../graph/composed.ts';
import { mul } from '../graph/ops/elementwise.ts';
import { reshape, slice } from '../graph/ops/layout.ts';
import { gather } from '../graph/ops/gathering.ts';
import { matmul } from '../graph/ops/linear.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { sumPool } from '../graph/ops/spatial.ts';
import { extent, nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { ImageSize, RgbImage } from '../images/image.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { type LayerName, layerNames, vgg19Narrow } from '../networks/vgg19.ts';
import type { Program, Runtime } from '../runtime/runtime.ts';
import { createSelfSimilarity, type FeatureMap, type StructureMeasure } from './self-similarity.ts';
import {
  chosenPositions,
  DIRECTIONS,
  METRICS_SEED,
  POSITIONS,
  randomDirections,
  sortRows,
} from './sliced.ts';

/** Layers of the content loss, as in SANet. */
export const contentLayers = ['relu4_1', 'relu5_1'] as const;

/** Features of the layers of the content loss. */
export type ContentFeatures = Readonly<Record<(typeof contentLayers)[number], FeatureMap>>;

/** One layer as a distribution of feature vectors. */
interface SeenLayer {
  /** Mean of each channel over positions. */
  readonly mean: Float32Array;
  /** √(unbiased variance + 1e-5) of each channel. */
  readonly deviation: Float32Array;
  /** `[K, P]`, features projected on K unit vectors, each row sorted. */
  readonly projections: Float32Array;
}

export type SeenLayers = Readonly<Record<LayerName, SeenLayer>>;

/** All features that the metrics need of a picture, computed once. */
interface SeenPicture {
  readonly layers: SeenLayers;
  readonly content: ContentFeatures;
  /** relu3_1 for self-similarity, averaged over blocks until it has at most 4,096 positions. */
  readonly patches: FeatureMap;
}

/** The network that judges, with its programs for the sizes that occurred so far. */
export interface Judge {
  look(image: RgbImage): Promise<SeenPicture>;
  /** CFSD against one content: see {@link createSelfSimilarity}. */
  structure(content: SeenPicture): Promise<StructureMeasure>;
  dispose(): Promise<void>;
}

/** A judge of `network` (a VGG-19 with relu1_1 … relu5_1, with or without heads) on `runtime`. */
export function createJudge(network: LossNetwork, runtime: Runtime): Judge {
  const lookers = new Map<string, Promise<Looker>>();
  const similarity = createSelfSimilarity(runtime);
  return {
    async look(image) {
      const key = `${image.width}×${image.height}`;
      const looker = lookers.get(key) ?? compileLooker(network, runtime, image);
      lookers.set(key, looker);
      return (await looker).look(image);
    },
    structure: (content) => similarity.against(content.patches),
    async dispose() {
      for (const looker of lookers.values()) await (await looker).program.dispose();
      await similarity.dispose();
    },
  };
}

interface Looker {
  readonly program: Program;
  look(image: RgbImage): Promise<SeenPicture>;
}

/** The graph from a picture to its {@link SeenPicture}. */
async function compileLooker(
  { parameters, config }: LossNetwork,
  runtime: Runtime,
  { width, height }: ImageSize,
): Promise<Looker> {
  const picture = input('picture', [1, 3, height, width]);
  const seen = vgg19Narrow(picture, parameters, config, layerNames);
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
    // Heads are applied only to the chosen positions.
    const flat = flattenPositions(narrow);
    const chosen = chosenPositions(extent(flat.shape, 2), POSITIONS, METRICS_SEED);
    const picked = gather(flat, constant(chosen, [chosen.length]));
    const vectors = seen.apply(layer, reshape(picked, [...picked.shape, 1]));
    const directions = constant(randomDirections(DIRECTIONS, c, METRICS_SEED), [1, DIRECTIONS, c]);
    outputs[`projections.${layer}`] = matmul(directions, flattenPositions(vectors));
  }
  for (const layer of contentLayers) outputs[`content.${layer}`] = seen.apply(layer, seen.narrow[layer]);
  outputs.patches = reduced(seen.apply('relu3_1', seen.narrow.relu3_1));
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

/**
 * Features averaged over 2×2 blocks until at most 4,096 positions are left, `[1, C, P]`. A last odd row or
 * column is left out.
 */
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
