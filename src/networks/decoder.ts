/** Decoder from a layer back to a picture: the mirrored encoder, with optional modulation by the style. */

import { type ChannelStatistics, channelStatistics } from '../graph/composed.ts';
import { add, div, leakyRelu, mul, relu, sub } from '../graph/ops/elementwise.ts';
import { concat, reshape, slice } from '../graph/ops/layout.ts';
import { matmul, matrixTranspose } from '../graph/ops/linear.ts';
import { upsample } from '../graph/ops/spatial.ts';
import { extent, nchw, sameShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { conv1x1, conv3x3, enlarge } from './layers.ts';
import { blend, type Mixture } from './mixture.ts';
import type { Parameters } from './parameters.ts';
import type { GeneratorConfig } from './settings.ts';
import { type Features, type LayerName, layerNames } from './vgg19.ts';

/** Channels of relu1_1 … relu4_1 of the mirrored encoder. */
type DecoderWidths = readonly [number, number, number, number];

export interface DecoderConfig
  extends Pick<
    GeneratorConfig,
    'modulation' | 'linearJoins' | 'smoothUpsampling' | 'negativeSlope' | 'conditionalNormalisation'
  > {
  readonly widths: DecoderWidths;
}

/** Layers whose features can take a shortcut past the block into the decoder, in the order of its steps. */
export const shortcutLayerNames = ['relu3_1', 'relu2_1', 'relu1_1'] as const;
export type ShortcutLayer = (typeof shortcutLayerNames)[number];

export interface DecoderInputs {
  /** The layer whose features come in. Default: relu4_1. */
  readonly from?: LayerName;
  /** Signals of each style from modulationSignals; empty without modulation. */
  readonly signals?: readonly Tensor[];
  /** Needed if there are several styles. */
  readonly weightsAt?: Mixture['weightsAt'];
  /** `[N, 3, H, W]` of relu4_1's size, added at two and at four times that size. */
  readonly colours?: Tensor | undefined;
  /** Features to add when the decoder has reached their size. */
  readonly shortcuts?: Readonly<Partial<Record<ShortcutLayer, Tensor>>>;
  /** Changes the features that mirror a layer of the encoder, before the decoder leaves that layer. */
  adapt?(layer: ShortcutLayer, y: Tensor): Tensor;
  /**
   * Statistics that normalise a layer. Default: the layer's own; for a part of a picture, those of the whole.
   */
  statisticsOf?(layer: string, y: Tensor): ChannelStatistics;
}

/** A step of the decoder, the mirror of conv4_1 … conv1_1. */
interface Step {
  readonly name: string;
  readonly outputs: number;
  readonly then: 'relu' | 'relu-upsample' | 'none';
  readonly modulated: boolean;
  /** The encoder's layer whose size this step ends at. */
  readonly mirrors: ShortcutLayer | undefined;
}

/** Inputs of the modulation, `[N, 2 Σ C]`: channel means and deviations of relu1_1 … relu4_1 of the style. */
export function styleStatistics(features: Features<'relu1_1' | 'relu2_1' | 'relu3_1' | 'relu4_1'>): Tensor {
  const parts = [features.relu1_1, features.relu2_1, features.relu3_1, features.relu4_1].flatMap((x) => {
    const [n, c] = nchw(x.shape, 'style features');
    const { mean, deviation } = channelStatistics(x);
    return [reshape(mean, [n, c]), reshape(deviation, [n, c])];
  });
  return concat(parts, 1);
}

/**
 * Scales and shifts of the modulated layers, `[N, 2 · Σ channels]`: W2 relu(W1 s + b1) + b2 of the
 * style's statistics s. They start at zero, so that an untrained modulation changes nothing. Difference
 * from the paper, which has none.
 */
export function modulationSignals(statistics: Tensor, parameters: Parameters, config: DecoderConfig): Tensor {
  const inputs = extent(statistics.shape, 1);
  const outputs = 2 * modulatedChannels(config);
  const hidden = relu(linear(statistics, parameters, 'modulation.hidden', inputs, config.modulation, 0.5));
  return linear(hidden, parameters, 'modulation.output', config.modulation, outputs, 0);
}

/**
 * Turns `x [N, C4, H, W]` into a picture `[N, 3, 8H, 8W]`, or features of another layer into one of as many
 * more pixels; RGB around 0–1. It is not clamped: clamping before the loss network would kill gradients. By
 * default as in SANet: nearest-neighbour upsampling, reflection padding, no normalisation layers.
 */
export function decoder(
  x: Tensor,
  parameters: Parameters,
  config: DecoderConfig,
  {
    from = 'relu4_1',
    signals = [],
    adapt = (_, y) => y,
    shortcuts = {},
    colours,
    weightsAt = () => [],
    statisticsOf = (_, y) => channelStatistics(y),
  }: DecoderInputs = {},
): Tensor {
  let y = x;
  const offsets = modulationOffsets(config);
  let map = colours;
  let stride = 2 ** layerNames.indexOf(from);
  const { negativeSlope, conditionalNormalisation } = config;
  for (const { name, outputs, then, mirrors } of stepsFrom(from, config)) {
    const leaves = shortcutLayerNames.find((layer) => name === convolutionOf(layer));
    if (leaves !== undefined) y = adapt(leaves, y);
    const last = then === 'none';
    const shortcut = mirrors === undefined ? undefined : shortcuts[mirrors];
    const linear = last || (config.linearJoins && shortcut !== undefined);
    y = conv3x3(
      y,
      parameters,
      name,
      outputs,
      { kind: 'he', gain: linear ? 0.1 : 1 },
      last ? { kind: 'constant', value: 0.45 } : { kind: 'zeros' },
    );
    const offset = offsets.get(name);
    if (offset !== undefined && signals.length > 0) {
      const shares = (h: number, w: number) => weightsAt(stride, h, w);
      const statistics = conditionalNormalisation ? statisticsOf(name, y) : undefined;
      y = modulate(y, signals, offset, shares, statistics);
    }
    if (!linear) y = negativeSlope === 0 ? relu(y) : leakyRelu(y, negativeSlope);
    if (then === 'relu-upsample') {
      stride /= 2;
      // At full size a linear enlargement costs most, and the next convolutions see steps
      // of two pixels as a whole.
      y = config.smoothUpsampling && stride > 1 ? enlarge(y) : upsample(y);
    }
    if (shortcut !== undefined) y = join(y, shortcut, parameters, `shortcut.${mirrors}`);
    // A hue needs no more than a quarter of the size; at full size it would cost as much as a convolution.
    if (map !== undefined && mirrors !== undefined && mirrors !== 'relu1_1') {
      map = enlarge(map);
      const [n, , h, w] = nchw(y.shape, 'decoder features');
      const fitted = sameShape(map.shape, [n, 3, h, w]) ? map : slice(map, [0, 0, 0, 0], [n, 3, h, w]);
      y = join(y, fitted, parameters, `colours.${mirrors}`);
      map = fitted;
    }
  }
  return y;
}

/** The mirror of conv5_1 … conv4_2, for features of relu5_1. */
function deepSteps({ widths: [, , , c4] }: Pick<DecoderConfig, 'widths'>): readonly Step[] {
  const step = (name: string, then: Step['then']): Step => ({
    ...{ name, outputs: c4, then, modulated: false, mirrors: undefined },
  });
  const after = ['conv4_4', 'conv4_3', 'conv4_2'].map((name) => step(name, 'relu'));
  return [step('conv5_1', 'relu-upsample'), ...after];
}

function stepsFrom(from: LayerName, config: DecoderConfig): readonly Step[] {
  const all = [...deepSteps(config), ...steps(config)];
  return all.slice(all.findIndex(({ name }) => name === convolutionOf(from)));
}

function convolutionOf(layer: LayerName): string {
  return layer.replace('relu', 'conv');
}

/** The steps from relu4_1, which alone can be modulated. */
function steps({
  widths: [c1, c2, c3],
  conditionalNormalisation,
}: Pick<DecoderConfig, 'widths' | 'conditionalNormalisation'>): readonly Step[] {
  const step = (
    name: string,
    outputs: number,
    then: Step['then'],
    modulated = false,
    mirrors?: ShortcutLayer,
  ): Step => {
    const every = conditionalNormalisation && then !== 'none';
    return { name, outputs, then, modulated: modulated || every, mirrors };
  };
  return [
    step('conv4_1', c3, 'relu-upsample', false, 'relu3_1'),
    step('conv3_4', c3, 'relu', true),
    step('conv3_3', c3, 'relu'),
    step('conv3_2', c3, 'relu', true),
    step('conv3_1', c2, 'relu-upsample', false, 'relu2_1'),
    step('conv2_2', c2, 'relu', true),
    step('conv2_1', c1, 'relu-upsample', true, 'relu1_1'),
    step('conv1_2', c1, 'relu', true),
    step('conv1_1', 3, 'none'),
  ];
}

/**
 * Adds a shortcut through a 1×1 convolution that starts at zero. A decoder trained without shortcuts
 * can thus learn to use it.
 */
function join(y: Tensor, shortcut: Tensor, parameters: Parameters, name: string): Tensor {
  const [n, c] = nchw(y.shape, 'decoder features');
  const [, , h, w] = nchw(shortcut.shape, name);
  // If the encoder rounded an odd size up, upsampling made one row or column too many.
  const fitted = sameShape(y.shape, [n, c, h, w]) ? y : slice(y, [0, 0, 0, 0], [n, c, h, w]);
  return add(fitted, conv1x1(shortcut, parameters, name, c, { kind: 'zeros' }));
}

function modulatedChannels(config: DecoderConfig): number {
  return steps(config).reduce((count, { outputs, modulated }) => count + (modulated ? outputs : 0), 0);
}

/** Offsets of each modulated layer's signals: as many scales as it has channels, then as many shifts. */
export function modulationOffsets(
  config: Pick<DecoderConfig, 'widths' | 'conditionalNormalisation'>,
): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  let offset = 0;
  for (const { name, outputs, modulated } of steps(config)) {
    if (!modulated) continue;
    offsets.set(name, offset);
    offset += 2 * outputs;
  }
  return offsets;
}

/**
 * y · (1 + scale) + shift per sample and channel, read from the signals at `offset`; the mean over several
 * styles. With `statistics`, y first gets mean 0 and variance 1 by them: conditional instance
 * normalisation (Dumoulin et al. 2017).
 */
function modulate(
  y: Tensor,
  signals: readonly Tensor[],
  offset: number,
  weights: (height: number, width: number) => readonly Tensor[],
  statistics: ChannelStatistics | undefined,
): Tensor {
  const [n, c, h, w] = nchw(y.shape, 'decoder features');
  const part = (start: number) =>
    blend(
      signals.map((signal) => reshape(slice(signal, [0, start], [n, start + c]), [n, c, 1, 1])),
      () => weights(h, w),
    );
  const [scale, shift] = [add(part(offset), 1), part(offset + c)];
  if (statistics === undefined) return add(mul(y, scale), shift);
  // Scale and mean are joined first, so that the map itself is read twice, not four times.
  const { mean, deviation } = statistics;
  const whole = div(scale, deviation);
  return add(mul(y, whole), sub(shift, mul(mean, whole)));
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
