/** Several styles in one picture: the generator uses weighted means of the values that the styles give. */

import { add, mul } from '../graph/ops/elementwise.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import { internal } from '../errors.ts';

/** Encoded styles, with their shares at each position. */
export interface Mixture {
  readonly styles: readonly Outputs[];
  /**
   * Shares of the styles on a map whose positions are `stride` pixels apart: a tensor each, `[1,
   * 1, 1, 1]` for all positions alike or `[1, 1, height, width]`, summing to 1 everywhere. Not
   * called for a single style.
   */
  weightsAt(stride: number, height: number, width: number): readonly Tensor[];
}

/** One style, everywhere. */
export function sole(style: Outputs): Mixture {
  return { styles: [style], weightsAt: () => [] };
}

/**
 * The weighted mean of a value `[N, C, H, W]` that each style gives, with `weights` from
 * {@link Mixture.weightsAt}.
 */
export function blend(values: readonly Tensor[], weights: () => readonly Tensor[]): Tensor {
  const [first, ...rest] = values;
  if (first === undefined) throw internal('a mixture of no styles');
  if (rest.length === 0) return first;
  const shares = weights();
  const terms = values.map((value, i) => mul(value, shares[i] ?? 0));
  return terms.slice(1).reduce(add, terms[0] ?? first);
}
