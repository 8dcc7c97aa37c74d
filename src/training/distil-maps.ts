/** The linear maps from a student's features to its teacher's, solved instead of learnt. */

import { constant } from '../graph/ops/sources.ts';
import { expand, reduceSum } from '../graph/ops/broadcast.ts';
import { concat } from '../graph/ops/layout.ts';
import { matmul, matrixTranspose } from '../graph/ops/linear.ts';
import { flattenPositions } from '../graph/composed.ts';
import { extent } from '../graph/shape.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import type { GeneratorConfig } from '../networks/settings.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { frozen, type Parameters } from '../networks/parameters.ts';
import type { LayerName } from '../networks/vgg19.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { WeightMap } from '../weights/safetensors.ts';
import { stateName, statesOf, trainedWeights } from './adam.ts';
import type { TrainingConfig } from './config.ts';
import { pictures, taughtFeatures } from './encoder-stages.ts';
import type { Batch } from './session.ts';
import { DISTIL } from './stage-graph.ts';
import type { Plan } from './step-plan.ts';
import { summedOver } from './sums.ts';

/**
 * `least-squares`: the best map of all channels together. `marginal`: the map of each channel alone, as if
 * the others were not there. In the first, similar channels have large coefficients of opposite signs, which
 * do not measure the worth of a channel.
 */
export type MapForm = 'least-squares' | 'marginal';

/**
 * Puts the least-squares maps of a few batches into a session's `states`, for its parameters or for their
 * running averages. The channels of a student are far from independent, so Adam needs thousands of steps to
 * come near these maps. Until then wrong maps would spoil the features.
 */
export async function fitMaps(
  states: WeightMap,
  kind: 'parameter' | 'average',
  form: MapForm,
  config: TrainingConfig,
  network: GeneratorConfig,
  loss: LossNetwork,
  runtime: Runtime,
  batch: (step: number) => Batch | Promise<Batch>,
): Promise<void> {
  const weights = kind === 'average' ? trainedWeights(states) : statesOf(states, 'parameter');
  const wanted = mapSums(config, network, frozen(weights, 'the student'), loss, states);
  if (wanted.size === 0) return;
  const sums = await summedOver(mapOutputs(wanted), runtime, MAP_BATCHES, async (i) => ({
    ...(await batch(i)),
  }));
  for (const [layer, { inputs, targets }] of wanted) {
    const [left, right] = [sums.get(`${layer}.inputs`), sums.get(`${layer}.targets`)];
    if (left === undefined || right === undefined) continue;
    const [rows, outputs] = [extent(inputs.shape, 1), extent(targets.shape, 2)];
    const channels = rows - 1;
    const solved = (form === 'marginal' ? slopes : solve)(left, right, rows, outputs);
    const at = (row: number, column: number) => solved[row * outputs + column] ?? 0;
    const count = outputs * channels;
    const weight = Float32Array.from({ length: count }, (_, i) => at(i % channels, Math.floor(i / channels)));
    const bias = Float32Array.from({ length: outputs }, (_, i) => at(channels, i));
    const shape = [outputs, channels, 1, 1];
    states.set(stateName(kind, `${DISTIL}${layer}.weight`), { shape, data: weight });
    states.set(stateName(kind, `${DISTIL}${layer}.bias`), { shape: [outputs], data: bias });
  }
}

/** Steps after which the maps are solved again: features move on, and Adam's maps lag behind. */
export const FIT_EVERY = 600;

/**
 * Batches for the maps. relu5_1 represents the content of a picture: maps of 64 pictures would fit those, and
 * new ones worse than before.
 */
const MAP_BATCHES = 64;

/**
 * Fraction of the diagonal's mean that is added to it: units that never fire have no solution of their own.
 */
const RIDGE = 1e-5;

/**
 * The sums from which a layer's least squares are solved. X are the student's features followed
 * by ones, Y the teacher's.
 */
export interface MapSums {
  /** X Xᵀ, `[1, C + 1, C + 1]`. */
  readonly inputs: Tensor;
  /** X Yᵀ, `[1, C + 1, T]`. */
  readonly targets: Tensor;
}

/** The sums over inputs `content` and `style`, for each layer whose map is among `states`. */
export function mapSums(
  config: TrainingConfig,
  network: GeneratorConfig,
  parameters: Parameters,
  loss: LossNetwork,
  states: WeightMap,
): ReadonlyMap<LayerName, MapSums> {
  const sums = new Map<LayerName, MapSums>();
  for (const { layer, own, target } of taughtFeatures(pictures(config), network, parameters, loss)) {
    if (!states.has(stateName('parameter', `${DISTIL}${layer}.weight`))) continue;
    const x = withOnes(flattenPositions(own));
    const y = flattenPositions(target);
    sums.set(layer, {
      inputs: reduceSum(matmul(x, matrixTranspose(x)), [0]),
      targets: reduceSum(matmul(x, matrixTranspose(y)), [0]),
    });
  }
  return sums;
}

