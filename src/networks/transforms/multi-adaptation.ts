/**
 * Multi-adaptation (MANet, Deng et al. 2020): the content attends to its own positions and the style to its
 * own channels before the content attends to the style. It keeps keys `[N, C, P]` and values `[N, P, C]` of
 * the adapted style.
 */

import { channelStatistics, flattenPositions, normalise } from '../../graph/composed.ts';
import { add, mul } from '../../graph/ops/elementwise.ts';
import { reshape } from '../../graph/ops/layout.ts';
import { matmul, matrixTranspose, softmax } from '../../graph/ops/linear.ts';
import { extent, nchw } from '../../graph/shape.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { conv1x1 } from '../layers.ts';
import { type Initialiser, type Parameters, scoped } from '../parameters.ts';
import { attention } from './attention.ts';
import type { Transform, TransformSettings } from './transform.ts';

export const multiAdaptation: Transform = {
  ...attention,
  whole: true,
  encode(fs, parameters, settings, extras) {
    return attention.encode(ownChannels(fs, quiet(parameters, 'style.')), parameters, settings, extras);
  },
  apply(fc, style, parameters, settings) {
    const adapted = ownPositions(fc, quiet(parameters, 'content.'), settings);
    return attention.apply(adapted, style, parameters, settings);
  },
  working: (content, style) => content * Math.max(content, style),
};

/** Parameters of a self-attention that adds nothing at first: training begins at attention alone. */
function quiet(parameters: Parameters, prefix: string): Parameters {
  const own = scoped(parameters, prefix);
  const start = (name: string, usual: Initialiser): Initialiser =>
    name === 'output.weight' ? { kind: 'zeros' } : usual;
  return { get: (name, shape, initialiser) => own.get(name, shape, start(name, initialiser)) };
}

/** The content's self-attention. It is the same block with the content as its own style, never folded. */
function ownPositions(fc: Tensor, parameters: Parameters, settings: TransformSettings): Tensor {
  const whole = { ...settings, folded: false };
  const itself = attention.encode(fc, parameters, whole);
  return attention.apply(fc, itself, parameters, whole).features;
}

/**
 * The style's self-attention over channels: out(Aᵀ h(norm(fs))) + fs with A = softmax(f(fs) g(fs)ᵀ / P). The
 * authors do not divide by the number P of positions, but then the softmax changes with the picture's size.
 */
function ownChannels(fs: Tensor, parameters: Parameters): Tensor {
  const [, channels] = nchw(fs.shape, 'style features');
  const through = (x: Tensor, name: string) => flattenPositions(conv1x1(x, parameters, name, channels));
  const [query, key] = [through(fs, 'query'), through(fs, 'key')];
  const logits = mul(matmul(query, matrixTranspose(key)), 1 / extent(query.shape, 2));
  const value = through(normalise(fs, channelStatistics(fs)), 'value');
  const mixed = reshape(matmul(matrixTranspose(softmax(logits)), value), fs.shape);
  return add(conv1x1(mixed, parameters, 'output', channels), fs);
}
