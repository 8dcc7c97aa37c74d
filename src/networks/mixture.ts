/** Several styles in one picture: whatever a style gives to the generator is a weighted mean of what the styles give. */

import { add, mul } from '../graph/ops/elementwise.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import { internal } from '../errors.ts';

/** Encoded styles, and how much of each there is where. */
export interface Mixture {
  readonly styles: readonly Outputs[];
  /**
   * How much of each style there is on a map whose positions are `stride` pixels apart: a tensor each, `[1, 1, 1, 1]`
   * for all places alike or `[1, 1, height, width]`, summing to 1 everywhere. Not asked for a single style.
   */
  weightsAt(stride: number, height: number, width: number): readonly Tensor[];
}

/** One style, everywhere. */
export function sole(style: Outputs): Mixture {
  return { styles: [style], weightsAt: () => [] };
}

/** The weighted mean of a value `[N, C, H, W]` that each style gives; `weights` as {@link Mixture.weightsAt} gives them. */
export function blend(values: readonly Tensor[], weights: () => readonly Tensor[]): Tensor {
  const [first, ...rest] = values;
  if (first === undefined) throw internal('a mixture of no styles');
  if (rest.length === 0) return first;
  const shares = weights();
  const terms = values.map((value, i) => mul(value, shares[i] ?? 0));
  return terms.slice(1).reduce(add, terms[0] ?? first);
}
