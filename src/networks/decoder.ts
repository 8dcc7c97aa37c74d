/** Decoder from relu4_1 back to a picture: the mirrored encoder, with optional modulation by the style. */

import { channelStatistics } from '../graph/derived.ts';
import { add, mul, relu } from '../graph/ops/elementwise.ts';
import { concat, reshape, slice } from '../graph/ops/layout.ts';
import { matmul, matrixTranspose } from '../graph/ops/linear.ts';
import { upsample } from '../graph/ops/spatial.ts';
import { extent, nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { conv3x3 } from './layers.ts';
import type { Parameters } from './parameters.ts';
import type { Features } from './vgg19.ts';

/** Channels of relu1_1 … relu4_1 of the encoder that it mirrors. */
export type DecoderWidths = readonly [number, number, number, number];

export interface DecoderConfig {
  readonly widths: DecoderWidths;
  /** Hidden units of the modulation's network; 0 is off, the paper's form. */
  readonly modulation: number;
}

/** Names, widths and what follows: the mirror of conv4_1 … conv1_1. */
interface Step {
  readonly name: string;
  readonly outputs: number;
  readonly then: 'relu' | 'relu-upsample' | 'none';
  readonly modulated: boolean;
}

/** `[N, 4C…]` channel means and deviations of relu1_1 … relu4_1 of the style; what modulation looks at. */
export function styleStatistics(features: Features<'relu1_1' | 'relu2_1' | 'relu3_1' | 'relu4_1'>): Tensor {
  const parts = [features.relu1_1, features.relu2_1, features.relu3_1, features.relu4_1].flatMap((x) => {
    const [n, c] = nchw(x.shape, 'style features');
    const { mean, deviation } = channelStatistics(x);
    return [reshape(mean, [n, c]), reshape(deviation, [n, c])];
  });
  return concat(parts, 1);
}

/**
 * Scales and shifts of the modulated layers, `[N, 2 · Σ channels]`: W2 relu(W1 s + b1) + b2 of the style's statistics,
 * zero at the start, so that an untrained modulation changes nothing. Difference from the paper: it has none.
 */
export function modulationSignals(statistics: Tensor, parameters: Parameters, config: DecoderConfig): Tensor {
  const inputs = extent(statistics.shape, 1);
  const outputs = 2 * modulatedChannels(config);
  const hidden = relu(linear(statistics, parameters, 'modulation.hidden', inputs, config.modulation, 0.5));
  return linear(hidden, parameters, 'modulation.output', config.modulation, outputs, 0);
}

/**
 * `x [N, C4, H, W]` → picture `[N, 3, 8H, 8W]`, RGB around 0–1, not clamped: clamping before the loss
 * network would kill gradients. Nearest-neighbour upsampling, reflection padding, no normalisation layers.
 */
export function decoder(x: Tensor, parameters: Parameters, config: DecoderConfig, signals?: Tensor): Tensor {
  let y = x;
  let offset = 0;
  for (const { name, outputs, then, modulated } of steps(config.widths)) {
    const last = then === 'none';
    y = conv3x3(
      y,
      parameters,
      name,
      outputs,
      { kind: 'he', gain: last ? 0.1 : 1 },
      last ? { kind: 'constant', value: 0.45 } : { kind: 'zeros' },
    );
    if (modulated && signals !== undefined) {
      y = modulate(y, signals, offset);
      offset += 2 * outputs;
    }
    if (!last) y = relu(y);
    if (then === 'relu-upsample') y = upsample(y);
  }
  return y;
}

function steps([c1, c2, c3]: DecoderWidths): readonly Step[] {
  const step = (name: string, outputs: number, then: Step['then'], modulated = false): Step => {
    return { name, outputs, then, modulated };
  };
  return [
    step('conv4_1', c3, 'relu-upsample'),
    step('conv3_4', c3, 'relu', true),
    step('conv3_3', c3, 'relu'),
    step('conv3_2', c3, 'relu', true),
    step('conv3_1', c2, 'relu-upsample'),
    step('conv2_2', c2, 'relu', true),
    step('conv2_1', c1, 'relu-upsample', true),
    step('conv1_2', c1, 'relu', true),
    step('conv1_1', 3, 'none'),
  ];
}

function modulatedChannels(config: DecoderConfig): number {
  return steps(config.widths).reduce((count, { outputs, modulated }) => count + (modulated ? outputs : 0), 0);
}

/** y · (1 + scale) + shift per sample and channel, read from the signals at `offset`. */
function modulate(y: Tensor, signals: Tensor, offset: number): Tensor {
  const [n, c] = nchw(y.shape, 'decoder features');
  const part = (start: number) => reshape(slice(signals, [0, start], [n, start + c]), [n, c, 1, 1]);
  return add(mul(y, add(part(offset), 1)), part(offset + c));
}

/** `[N, inputs]` → `[N, outputs]`. */
function linear(
  x: Tensor,
  parameters: Parameters,
  name: string,
  inputs: number,
  outputs: number,
  gain: number,
): Tensor {
  const weight = parameters.get(
    `${name}.weight`,
    [outputs, inputs],
    gain === 0 ? { kind: 'zeros' } : { kind: 'he', gain },
  );
  const bias = parameters.get(`${name}.bias`, [1, outputs], { kind: 'zeros' });
  return add(matmul(x, matrixTranspose(weight)), bias);
}
