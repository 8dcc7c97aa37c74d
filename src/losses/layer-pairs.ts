/** Pairs of values of two pictures at the same layers. */

import { ShapeError } from '../errors.ts';

/** `[own[i], target[i]]`; throws a ShapeError that names the loss if the lists differ in length. */
export function layerPairs<A, B>(own: readonly A[], target: readonly B[], loss: string): (readonly [A, B])[] {
  if (own.length !== target.length) {
    throw new ShapeError({
      expected: `${own.length} layers to compare with`,
      name: loss,
      received: `${target.length}`,
    });
  }
  return own.flatMap((value, i) => target.slice(i, i + 1).map((other) => [value, other] as const));
}
