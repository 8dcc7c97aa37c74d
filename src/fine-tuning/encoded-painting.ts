/** All that fine-tuning needs of the painting. The encoder is frozen and there is one painting, so it is computed once. */

import { internal } from '../errors.ts';
import { constant, input } from '../graph/ops/sources.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import type { RgbImage } from '../images/image.ts';
import { encodeStyle } from '../networks/generator.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { frozen } from '../networks/parameters.ts';
import { stream, uniformInt } from '../random.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { StylizerModel } from '../stylize/style.ts';
import { colourVectors, seen, styleMoments, type Target } from './losses.ts';
import { wholeBlocks } from './crops.ts';

/** Constants of the graphs of steps and samples. */
export interface Painting extends Target {
  /** As the generator takes a style. */
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

/** `count` of the vectors `[…, 3]`, always the same ones. */
function drawn(vectors: Float32Array, count: number): Float32Array {
  const random = stream(1, 'colours');
  const chosen = new Float32Array(3 * count);
  for (let i = 0; i < count; i++) {
    const from = 3 * uniformInt(random, 0, vectors.length / 3 - 1);
    chosen.set(vectors.subarray(from, from + 3), 3 * i);
  }
  return chosen;
}
