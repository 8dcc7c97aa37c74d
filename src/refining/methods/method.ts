/** What a method of refining is: what it minimises, as a graph over what is seen of pictures. */

import type { Outputs, Tensor } from '../../graph/tensor.ts';
import type { Parameters } from '../../networks/parameters.ts';
import type { Looked } from '../look.ts';

/** A part of the style loss, a scalar. */
export interface Term {
  readonly value: Tensor;
  /** 1 if it is missing. */
  readonly weight?: number;
  /**
   * It is divided by its value at the content, so that losses of any size, and layers and networks of any
   * size of features, have the same weight.
   */
  readonly isRelative?: true;
}

interface StyleTerms {
  readonly terms: readonly Term[];
  /** What the method's own parameters minimise in each step, a scalar. It does not move the picture. */
  readonly learned?: Tensor;
}

export interface RefiningMethod {
  /** Of the sum of the terms of each kind. */
  readonly weights: { readonly content: number; readonly style: number };
  /** The content loss, a scalar. */
  content(own: Looked, content: Looked): Tensor;
  /**
   * The distance from style number `k`. Its inputs come from `inputs.ts`.
   *
   * @param parameters of the method's own, which are trained beside the picture
   */
  style(own: Looked, k: number, parameters: Parameters): StyleTerms;
  /** Computed once from a style's picture; a step gets it by `inputs.ts` under the same names. */
  once?(style: Looked): Outputs;
}
