/** The common parts of transforms with attention: queries of the content look for keys of the style. */

import { channelStatistics, flattenPositions, normalise } from '../../graph/composed.ts';
import { mul } from '../../graph/ops/elementwise.ts';
import { concat, reshape, slice, transpose } from '../../graph/ops/layout.ts';
import { matmul, matrixTranspose, softmax } from '../../graph/ops/linear.ts';
import { sumPool } from '../../graph/ops/spatial.ts';
import { extent, nchw, sameShape } from '../../graph/shape.ts';
import type { Outputs, Tensor } from '../../graph/tensor.ts';
import { internal } from '../../errors.ts';
import { conv1x1 } from '../layers.ts';
import type { Initialiser, Parameters } from '../parameters.ts';
import type { StyleExtras, TransformSettings } from './transform.ts';

/** Keys and values of a style. `carry` chooses the attended features from the values `[N, C, H, W]`. */
export function keysAndValues(
  fs: Tensor,
  parameters: Parameters,
  { pooledKeys, folded }: TransformSettings,
  { matched, colours }: StyleExtras,
  { start, carry }: { readonly start: Initialiser; carry(values: Tensor): readonly Tensor[] },
): Outputs {
  const [, channels] = nchw(fs.shape, 'style features');
  const pool = pooledKeys ? blockMeans : (x: Tensor) => x;
  const looked = pool(matched ?? normalise(fs, channelStatistics(fs)));
  const keys = folded ? looked : conv1x1(looked, parameters, 'key', extent(looked.shape, 1));
  const values = conv1x1(fs, parameters, 'value', channels, start);
  const carried = [...carry(values), ...(colours === undefined ? [] : [colours])];
  const whole = carried.length === 1 ? values : concat(carried, 1);
  return { keys: flattenPositions(keys), values: matrixTranspose(flattenPositions(pool(whole))) };
}

/**
 * Attention over a style's positions. `part` gives some of the attended channels, `[N, end − start, H, W]`;
 * `colours` gives those behind the first `own` channels, if there are any.
 *
 * @param looking `[N, K, H, W]`, features from which queries are made
 */
export function attend(
  fc: Tensor,
  looking: Tensor,
  { keys, values }: Outputs,
  parameters: Parameters,
  { temperature }: TransformSettings,
  own: number,
): { part(start: number, end: number): Tensor; readonly colours: { readonly colours?: Tensor } } {
  if (keys === undefined || values === undefined) throw internal('a style without keys and values');
  const [n, , h, w] = nchw(fc.shape, 'content features');
  const width = extent(looking.shape, 1);
  const queries = matrixTranspose(flattenPositions(conv1x1(looking, parameters, 'query', width)));
  const scale = temperature === 'one' ? 1 : 1 / Math.sqrt(width);
  const weights = softmax(mul(matmul(queries, keys), scale));
  // One product for all attended channels reads the attention matrix, by far the
  // largest tensor here, only once.
  const attended = matmul(weights, values);
  const all = extent(attended.shape, 2);
  const part = (start: number, end: number) => {
    const whole = start === 0 && end === all;
    const chosen = whole ? attended : slice(attended, [0, 0, start], [n, h * w, end]);
    return reshape(transpose(chosen, [0, 2, 1]), [n, end - start, h, w]);
  };
  return { part, colours: all > own ? { colours: part(own, own + 3) } : {} };
}

/** Number of values in the attention matrix. */
export function logits(content: number, style: number, { pooledKeys }: TransformSettings): number {
  return (content * style) / (pooledKeys ? 4 : 1);
}

/**
 * Means over 2×2 blocks. A last odd row or column is left out, and a map only one position
 * wide or high is unchanged.
 */
function blockMeans(x: Tensor): Tensor {
  const [n, c, h, w] = nchw(x.shape, 'style features');
  if (h < 2 || w < 2) return x;
  const even = [n, c, h - (h % 2), w - (w % 2)];
  return mul(sumPool(sameShape(x.shape, even) ? x : slice(x, [0, 0, 0, 0], even)), 1 / 4);
}
