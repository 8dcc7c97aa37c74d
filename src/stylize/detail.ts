/** The map of a picture's detail: strokes are finer where there is more of it. */

import { slice } from '../graph/ops/layout.ts';
import { input } from '../graph/ops/sources.ts';
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

/**
 * Side in pixels of a block, which has one value in the map, and how many halvings lead to
 * it. Detail changes slowly.
 */
const [BLOCK, DOUBLINGS] = [8, 3];

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

/** A map as an input of a graph, `[1, 1, ⌈height/8⌉, ⌈width/8⌉]`, enlarged to a picture of `size`. */
export function mapInput(name: string, size: ImageSize): Tensor {
  const { width, height } = detailSize(size);
  let map: Tensor = input(name, [1, 1, height, width]);
  for (let i = 0; i < DOUBLINGS; i++) map = enlarge(map);
  return slice(map, [0, 0, 0, 0], [1, 1, size.height, size.width]);
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
