/** Pictures as fine-tuning takes them: random crops of the photographs, and sides that the losses can halve. */

import { extendEdges } from '../images/extend.ts';
import { cropImage, type RgbImage } from '../images/image.ts';
import { resampleImage } from '../images/resample.ts';
import { type RandomGenerator, uniformFloat64, uniformInt } from '../random.ts';

/** relu4_1 sees blocks of 8 pixels, the colour layer of 4. */
const BLOCK = 8;

/** The middle of a picture, both sides multiples of 8, at least 24: what a style loss can look at. */
export function wholeBlocks(picture: RgbImage): RgbImage {
  const { width, height, data } = extendEdges(picture, 3 * BLOCK);
  const whole = (side: number) => side - (side % BLOCK);
  const left = (width - whole(width)) >> 1;
  const top = (height - whole(height)) >> 1;
  return cropImage({ width, height, data }, { left, top, width: whole(width), height: whole(height) });
}

/**
 * A random square of a picture, brought to `[3, size, size]`, RGB 0–1, half of them mirrored: from `size` pixels wide, where
 * strokes are seen as they will be painted, to all that the picture has.
 */
export function randomCrop({ width, height, data }: RgbImage, size: number, random: RandomGenerator) {
  const short = Math.min(width, height);
  const side = uniformInt(random, Math.min(size, short), short);
  const place = (length: number) => Math.floor(uniformFloat64(random) * (length - side + 1));
  const area = { left: place(width), top: place(height), width: side, height: side };
  const crop = resampleImage(cropImage({ width, height, data }, area), { width: size, height: size });
  return uniformInt(random, 0, 1) === 1 ? mirrored(crop.data, size) : crop.data;
}

function mirrored(planes: Float32Array, width: number): Float32Array {
  return planes.map((_, i) => planes[i - (i % width) + width - 1 - (i % width)] ?? 0);
}
