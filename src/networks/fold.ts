/** Folding of the attention's 1×1 convolutions: the same function with half of them. */

import { WeightsError } from '../errors.ts';
import type { WeightMap, WeightTensor } from '../weights/safetensors.ts';
import { type GeneratorConfig, meetingLayers } from './settings.ts';
import { transforms } from './transforms/table.ts';

export interface FoldedModel {
  readonly weights: WeightMap;
  readonly config: GeneratorConfig;
}

/**
 * Folds key convolutions into queries, and output convolutions into values. Keys meet queries in a product,
 * so W_k moves to the query: (W_kᵀ W_q) x + W_kᵀ b_q. The rest of the logits, with b_k in it, is one number
 * for all style positions and cancels in the softmax. Attention weights sum to one, so the output convolution
 * moves to the values: (W_o W_v) y + W_o b_v + b_o. Exact except for rounding. Convolutions that the
 * configuration does not use, and AdaIN, stay as they are.
 */
export function foldAttention(weights: WeightMap, config: GeneratorConfig): FoldedModel {
  const { foldable } = transforms[config.transform];
  if (foldable.length === 0 || config.folded) return { weights, config };
  const folded: WeightMap = new Map(weights);
  for (const level of meetingLayers(config)) {
    const name = (part: string) => `attention.${level}.${part}`;
    const take = (part: string): WeightTensor => {
      const tensor = weights.get(name(part));
      if (tensor !== undefined) return tensor;
      throw new WeightsError({ expected: name(part), name: 'a generator', received: 'weights without it' });
    };
    const [query, key] = [take('query.weight'), transposed(take('key.weight'))];
    folded.set(name('query.weight'), { shape: query.shape, data: product(key, query) });
    folded.set(name('query.bias'), { shape: [extent(key)], data: product(key, take('query.bias')) });
    folded.delete(name('key.weight'));
    folded.delete(name('key.bias'));
    if (!foldable.includes('output')) continue;
    const [output, value, bias] = [take('output.weight'), take('value.weight'), take('output.bias')];
    const moved = product(output, take('value.bias')).map((v, i) => v + (bias.data[i] ?? 0));
    folded.set(name('value.weight'), { shape: value.shape, data: product(output, value) });
    folded.set(name('value.bias'), { shape: [extent(output)], data: moved });
    folded.delete(name('output.weight'));
    folded.delete(name('output.bias'));
  }
  return { weights: folded, config: { ...config, folded: true } };
}

/** Folded weights in the form that training takes: identities replace the folded convolutions. */
export function unfoldAttention(weights: WeightMap): WeightMap {
  const whole: WeightMap = new Map(weights);
  for (const [name, { shape }] of weights) {
    const block = /^(attention\.relu\d_1\.)query\.weight$/.exec(name)?.[1];
    if (block === undefined || weights.has(`${block}key.weight`)) continue;
    const outputs = weights.get(`${block}value.weight`)?.shape ?? shape;
    for (const [part, form] of [
      ['key', shape],
      ['output', outputs],
    ] as const) {
      const size = form[0] ?? 0;
      whole.set(`${block}${part}.weight`, { shape: form, data: identity(size) });
      whole.set(`${block}${part}.bias`, { shape: [size], data: new Float32Array(size) });
    }
  }
  return whole;
}

/** Outputs of a 1×1 convolution `[O, I, 1, 1]`. */
function extent({ shape }: WeightTensor): number {
  return shape[0] ?? 0;
}

/** a · b of matrices `[O, I, 1, 1]` or, for b, a vector `[I]`; summed in float64. */
function product(a: WeightTensor, b: WeightTensor): Float32Array {
  const inner = b.shape[0] ?? 0;
  const columns = b.data.length / inner;
  return Float32Array.from({ length: extent(a) * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    let sum = 0;
    for (let k = 0; k < inner; k++)
      sum += (a.data[row * inner + k] ?? 0) * (b.data[k * columns + column] ?? 0);
    return sum;
  });
}

function transposed({ shape: [rows = 0, columns = 0], data }: WeightTensor): WeightTensor {
  const turned = Float32Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] ?? 0);
  return { shape: [columns, rows, 1, 1], data: turned };
}

function identity(size: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
}
