/** The pictures of a fine-tuning: random crops of the photographs, and the painting, encoded once. */

import { extendEdges } from '../images/extend.ts';
import { cropImage, type RgbImage } from '../images/image.ts';
import { resampleImage } from '../images/resample.ts';
import { type RandomGenerator, uniformFloat64, uniformInt, stream } from '../random.ts';
import { internal } from '../errors.ts';
import { constant, input } from '../graph/ops/sources.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import { encodeStyle } from '../networks/generator.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { frozen } from '../networks/parameters.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { StylizerModel } from '../stylize/style.ts';
import { colourVectors, seen, styleMoments, type Target } from './graph.ts';

/** Blocks cover 8 pixels in relu4_1 and 4 in the colour layer. */
const BLOCK = 8;

/** The middle of a picture, with both sides multiples of 8 and at least 24, as the style losses need. */
export function wholeBlocks(picture: RgbImage): RgbImage {
  const { width, height, data } = extendEdges(picture, 3 * BLOCK);
  const whole = (side: number) => side - (side % BLOCK);
  const left = (width - whole(width)) >> 1;
  const top = (height - whole(height)) >> 1;
  return cropImage({ width, height, data }, { left, top, width: whole(width), height: whole(height) });
}

/**
 * A random square of a picture, scaled to `[3, size, size]`, RGB 0–1; half of them are mirrored. Squares
 * range from `size` pixels, where strokes appear in their final size, to the whole short side.
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

/** Constants in the graphs of steps and samples. */
export interface Painting extends Target {
  /** The encoded style, as the generator takes it. */
  readonly style: Outputs;
}

export async function encodePainting(
  picture: RgbImage,
  { weights, name, config }: StylizerModel,
  loss: LossNetwork,
  runtime: Runtime,
): Promise<Painting> {
  const { width, height, data } = wholeBlocks(picture);
  const x = input('painting', [1, 3, height, width]);
  const style = encodeStyle(x, frozen(weights, name), config);
  const moments = styleMoments(seen(x, loss).features);
  const wanted: Record<string, Tensor> = { ...style, colours: colourVectors(x) };
  for (const [i, { mean, deviation }] of moments.entries()) {
    wanted[`mean ${i}`] = mean;
    wanted[`deviation ${i}`] = deviation;
  }
  const program = await runtime.compile(wanted);
  const values = await program.run({ painting: data });
  await program.dispose();
  const valuesOf = (name: string): Float32Array => {
    const found = values[name];
    if (found === undefined) throw internal(`no ${name} of the painting`);
    return found;
  };
  const known = (name: string, { shape }: Tensor): Tensor => constant(valuesOf(name), shape);
  return {
    style: Object.fromEntries(Object.entries(style).map(([name, tensor]) => [name, known(name, tensor)])),
    moments: moments.map(({ mean, deviation }, i) => ({
      mean: known(`mean ${i}`, mean),
      deviation: known(`deviation ${i}`, deviation),
    })),
    colours: (count) => constant(drawn(valuesOf('colours'), count), [1, count, 3]),
  };
}

/** Draws `count` of the vectors `[…, 3]`, always the same ones. */
function drawn(vectors: Float32Array, count: number): Float32Array {
  const random = stream(1, 'colours');
  const chosen = new Float32Array(3 * count);
  for (let i = 0; i < count; i++) {
    const from = 3 * uniformInt(random, 0, vectors.length / 3 - 1);
    chosen.set(vectors.subarray(from, from + 3), 3 * i);
  }
  return chosen;
}
