/** CFSD: the distance of the self-similarity of an output's features from its content's. */

import { reduceSum } from '../graph/ops/broadcast.ts';
import { add, log, mul } from '../graph/ops/elementwise.ts';
import { matmul, matrixTranspose, softmax } from '../graph/ops/linear.ts';
import { input } from '../graph/ops/sources.ts';
import { extent } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { ShapeError } from '../errors.ts';
import type { Program, Runtime } from '../runtime/runtime.ts';

/** Features `[C, P]`, row-major. */
export interface FeatureMap {
  readonly channels: number;
  readonly data: Float32Array;
}

/** S, the softmax over j of ⟨fᵢ, fⱼ⟩ / C: features `[1, C, P]` → `[1, P, P]`. */
function selfSimilarity(features: Tensor): Tensor {
  return softmax(matmul(matrixTranspose(mul(features, 1 / extent(features.shape, 1))), features));
}

/**
 * Σ over j of S(content)ᵢⱼ · log S(other)ᵢⱼ, `[1, P, 1]`. 1e-30 keeps the logarithm finite for similarities
 * that round to zero.
 */
function crossLogarithm(content: Tensor, other: Tensor): Tensor {
  return reduceSum(mul(content, log(add(other, 1e-30))), [2]);
}

/** Measures outputs against one content. */
export type StructureMeasure = (output: FeatureMap) => Promise<number>;

/** The programs of CFSD, compiled once for each shape of features. */
export interface SelfSimilarity {
  /** Computes the content's part. Its matrix (67 MB for 4,096 positions) lives as long as the result. */
  against(content: FeatureMap): Promise<StructureMeasure>;
  dispose(): Promise<void>;
}

/**
 * CFSD, content feature structural distance (Chung et al. 2024, StyleID): the mean over positions i of
 * KL(S(content)ᵢ ‖ S(output)ᵢ), S = softmax over j of ⟨fᵢ, fⱼ⟩ / C for feature vectors of relu3_1. It ignores
 * colour as far as the features do.
 *
 * Differences from StyleID's code: the judge's features instead of torchvision's (which have another scale:
 * there the products are over C²), the mean over positions instead of the sum, and features averaged over
 * blocks to at most 4,096 positions, since the matrix grows with their square.
 */
export function createSelfSimilarity(runtime: Runtime): SelfSimilarity {
  const compiled = new Map<string, Promise<Programs>>();
  return {
    async against(content) {
      const positions = content.data.length / content.channels;
      const shape = [1, content.channels, positions];
      const programs = compiled.get(shape.join()) ?? compile(runtime, shape);
      compiled.set(shape.join(), programs);
      const { first, second } = await programs;
      const { similarity, own } = await first.run({ features: content.data });
      return async (output) => {
        if (output.data.length !== content.data.length) throw otherSize(output, content);
        const { cross } = await second.run({ features: output.data, similarity });
        let total = 0;
        for (let i = 0; i < positions; i++) total += (own[i] ?? Number.NaN) - (cross[i] ?? Number.NaN);
        // Rounding can make the divergence of equal pictures negative.
        return Math.max(0, total / positions);
      };
    },
    async dispose() {
      for (const programs of compiled.values()) {
        const { first, second } = await programs;
        await first.dispose();
        await second.dispose();
      }
    },
  };
}

interface Programs {
  readonly first: Program<'similarity' | 'own'>;
  readonly second: Program<'cross'>;
}

async function compile(runtime: Runtime, shape: readonly number[]): Promise<Programs> {
  const positions = extent(shape, 2);
  const similarity = selfSimilarity(input('features', shape));
  const wanted = input('similarity', [1, positions, positions]);
  return {
    first: await runtime.compile({ similarity, own: crossLogarithm(similarity, similarity) }),
    second: await runtime.compile({
      cross: crossLogarithm(wanted, selfSimilarity(input('features', shape))),
    }),
  };
}

function otherSize(output: FeatureMap, content: FeatureMap): ShapeError {
  return new ShapeError({
    expected: `an output of the content’s size (${content.data.length} values)`,
    name: 'self-similarity',
    received: `${output.data.length} values`,
  });
}