/** The sums as outputs `LAYER.inputs` and `LAYER.targets`. */
export function mapOutputs(sums: ReadonlyMap<LayerName, MapSums>): Outputs {
  return Object.fromEntries(
    [...sums].flatMap(([layer, { inputs, targets }]) => [
      [`${layer}.inputs`, inputs],
      [`${layer}.targets`, targets],
    ]),
  );
}

/** What another runtime must know to solve the maps of these layers. */
export function planOfMaps(layers: readonly LayerName[]): Plan['maps'] {
  const state = (layer: LayerName, part: string) => stateName('parameter', `${DISTIL}${layer}.${part}`);
  return {
    graph: 'maps',
    batches: MAP_BATCHES,
    every: FIT_EVERY,
    ridge: RIDGE,
    layers: layers.map((layer) => ({
      inputs: `${layer}.inputs`,
      targets: `${layer}.targets`,
      weight: state(layer, 'weight'),
      bias: state(layer, 'bias'),
    })),
  };
}

/** `[N, C, P]` followed by a channel of ones for the bias. */
function withOnes(x: Tensor): Tensor {
  const [n = 1, , p = 1] = x.shape;
  return concat([x, expand(constant([1], [1, 1, 1]), [n, 1, p])], 1);
}

/**
 * Slopes of each output by each input alone, `[n, m]`, from the same sums as {@link solve}; the last input is
 * the ones. They are scaled so that the inputs, each times the norm of its slopes · √((n − 1) / m), have a
 * mean square of 1, as the outputs have.
 */
function slopes(a: Float64Array, b: Float64Array, n: number, m: number): Float64Array {
  const channels = n - 1;
  const count = a[n * n - 1] ?? 1;
  const meanOf = (k: number) => (a[k * n + channels] ?? 0) / count;
  const squares = Array.from({ length: channels }, (_, k) => (a[k * n + k] ?? 0) / count);
  const variances = squares.map((square, k) => square - meanOf(k) ** 2);
  const floor = (RARE * variances.reduce((sum, value) => sum + value, 0)) / channels;
  const x = new Float64Array(n * m);
  let power = 0;
  for (let k = 0; k < channels; k++) {
    let norm = 0;
    for (let t = 0; t < m; t++) {
      const covariance = (b[k * m + t] ?? 0) / count - (meanOf(k) * (b[channels * m + t] ?? 0)) / count;
      const variance = (variances[k] ?? 0) + floor;
      // A layer whose units all sleep says nothing.
      const slope = variance > 0 ? covariance / variance : 0;
      x[k * m + t] = slope;
      norm += slope ** 2;
    }
    power += (norm / m) * (squares[k] ?? 0);
  }
  return power === 0 ? x : x.map((slope) => slope / Math.sqrt(power));
}

/** Fraction of the mean variance that is added to each, so that rarely firing channels are not made loud. */
const RARE = 1e-2;

/** Solves A X = B by Cholesky's factors, with `a [n, n]` symmetric and `b [n, m]`. */
function solve(a: Float64Array, b: Float64Array, n: number, m: number): Float64Array {
  const at = (i: number, j: number) => a[i * n + j] ?? 0;
  let trace = 0;
  for (let i = 0; i < n; i++) trace += at(i, i);
  const lower = new Float64Array(n * n);
  const low = (i: number, j: number) => lower[i * n + j] ?? 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = at(i, j) + (i === j ? (RIDGE * trace) / n : 0);
      for (let k = 0; k < j; k++) rest -= low(i, k) * low(j, k);
      lower[i * n + j] = i === j ? Math.sqrt(Math.max(rest, Number.MIN_VALUE)) : rest / low(j, j);
    }
  }
  const x = Float64Array.from(b);
  for (let column = 0; column < m; column++) {
    const get = (i: number) => x[i * m + column] ?? 0;
    for (let i = 0; i < n; i++) {
      let rest = get(i);
      for (let k = 0; k < i; k++) rest -= low(i, k) * get(k);
      x[i * m + column] = rest / low(i, i);
    }
    for (let i = n - 1; i >= 0; i--) {
      let rest = get(i);
      for (let k = i + 1; k < n; k++) rest -= low(k, i) * get(k);
      x[i * m + column] = rest / low(i, i);
    }
  }
  return x;
}
