/** Export of a distillation as a loss network: calibrated weights, measurements, and a card. Node only. */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { mean, square } from '../../graph/composed.ts';
import { mul, sub } from '../../graph/ops/elementwise.ts';
import { input } from '../../graph/ops/sources.ts';
import type { Outputs } from '../../graph/tensor.ts';
import type { RgbImage } from '../../images/image.ts';
import type { LossNetwork } from '../../networks/loss-network.ts';
import { ENCODER } from '../../networks/generator.ts';
import type { GeneratorConfig } from '../../networks/settings.ts';
import { frozen } from '../../networks/parameters.ts';
import { type LayerName, layerNames } from '../../networks/vgg19.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { LayerRecord, NetworkCard } from '../../networks/network-card.ts';
import { writeWeights } from '../../weights/node/weights-file.ts';
import { writeFileAtomic } from '../../files/write.ts';
import type { WeightMap } from '../../weights/safetensors.ts';
import { sha256 } from '../../weights/sha256.ts';
import { type Checkpoint, stageRecord } from './checkpoint.ts';
import { trainedWeights } from '../adam.ts';
import { generatorConfig } from '../config.ts';
import type { Dormant } from '../dormant.ts';
import { distilScale, taughtLayers, taughtPairs } from '../encoder-stages.ts';
import { DISTIL } from '../stage-graph.ts';
import { summedOver } from '../sums.ts';

/** Writes the distilled encoder to `path`, fp16, without a prefix, and its card beside it. */
export async function exportNetwork(
  checkpoint: Checkpoint,
  path: string,
  layers: Readonly<Record<string, LayerRecord>>,
): Promise<void> {
  const { config, history } = checkpoint;
  const network = generatorConfig(config);
  const weights = calibrated(trainedWeights(checkpoint.states), network);
  await writeWeights(path, weights, { dtype: 'F16' });
  const card: NetworkCard = {
    name: basename(path, '.safetensors'),
    description: `An encoder to ${taughtLayers(network).at(-1)}, distilled.`,
    file: basename(path),
    sha256: await sha256(await readFile(path)),
    licence: 'not stated',
    created: new Date().toISOString().slice(0, 10),
    configuration: { ...network.encoder },
    parameters: [...weights.values()].reduce((count, { data }) => count + data.length, 0),
    dtype: 'F16',
    training: {
      data: `${basename(config.contentDir)}, ${basename(config.styleDir)}`,
      teacher: basename(config.lossNetwork),
      stages: [...history, stageRecord(checkpoint)],
    },
    layers: { ...layers },
    limitations: [],
  };
  const text = `${JSON.stringify(card, null, 2)}\n`;
  await writeFileAtomic(path.replace(/\.safetensors$/, '.json'), new TextEncoder().encode(text));
}

/**
 * The encoder's weights with its channels at the teacher's scale. Each channel is multiplied by the norm of
 * its image under the marginal map to the teacher. Distances between features are then about those between
 * the teacher's, and their mean squares are the teacher's. The next layer divides by the same factors, so
 * that deeper features do not change.
 */
export function calibrated(weights: WeightMap, network: GeneratorConfig): WeightMap {
  const result: WeightMap = new Map();
  for (const [name, tensor] of weights) {
    if (name.startsWith(ENCODER)) {
      result.set(name.slice(ENCODER.length), { shape: tensor.shape, data: tensor.data.slice() });
    }
  }
  for (const layer of taughtLayers(network)) {
    const conv = layer.replace('relu', 'conv');
    const kernel = result.get(`${conv}.weight`);
    if (kernel === undefined) continue;
    const factors = channelFactors(weights, layer, kernel.shape[0] ?? 0);
    const fanIn = kernel.data.length / factors.length;
    for (const [i, value] of kernel.data.entries())
      kernel.data[i] = value * (factors[Math.floor(i / fanIn)] ?? 1);
    const bias = result.get(`${conv}.bias`);
    for (const [i, factor] of factors.entries()) if (bias) bias.data[i] = (bias.data[i] ?? 0) * factor;
    const next = result.get(`${conv.replace(/_1$/, '_2')}.weight`);
    if (next === undefined) continue;
    const [, inputs = 1, height = 1, width = 1] = next.shape;
    for (const [i, value] of next.data.entries()) {
      next.data[i] = value / (factors[Math.floor(i / (height * width)) % inputs] ?? 1);
    }
  }
  return result;
}

