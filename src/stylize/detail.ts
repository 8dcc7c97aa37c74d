/** The map of a picture's detail: strokes are finer where there is more of it. */

import { LUMA } from '../luma.ts';
import { add, div, mul, neg, relu, sub } from '../graph/ops/elementwise.ts';
import { concat, slice } from '../graph/ops/layout.ts';
import { conv, matmul, matrixTranspose } from '../graph/ops/linear.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { sumPool } from '../graph/ops/spatial.ts';
import { elementCount, nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { blurred, lumaPlane } from '../images/planes.ts';
import type { ImageSize, RgbImage } from '../images/image.ts';
import { enlarge } from '../networks/layers.ts';
import { enlargedPlane } from './revise.ts';

/**
 * Detail at which the map is 0.5: the change of luma over two pixels, across and down together,
 * averaged over the neighbourhood.
 */
const HALF_DETAIL = 0.05;

/** Standard deviation of a neighbourhood, as a fraction of the short side. */
const NEIGHBOURHOOD = 1 / 64;

/** Side in pixels of a block, which has one value in the map: detail changes slowly. */
export const BLOCK = 8;

/** How many halvings lead to a block. */
const DOUBLINGS = 3;

/** Size of the map of a picture. */
export function detailSize({ width, height }: ImageSize): ImageSize {
  return { width: Math.ceil(width / BLOCK), height: Math.ceil(height / BLOCK) };
}

/**
 * Detail around each block, a map of {@link detailSize}: 0 in plain ground, near 1 in faces and thin things.
 */
export function detailMap(content: RgbImage): Float32Array {
  const { width, height } = content;
  const luma = lumaPlane(content);
  const map = detailSize(content);
  const change = new Float32Array(map.width * map.height);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    const [above, below] = [y > 0 ? -width : 0, y < height - 1 ? width : 0];
    const blocks = Math.floor(y / BLOCK) * map.width;
    const rows = Math.min(BLOCK, height - Math.floor(y / BLOCK) * BLOCK);
    for (let block = 0; block < map.width; block++) {
      const end = Math.min(width, (block + 1) * BLOCK);
      let sum = 0;
      for (let x = block * BLOCK; x < end; x++) {
        const i = row + x;
        const across = (luma[x < width - 1 ? i + 1 : i] ?? 0) - (luma[x > 0 ? i - 1 : i] ?? 0);
        const down = (luma[i + below] ?? 0) - (luma[i + above] ?? 0);
        sum += Math.abs(across) + Math.abs(down);
      }
      const at = blocks + block;
      change[at] = (change[at] ?? 0) + sum / (rows * (end - block * BLOCK));
    }
  }
  const mean = blurred(change, map, (NEIGHBOURHOOD * Math.min(width, height)) / BLOCK);
  return mean.map((value) => value / (value + HALF_DETAIL));
}

/** {@link detailMap} in a graph: a content `[1, 3, H, W]` gives its map `[1, 1, ⌈H/8⌉, ⌈W/8⌉]`. */
export function detailTensor(content: Tensor): Tensor {
  const [, , height, width] = nchw(content.shape, 'content');
  const map = detailSize({ width, height });
  const luma = conv(content, constant(LUMA, [1, 3, 1, 1]));
  const change = add(magnitude(differences(luma, 2)), magnitude(differences(luma, 3)));
  let sums = extended(extended(change, 2), 3);
  for (let i = 0; i < DOUBLINGS; i++) sums = sumPool(sums);
  // The last blocks may be smaller.
  const extent = (i: number, count: number, size: number) => (i === count - 1 ? size - BLOCK * i : BLOCK);
  const shares = Float32Array.from({ length: map.width * map.height }, (_, i) => {
    const [x, y] = [i % map.width, Math.floor(i / map.width)];
    return 1 / (extent(x, map.width, width) * extent(y, map.height, height));
  });
  const means = mul(sums, constant(shares, [1, 1, map.height, map.width]));
  const deviation = (NEIGHBOURHOOD * Math.min(width, height)) / BLOCK;
  const down = blurMatrix(map.height, deviation);
  const across = matrixTranspose(blurMatrix(map.width, deviation));
  const blurry = matmul(matmul(down, means), across);
  return div(blurry, add(blurry, HALF_DETAIL));
}

/** The next value minus the one before, along an axis. The first and last stand for what is beyond them. */
function differences(plane: Tensor, axis: 2 | 3): Tensor {
  const { shape } = plane;
  const size = shape[axis] ?? 1;
  const part = (from: number, to: number) =>
    slice(
      plane,
      shape.map((_, i) => (i === axis ? from : 0)),
      shape.map((length, i) => (i === axis ? to : length)),
    );
  const next = concat([part(1, size), part(size - 1, size)], axis);
  return sub(next, concat([part(0, 1), part(0, size - 1)], axis));
}

/**
 * Zeros up to whole blocks, along an axis. They are joined on, because ONNX Runtime (1.30) fails where a
 * padding of more than a pixel meets a pooling.
 */
function extended(plane: Tensor, axis: 2 | 3): Tensor {
  const size = plane.shape[axis] ?? 1;
  const missing = Math.ceil(size / BLOCK) * BLOCK - size;
  if (missing === 0) return plane;
  const shape = plane.shape.map((length, i) => (i === axis ? missing : length));
  return concat([plane, constant(new Float32Array(elementCount(shape)), shape)], axis);
}

function magnitude(x: Tensor): Tensor {
  return add(relu(x), relu(neg(x)));
}

/** The matrix `[n, n]` that {@link blurred} is along one axis. */
function blurMatrix(n: number, deviation: number): Tensor {
  const columns = Array.from({ length: n }, (_, i) => {
    const unit = new Float32Array(n);
    unit[i] = 1;
    return blurred(unit, { width: n, height: 1 }, deviation);
  });
  return constant(
    Float32Array.from({ length: n * n }, (_, i) => columns[i % n]?.[Math.floor(i / n)] ?? 0),
    [n, n],
  );
}

/** A map as an input of a graph, `[1, 1, ⌈height/8⌉, ⌈width/8⌉]`, enlarged to a picture of `size`. */
export function mapInput(name: string, size: ImageSize): Tensor {
  const { width, height } = detailSize(size);
  return enlargedTensor(input(name, [1, 1, height, width]), size);
}

/** A map `[1, 1, ⌈height/8⌉, ⌈width/8⌉]` enlarged to a picture of `size`. */
export function enlargedTensor(map: Tensor, size: ImageSize): Tensor {
  let large = map;
  for (let i = 0; i < DOUBLINGS; i++) large = enlarge(large);
  return slice(large, [0, 0, 0, 0], [1, 1, size.height, size.width]);
}

/** The enlargement of {@link mapInput}, for pictures. */
export function enlargedMap(map: Float32Array, size: ImageSize): Float32Array {
  let [plane, from] = [map, detailSize(size)];
  for (let i = 1; i <= DOUBLINGS; i++) {
    const next = i === DOUBLINGS ? size : { width: 2 * from.width, height: 2 * from.height };
    plane = enlargedPlane(plane, from, next);
    from = next;
  }
  return plane;
}
