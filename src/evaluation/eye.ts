/**
 * The eye: the network through which strokes are measured, and the distance between the marks of two
 * pictures.
 */

import { internal } from '../errors.ts';
import { flattenPositions, meanOver, square } from '../graph/composed.ts';
import { reduceSum } from '../graph/ops/broadcast.ts';
import { add, div, sqrt, sub } from '../graph/ops/elementwise.ts';
import { concat } from '../graph/ops/layout.ts';
import { gather } from '../graph/ops/gathering.ts';
import { matmul, matrixTranspose } from '../graph/ops/linear.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { vgg19 } from '../networks/vgg19.ts';
import type { Program, Runtime } from '../runtime/runtime.ts';
import type { Plane } from './gaussian.ts';

/** Side in pixels of the pictures that the eye sees. */
export const EYE_SIDE = 128;
/** Each layer is sampled on a regular grid of this many rows and columns. */
const GRID = 32;

/** Shallow layers only: deeper ones see objects rather than marks. */
export const eyeLayers = ['relu1_1', 'relu2_1', 'relu3_1'] as const;
type EyeLayer = (typeof eyeLayers)[number];

/**
 * For each layer unit vectors `[C, 1024]`: features of the grid minus their mean vector, over their length +
 * 1e-6.
 */
export type Marks = Readonly<Record<EyeLayer, Float32Array>>;

export interface Eye {
  /** Looks at a grey picture of {@link EYE_SIDE}², 0–1. */
  look(grey: Plane): Promise<Marks>;
  /**
   * Relaxed earth mover's distance of each layer (Kolkin et al. 2019, STROTSS): each vector's cosine distance
   * to the nearest one of the other picture, averaged over the vectors of one picture and of the other. The
   * greater of both means counts.
   */
  distances(a: Marks, b: Marks): Promise<number[]>;
  dispose(): Promise<void>;
}

/** An eye made of a VGG-19 that has `conv1_1` … `conv3_1`; deeper layers are not used. */
export async function createEye({ parameters, config }: LossNetwork, runtime: Runtime): Promise<Eye> {
  const grey = input('grey', [1, 1, EYE_SIDE, EYE_SIDE]);
  const features = vgg19(concat([grey, grey, grey], 1), parameters, config, eyeLayers);
  const marks = perLayer((layer) => directions(features[layer]));
  const looker = await runtime.compile({ ...marks });
  const cosines = perLayer((layer) => {
    const { shape } = marks[layer];
    return matmul(matrixTranspose(input(`a.${layer}`, shape)), input(`b.${layer}`, shape));
  });
  const comparer: Program<EyeLayer> = await runtime.compile({ ...cosines });
  return {
    async look({ width, height, values }) {
      if (width !== EYE_SIDE || height !== EYE_SIDE) throw internal(`the eye got ${width}×${height}`);
      return looker.run({ grey: Float32Array.from(values) });
    },
    async distances(a, b) {
      const feeds = eyeLayers.flatMap((layer) => [
        [`a.${layer}`, a[layer]] as const,
        [`b.${layer}`, b[layer]] as const,
      ]);
      const found = await comparer.run(Object.fromEntries(feeds));
      return eyeLayers.map((layer) => nearestDistance(found[layer]));
    },
    async dispose() {
      await looker.dispose();
      await comparer.dispose();
    },
  };
}

function perLayer(of: (layer: EyeLayer) => Tensor): Record<EyeLayer, Tensor> {
  return { relu1_1: of('relu1_1'), relu2_1: of('relu2_1'), relu3_1: of('relu3_1') };
}

/** `[1, C, H, W]` → `[1, C, 1024]`, see {@link Marks}. */
function directions(features: Tensor): Tensor {
  const [, , height, width] = nchw(features.shape, 'features');
  const places = Float32Array.from({ length: GRID * GRID }, (_, i) => {
    const [row, column] = [Math.floor(i / GRID), i % GRID];
    return (row * height * width) / GRID + (column * width) / GRID;
  });
  const picked = gather(flattenPositions(features), constant(places, [places.length]));
  const centred = sub(picked, meanOver(picked, [2]));
  return div(centred, add(sqrt(reduceSum(square(centred), [1])), 1e-6));
}

/** The greater of both mean distances to the nearest, from the cosines `[P, P]` of two pictures' vectors. */
function nearestDistance(cosines: Float32Array): number {
  const count = Math.sqrt(cosines.length);
  const columns = new Float32Array(count).fill(-1);
  let rows = 0;
  for (let start = 0; start < cosines.length; start += count) {
    let best = -1;
    for (let i = 0; i < count; i++) {
      const cosine = cosines[start + i] ?? 0;
      if (cosine > best) best = cosine;
      if (cosine > (columns[i] ?? 0)) columns[i] = cosine;
    }
    rows += best;
  }
  const nearest =
    Math.min(
      rows,
      columns.reduce((a, b) => a + b, 0),
    ) / count;
  // Rounding can make the distance of equal pictures negative.
  return Math.max(0, 1 - nearest);
}
