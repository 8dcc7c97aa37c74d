/** Units that never fire: found by measuring, and begun anew (ReDo, Sokar et al. 2023). */

import { reduceSum } from '../graph/ops/broadcast.ts';
import { mul, positive } from '../graph/ops/elementwise.ts';
import { concat } from '../graph/ops/layout.ts';
import { elementCount, nchw } from '../graph/shape.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import { encodeFeatures, encodeStyle, type GeneratorConfig, stylize } from '../networks/generator.ts';
import { modulationOffsets } from '../networks/decoder.ts';
import { Variables } from '../networks/parameters.ts';
import { type RandomGenerator, standardNormal, stream } from '../random.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { WeightMap } from '../weights/safetensors.ts';
import { stateKinds, stateName } from './adam.ts';
import type { TrainingConfig } from './config.ts';
import type { Batch } from './session.ts';
import { pictureInputs } from './stage.ts';
import { trains } from './stages.ts';

/** By name of a convolution: which of its units fired nowhere, of how many. */
export interface Dormant {
  readonly name: string;
  readonly units: readonly number[];
  readonly of: number;
}

/**
 * Runs the generator on a few batches and tells which units of its ReLUs hardly fired: such a unit has no gradient, and
 * stays dead however long the training goes on. `weights` may lack parameters, which then start as the stage starts them.
 */
export async function findDormant(
  weights: WeightMap,
  config: TrainingConfig,
  network: GeneratorConfig,
  runtime: Runtime,
  batch: (step: number) => Batch,
): Promise<Dormant[]> {
  const variables = new Variables();
  const { content, style } = pictureInputs(config);
  const results =
    config.stage === 'distil'
      ? Object.values(encodeFeatures(concat([content, style], 0), variables, network))
      : [stylize(content, encodeStyle(style, variables, network), variables, network)];
  const shares = firing(results, variables);
  const program = await runtime.compile(shares);
  const feeds: Record<string, Float32Array> = {};
  for (const [name, fresh] of variables.initialise(stream(config.seed, 'weights', config.stage))) {
    if (program.inputs.includes(name)) feeds[name] = (weights.get(name) ?? fresh).data;
  }
  const most = new Map<string, Float32Array>();
  for (let i = 0; i < BATCHES; i++) {
    for (const [name, seen] of Object.entries(await program.run({ ...feeds, ...batch(i) }))) {
      const known = most.get(name);
      most.set(name, known === undefined ? seen.slice() : known.map((v, k) => Math.max(v, seen[k] ?? 0)));
    }
  }
  await program.dispose();
  return [...most].map(([name, share]) => ({
    name,
    units: [...share.keys()].filter((k) => (share[k] ?? 0) < HARDLY),
    of: share.length,
  }));
}

/**
 * Gives dormant units that the stage trains new incoming weights, no modulation and no moments; how many they were.
 * `states` are a session's. By chance some will sleep again: call it a few times, with another `round` each.
 */
export function revive(
  states: WeightMap,
  dormant: readonly Dormant[],
  config: TrainingConfig,
  network: GeneratorConfig,
  round: number,
): number {
  const random = stream(config.seed, 'revive', config.stage, round);
  const [c1, c2, c3, c4] = network.encoder.widths;
  const offsets = network.modulation > 0 ? modulationOffsets([c1, c2, c3, c4]) : new Map<string, number>();
  let count = 0;
  for (const { name, units, of } of dormant) {
    const kernel = states.get(stateName('parameter', `${name}.weight`));
    if (kernel === undefined || !trains(config, name)) continue;
    const offset = offsets.get(name.replace(/^decoder\./, ''));
    for (const unit of units) {
      begin(states, `${name}.weight`, unit, quietKernel(elementCount(kernel.shape.slice(1)), random));
      begin(states, `${name}.bias`, unit);
      if (offset === undefined) continue;
      for (const row of [offset + unit, offset + of + unit]) {
        begin(states, 'modulation.output.weight', row);
        begin(states, 'modulation.output.bias', row);
      }
    }
    count += units.length;
  }
  return count;
}

/** Sets a row of a parameter and of its running average, zeros unless given, and forgets its moments. */
function begin(states: WeightMap, name: string, row: number, values?: Float64Array): void {
  for (const kind of stateKinds) {
    const key = stateName(kind, name);
    const state = states.get(key);
    if (state === undefined) continue;
    // A bias of the modulation is a row of its own: [1, outputs].
    const rows = state.shape[0] === 1 ? elementCount(state.shape) : (state.shape[0] ?? 1);
    const width = elementCount(state.shape) / rows;
    const data = state.data.slice().fill(0, row * width, (row + 1) * width);
    if (values !== undefined && (kind === 'parameter' || kind === 'average')) data.set(values, row * width);
    states.set(key, { shape: state.shape, data });
  }
}

/** What comes in is positive: weights that sum to zero hear its changes, not its mean, which may silence them. */
function quietKernel(fanIn: number, random: RandomGenerator): Float64Array {
  const deviation = GAIN * Math.sqrt(2 / fanIn);
  const drawn = Float64Array.from({ length: fanIn }, () => deviation * standardNormal(random));
  const mean = drawn.reduce((sum, v) => sum + v, 0) / fanIn;
  return drawn.map((v) => v - mean);
}

/** One line on layers most of whose units are dormant; nothing where there are none. */
export function describeDormant(dormant: readonly Dormant[]): string | undefined {
  const bad = dormant.filter(({ units, of }) => units.length > of / 2);
  if (bad.length === 0) return undefined;
  return `units that never fire: ${bad.map(({ name, units, of }) => `${units.length} of ${of} in ${name}`).join(', ')}`;
}

/** Share of positions at which each unit of each convolution fires, `[C]`, by the convolution's name. */
function firing(results: readonly Tensor[], variables: Variables): Outputs {
  const names = new Map([...variables.tensors].map(([name, tensor]) => [tensor, name]));
  const shares: Record<string, Tensor> = {};
  const seen = new Set<Tensor>();
  const visit = (x: Tensor): void => {
    if (seen.has(x)) return;
    seen.add(x);
    for (const from of x.inputs) visit(from);
    const kernel = x.op === 'relu' ? convolved(x.inputs[0])?.inputs[1] : undefined;
    const name = kernel && names.get(kernel)?.replace(/\.weight$/, '');
    if (name === undefined || name in shares) return;
    const [n, , h, w] = nchw(x.shape, name);
    shares[name] = mul(reduceSum(positive(x), [0, 2, 3]), 1 / (n * h * w));
  };
  for (const result of results) visit(result);
  return shares;
}

/** The convolution before an activation, perhaps with a modulation between. */
function convolved(x: Tensor | undefined): Tensor | undefined {
  if (x === undefined || x.op === 'conv') return x;
  return x.op === 'add' || x.op === 'mul' ? convolved(x.inputs[0]) : undefined;
}

/** Few are enough: what is dead is dead for all of them. */
const BATCHES = 8;
/** Of the positions of the batch in which a unit fires most. */
const HARDLY = 1e-3;
/** Far below a fresh start’s 1: the layer behind is used to hearing nothing from these units, and loud ones would be put down again. */
const GAIN = 0.3;
