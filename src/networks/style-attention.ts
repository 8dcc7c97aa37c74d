/** The block that brings content and style together: attention, statistics attention, or AdaIN. */

import {
  type ChannelStatistics,
  channelStatistics,
  flattenPositions,
  normalise,
  safeSqrt,
  square,
} from '../graph/composed.ts';
import { add, mul, relu, sub } from '../graph/ops/elementwise.ts';
import { concat, reshape, slice, transpose } from '../graph/ops/layout.ts';
import { matmul, matrixTranspose, softmax } from '../graph/ops/linear.ts';
import { sumPool } from '../graph/ops/spatial.ts';
import { extent, nchw, sameShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { conv1x1 } from './layers.ts';
import type { Parameters } from './parameters.ts';

/**
 * `attention`: Att ⊗ V through a 1×1 convolution, plus the content: the paper's block, and SANet's.
 * `statistics-attention`: attention-weighted mean M and deviation S of the style at every content position, S ⊙ norm(fc) + M (as AdaAttN, Liu et al. 2021).
 * `adain`: σ(fs) · norm(fc) + μ(fs) (Huang & Belongie 2017).
 */
export const transforms = ['attention', 'statistics-attention', 'adain'] as const;
type Transform = (typeof transforms)[number];

export const temperatures = ['one', 'sqrt-channels'] as const;
type Temperature = (typeof temperatures)[number];

export interface StyleAttentionConfig {
  readonly transform: Transform;
  /** Divides the logits before the softmax: 1 in the paper and SANet, √C as in transformers otherwise. */
  readonly temperature: Temperature;
  /**
   * Attend to means over 2×2 blocks of style positions (`true`): a quarter of the keys. Statistics attention
   * averages v and v² each, so the deviation within a block still counts. `false` is the paper's form.
   */
  readonly pooledKeys: boolean;
  /** The key convolution is folded into the query's, and the output's into the value's: see fold.ts. Default: no. */
  readonly folded?: boolean;
}

/** What the block makes of a content. */
export interface Transformed {
  /** Of the content's shape. */
  readonly features: Tensor;
  /** `[N, 3, H, W]`, attended colours, where the style's values carry them. */
  readonly colours?: Tensor;
}

/** What a style leaves behind for its block; named tensors, so that it can be stored. */
export type StyleState =
  | { readonly keys: Tensor; readonly values: Tensor }
  | { readonly mean: Tensor; readonly deviation: Tensor };

/**
 * The style's half, done once per style: `fs [N, C, H, W]` → keys `[N, C, P]` of its P positions or blocks, and
 * values `[N, P, C]`, for statistics attention `[N, P, 2C]`, v and v²; for AdaIN mean and deviation `[N, C, 1, 1]`.
 * `colours [N, 3, H, W]`, if given, stand behind the values. Keys are made of `matched [N, K, H, W]`, normalised
 * features: those of `fs`, unless given.
 */
export function encodeStyleLevel(
  fs: Tensor,
  parameters: Parameters,
  config: StyleAttentionConfig,
  colours?: Tensor,
  matched?: Tensor,
): StyleState {
  const statistics = channelStatistics(fs);
  if (config.transform === 'adain') return statistics;
  const [, channels] = nchw(fs.shape, 'style features');
  const pool = config.pooledKeys ? blockMeans : (x: Tensor) => x;
  const looked = pool(matched ?? normalise(fs, statistics));
  const keys = config.folded ? looked : conv1x1(looked, parameters, 'key', extent(looked.shape, 1));
  // With an identity start flat statistics attention is AdaIN: training begins at something that works.
  const start =
    config.transform === 'attention' ? ({ kind: 'he' } as const) : ({ kind: 'identity' } as const);
  const values = conv1x1(fs, parameters, 'value', channels, start);
  const carried = [
    values,
    ...(config.transform === 'attention' ? [] : [square(values)]),
    ...(colours === undefined ? [] : [colours]),
  ];
  const whole = carried.length === 1 ? values : concat(carried, 1);
  return { keys: flattenPositions(keys), values: matrixTranspose(flattenPositions(pool(whole))) };
}

/**
 * The content's half: `fc [N, C, H, W]` and the style's state → features of the same shape.
 * `statistics` are the content's own channel statistics, given where `fc` is only a tile of a picture. Queries are made
 * of `matched`, as the keys are.
 */
export function transformContent(
  fc: Tensor,
  style: StyleState,
  parameters: Parameters,
  config: StyleAttentionConfig,
  statistics: ChannelStatistics = channelStatistics(fc),
  matched?: Tensor,
): Transformed {
  const normalised = normalise(fc, statistics);
  if ('mean' in style) return { features: add(mul(normalised, style.deviation), style.mean) };
  const [n, channels, h, w] = nchw(fc.shape, 'content features');
  const looking = matched ?? normalised;
  const width = extent(looking.shape, 1);
  const queries = matrixTranspose(flattenPositions(conv1x1(looking, parameters, 'query', width)));
  const scale = config.temperature === 'one' ? 1 : 1 / Math.sqrt(width);
  const attention = softmax(mul(matmul(queries, style.keys), scale));
  const toMap = (x: Tensor) => reshape(transpose(x, [0, 2, 1]), [n, extent(x.shape, 2), h, w]);
  // One product for all that is attended: the attention matrix, by far the largest tensor here, is read once.
  const attended = matmul(attention, style.values);
  const positions = h * w;
  const part = (start: number, end: number) =>
    start === 0 && end === extent(attended.shape, 2)
      ? attended
      : slice(attended, [0, 0, start], [n, positions, end]);
  const own = config.transform === 'attention' ? channels : 2 * channels;
  const colours = extent(attended.shape, 2) > own ? { colours: toMap(part(own, own + 3)) } : {};
  if (config.transform === 'attention') {
    const seen = toMap(part(0, channels));
    const output = config.folded ? seen : conv1x1(seen, parameters, 'output', channels);
    return { features: add(output, fc), ...colours };
  }
  const [first, second] = [part(0, channels), part(channels, 2 * channels)];
  // E[v²] − E[v]² can fall below zero by rounding; 1e-4 keeps the root's gradient finite where attention is sharp.
  const deviation = safeSqrt(relu(sub(second, square(first))), 1e-4);
  return { features: add(mul(toMap(deviation), normalised), toMap(first)), ...colours };
}

/** Means over 2×2 blocks; a last odd row or column is left out, and a map one position thin stays as it is. */
function blockMeans(x: Tensor): Tensor {
  const [n, c, h, w] = nchw(x.shape, 'style features');
  if (h < 2 || w < 2) return x;
  const even = [n, c, h - (h % 2), w - (w % 2)];
  return mul(sumPool(sameShape(x.shape, even) ? x : slice(x, [0, 0, 0, 0], even)), 1 / 4);
}
