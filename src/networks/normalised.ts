/** VGG-19 with its channels brought to mean activations of 1, as Gatys et al. 2016 did. */

import { WeightsError } from '../errors.ts';
import { meanOver } from '../graph/composed.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import type { WeightMap, WeightTensor } from '../weights/safetensors.ts';
import type { LossNetwork } from './loss-network.ts';
import { layerNames, vgg19Activations } from './vgg19.ts';

/** Mean activation of each channel in a picture `x [1, 3, H, W]`, `[1, C, 1, 1]` by convolution. */
export function meanActivations(x: Tensor, { parameters, config }: LossNetwork): Outputs {
  const deepest = config.widths.findLastIndex((width) => width > 0);
  const activations = vgg19Activations(x, parameters, config, Math.min(deepest, layerNames.length - 1));
  return Object.fromEntries([...activations].map(([name, y]) => [name, meanOver(y, [0, 2, 3])]));
}

/**
 * The same network with activations divided by `means`, those of each convolution's channels from shallow to
 * deep. The next layer multiplies by them, so that nothing else changes: ReLU and pooling keep factors above
 * 0. Channels that never fire stay as they are.
 *
 * @throws WeightsError if the network has heads, which have a scale of their own
 */
export function withMeansOfOne(
  weights: WeightMap,
  means: ReadonlyMap<string, ArrayLike<number>>,
  source: string,
): WeightMap {
  if ([...weights.keys()].some((name) => name.includes('_aux'))) {
    const remedy = 'heads bring it to the scale of VGG-19: leave --pictures out';
    throw new WeightsError({
      ...{ expected: 'a network without heads', name: '--pictures', received: 'one with heads' },
      ...{ where: source, remedy },
    });
  }
  const result: WeightMap = new Map(weights);
  let before: readonly number[] = [1, 1, 1];
  for (const [name, found] of means) {
    const factors = Array.from(found, (mean) => (mean > 0 ? mean : 1));
    const [weight, bias] = [weights.get(`${name}.weight`), weights.get(`${name}.bias`)];
    if (weight === undefined || bias === undefined) continue;
    result.set(`${name}.weight`, scaled(weight, before, factors));
    result.set(`${name}.bias`, { ...bias, data: bias.data.map((value, i) => value / (factors[i] ?? 1)) });
    before = factors;
  }
  return result;
}

/** A kernel `[O, I, h, w]` with inputs multiplied and outputs divided. */
function scaled(
  { shape, data }: WeightTensor,
  inputs: readonly number[],
  outputs: readonly number[],
): WeightTensor {
  const [, count = 1, height = 1, width = 1] = shape;
  const area = height * width;
  const factor = (i: number) =>
    (inputs[Math.floor(i / area) % count] ?? 1) / (outputs[Math.floor(i / (area * count))] ?? 1);
  return { shape, data: data.map((value, i) => value * factor(i)) };
}
