/** The numbers that refining moves, and the picture that they make. */

import { flattenPositions } from '../graph/composed.ts';
import { add, minimum, mul, neg, sub } from '../graph/ops/elementwise.ts';
import { reshape } from '../graph/ops/layout.ts';
import { matmul } from '../graph/ops/linear.ts';
import { constant, input } from '../graph/ops/sources.ts';
import type { Tensor } from '../graph/tensor.ts';
import { lumaAt } from '../images/planes.ts';
import type { ImageSize } from '../images/size.ts';
import { enlarge } from '../networks/layers.ts';
import { fromDifferences, toDifferences } from '../networks/palette.ts';
import { present } from '../errors.ts';

/**
 * Parameters: pictures of the whole size, half and a quarter of it in {@link toBasis}'s colours, whose sum is
 * the picture. Adam moves each place of each by about the same, so that large forms move as fast as single
 * pixels.
 */
export const scales = ['whole', 'half', 'quarter'] as const;

/** Steps of the whole size are shorter, since those of the others are added to them. */
const WHOLE = 0.3;

/** Inputs `[1, 3, h, w]` for the {@link scales} of a picture. */
export function pixelInputs(size: ImageSize): ReadonlyMap<string, Tensor> {
  return new Map(
    scales.map(
      (scale, i) => [scale, input(scale, [1, 3, size.height / 2 ** i, size.width / 2 ** i])] as const,
    ),
  );
}

/** The picture `[1, 3, H, W]`, RGB, of its scales. */
export function pictureOf(parameters: ReadonlyMap<string, Tensor>): Tensor {
  return turned(summed(parameters), basis());
}

/**
 * The picture within −0.05–1.05, since values far outside are cut when it is written, and the whole scale
 * that makes just this picture with the others.
 */
export function keptInside(parameters: ReadonlyMap<string, Tensor>): { picture: Tensor; whole: Tensor } {
  const coded = summed(parameters);
  const picture = neg(minimum(neg(minimum(turned(coded, basis()), 1.05)), 0.05));
  const change = sub(turned(picture, inverseBasis()), coded);
  return { picture, whole: add(present(parameters.get('whole'), 'whole picture'), mul(change, 1 / WHOLE)) };
}

function summed(parameters: ReadonlyMap<string, Tensor>): Tensor {
  const of = (scale: (typeof scales)[number]) => present(parameters.get(scale), `${scale} picture`);
  return add(mul(of('whole'), WHOLE), enlarge(add(of('half'), enlarge(of('quarter')))));
}

/**
 * Luma and the colour differences R − Y and B − Y (BT.601), the latter times {@link HUE}. Adam moves each
 * coordinate by about the same, so coordinates of red, green and blue make coloured specks.
 */
const HUE = 2;
const basis = () => mul(fromDifferences(), constant([1, 1 / HUE, 1 / HUE], [1, 3]));
const inverseBasis = () => mul(toDifferences(), constant([1, HUE, HUE], [3, 1]));

function turned(picture: Tensor, matrix: Tensor): Tensor {
  return reshape(matmul(matrix, flattenPositions(picture)), picture.shape);
}

/** A picture's pixels `[3, H, W]`, RGB, as the whole scale at the start; the other scales are zero. */
export function toBasis(data: Float32Array): Float32Array {
  const pixels = data.length / 3;
  const coded = new Float32Array(data.length);
  for (let i = 0; i < pixels; i++) {
    const luma = lumaAt(data, i, pixels);
    coded[i] = luma / WHOLE;
    coded[pixels + i] = (HUE * ((data[i] ?? 0) - luma)) / WHOLE;
    coded[2 * pixels + i] = (HUE * ((data[2 * pixels + i] ?? 0) - luma)) / WHOLE;
  }
  return coded;
}