/** Least factor of a channel, even if it says nothing about the teacher: the next layer divides by it. */
const LEAST_FACTOR = 1e-3;

function channelFactors(weights: WeightMap, layer: LayerName, channels: number): number[] {
  const scale = weights.get(distilScale(layer))?.data[0] ?? 1;
  const map = weights.get(`${DISTIL}${layer}.weight`);
  if (map === undefined) return Array.from({ length: channels }, () => 1 / scale);
  const taught = map.shape[0] ?? 1;
  return Array.from({ length: channels }, (_, k) => {
    let power = 0;
    for (let t = 0; t < taught; t++) power += (map.data[t * channels + k] ?? 0) ** 2;
    return Math.max(LEAST_FACTOR, Math.sqrt((power * channels) / taught)) / scale;
  });
}

/**
 * Error and correlation of each taught layer over `pictures`, which have one size; empty without pictures.
 * `weights` include the maps to the teacher.
 */
export async function measureLayers(
  weights: WeightMap,
  network: GeneratorConfig,
  loss: LossNetwork,
  runtime: Runtime,
  pictures: readonly RgbImage[],
): Promise<Record<string, Pick<LayerRecord, 'error' | 'correlation'>>> {
  const [first] = pictures;
  if (first === undefined) return {};
  const { width, height } = first;
  const x = input('picture', [1, 3, height, width]);
  const outputs: Record<string, Outputs[string]> = {};
  const pairs = taughtPairs(x, network, frozen(weights, 'the distilled encoder'), loss);
  for (const { layer, own, target } of pairs) {
    const moments = { own, target, ownSquare: square(own), targetSquare: square(target) };
    const both = { product: mul(own, target), error: square(sub(own, target)) };
    for (const [name, value] of Object.entries({ ...moments, ...both })) {
      outputs[`${layer}.${name}`] = mean(value);
    }
  }
  const sums = await summedOver(outputs, runtime, pictures.length, (i) => ({
    picture: (pictures[i] ?? first).data,
  }));
  const found: Record<string, Pick<LayerRecord, 'error' | 'correlation'>> = {};
  for (const { layer } of pairs) {
    const of = (name: string) => (sums.get(`${layer}.${name}`)?.[0] ?? 0) / pictures.length;
    const variance = (name: 'own' | 'target') => of(`${name}Square`) - of(name) ** 2;
    const covariance = of('product') - of('own') * of('target');
    const spread = Math.sqrt(variance('own') * variance('target'));
    found[layer] = {
      error: rounded(of('error') / of('targetSquare')),
      // A layer that is the same everywhere has no correlation, and a card no NaN.
      correlation: spread > 0 ? rounded(covariance / spread) : 0,
    };
  }
  return found;
}

/** Number of sleeping units between each taught layer and the one before it. */
export function asleepByLayer(
  dormant: readonly Dormant[],
): Record<string, Pick<LayerRecord, 'asleep' | 'units'>> {
  const found: Record<string, { asleep: number; units: number }> = {};
  for (const { name, units, of } of dormant) {
    const [stage = 0, place = 0] = name
      .replace(/^.*conv/, '')
      .split('_')
      .map(Number);
    // Convolutions after convX_1 lead to the next layer.
    const layer = layerNames[place === 1 ? stage - 1 : stage];
    if (layer === undefined) continue;
    const known = found[layer] ?? { asleep: 0, units: 0 };
    found[layer] = { asleep: known.asleep + units.length, units: known.units + of };
  }
  return found;
}

function rounded(value: number): number {
  return Number(value.toFixed(4));
}
