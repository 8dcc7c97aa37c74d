/** Units that never fire: found by measuring, and restarted (ReDo, Sokar et al. 2023). */

import { reduceSum } from '../graph/ops/broadcast.ts';
import { mul, positive } from '../graph/ops/elementwise.ts';
import { concat } from '../graph/ops/layout.ts';
import { elementCount, nchw } from '../graph/shape.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import { encodeFeatures, encodeStyle, stylize } from '../networks/generator.ts';
import { decoderConfig } from '../networks/painting.ts';
import type { GeneratorConfig } from '../networks/settings.ts';
import { modulationOffsets } from '../networks/decoder.ts';
import { Variables } from '../networks/parameters.ts';
import { type RandomGenerator, standardNormal, stream } from '../random.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { WeightMap, WeightTensor } from '../weights/safetensors.ts';
import { type StateKind, stateKinds, stateName } from './adam.ts';
import type { TrainingConfig } from './config.ts';
import type { Batch } from './session.ts';
import { pictureInputs } from './stage-graph.ts';
import { trains } from './stages.ts';

/** The units of a convolution that fired nowhere, and the number of all its units. */
export interface Dormant {
  readonly name: string;
  /** The only layer that reads the units, if it is a convolution. */
  readonly readBy?: string | undefined;
  readonly units: readonly number[];
  readonly of: number;
}

/**
 * Runs the generator on a few batches and finds the units of its ReLUs that hardly fire. Such a unit has no
 * gradient, and stays dead however long the training goes on. `weights` may lack parameters, which then start
 * as the stage starts them.
 */
export async function findDormant(
  weights: WeightMap,
  config: TrainingConfig,
  network: GeneratorConfig,
  runtime: Runtime,
  batch: (step: number) => Batch | Promise<Batch>,
): Promise<Dormant[]> {
  const variables = new Variables();
  const { content, style } = pictureInputs(config);
  const results =
    config.stage === 'distil'
      ? Object.values(encodeFeatures(concat([content, style], 0), variables, network))
      : [stylize(content, encodeStyle(style, variables, network), variables, network)];
  const { shares, readBy } = firing(results, variables);
  const program = await runtime.compile(shares);
  const feeds: Record<string, Float32Array> = {};
  for (const [name, fresh] of variables.initialise(stream(config.seed, 'weights', config.stage))) {
    if (program.inputs.includes(name)) feeds[name] = (weights.get(name) ?? fresh).data;
  }
  /** Without shortcuts or modulation the program has no input for the style picture, or not for all of it. */
  const fed = (pictures: Batch) =>
    Object.fromEntries(Object.entries(pictures).filter(([name]) => program.inputs.includes(name)));
  const most = new Map<string, Float32Array>();
  try {
    for (let i = 0; i < BATCHES; i++) {
      for (const [name, seen] of Object.entries(await program.run({ ...feeds, ...fed(await batch(i)) }))) {
        const known = most.get(name);
        most.set(name, known === undefined ? seen.slice() : known.map((v, k) => Math.max(v, seen[k] ?? 0)));
      }
    }
  } finally {
    await program.dispose();
  }
  return [...most].map(([name, share]) => ({
    name,
    readBy: readBy.get(name),
    units: [...share.keys()].filter((k) => (share[k] ?? 0) < HARDLY),
    of: share.length,
  }));
}

/**
 * Gives dormant units that the stage trains new incoming weights, without modulation and
 * moments. Returns their number.
 *
 * A layer that reads them gets zero weights at first, so that the network stays the same function: otherwise
 * the losses would suppress the noise at once, and the units with it. `states` are a session's. By chance
 * some units will sleep again, so call it a few times, with another `round` each.
 */
export function revive(
  states: WeightMap,
  dormant: readonly Dormant[],
  config: TrainingConfig,
  network: GeneratorConfig,
  round: number,
): number {
  const random = stream(config.seed, 'revive', config.stage, round);
  const offsets =
    network.modulation > 0 ? modulationOffsets(decoderConfig(network)) : new Map<string, number>();
  let count = 0;
  for (const { name, readBy, units, of } of dormant) {
    const kernel = states.get(stateName('parameter', `${name}.weight`));
    if (kernel === undefined || !trains(config, name)) continue;
    const offset = offsets.get(name.replace(/^decoder\./, ''));
    for (const unit of units) {
      const gain = readBy === undefined ? QUIET : 1;
      begin(states, `${name}.weight`, unit, newKernel(elementCount(kernel.shape.slice(1)), gain, random));
      if (readBy !== undefined) silence(states, `${readBy}.weight`, unit);
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

/** Sets a row of a parameter and of its running average, to zeros by default, and forgets its moments. */
function begin(states: WeightMap, name: string, row: number, values?: Float64Array): void {
  for (const kind of stateKinds) {
    const key = stateName(kind, name);
    const state = states.get(key);
    if (state === undefined) continue;
    // A bias of the modulation is a row of its own: [1, outputs].
    const rows = state.shape[0] === 1 ? elementCount(state.shape) : (state.shape[0] ?? 1);
    const width = elementCount(state.shape) / rows;
    const data = state.data.slice().fill(resting(kind, state), row * width, (row + 1) * width);
    if (values !== undefined && (kind === 'parameter' || kind === 'average')) data.set(values, row * width);
    states.set(key, { shape: state.shape, data });
  }
}

/**
 * Adam divides by the root of the second moment, and takes it as settled late in a run. From zero the first
 * steps would be many times the rate, so it begins as that of the other weights.
 */
function resting(kind: StateKind, { data }: WeightTensor): number {
  return kind === 'moment2' ? data.reduce((sum, value) => sum + value, 0) / Math.max(1, data.length) : 0;
}

/** Sets weights and moments of one input of a convolution `[O, I, k, k]` to zero. */
function silence(states: WeightMap, name: string, unit: number): void {
  for (const kind of stateKinds) {
    const key = stateName(kind, name);
    const state = states.get(key);
    if (state === undefined) continue;
    const [outputs = 0, inputs = 0, ...window] = state.shape;
    const size = elementCount(window);
    const data = state.data.slice();
    for (let o = 0; o < outputs; o++) {
      const start = (o * inputs + unit) * size;
      data.fill(resting(kind, state), start, start + size);
    }
    states.set(key, { shape: state.shape, data });
  }
}

/**
 * Incoming weights that sum to zero. The inputs are positive, and their mean could silence the unit; such
 * weights respond only to changes.
 */
function newKernel(fanIn: number, gain: number, random: RandomGenerator): Float64Array {
  const deviation = gain * Math.sqrt(2 / fanIn);
  const drawn = Float64Array.from({ length: fanIn }, () => deviation * standardNormal(random));
  const mean = drawn.reduce((sum, v) => sum + v, 0) / fanIn;
  return drawn.map((v) => v - mean);
}

/** One line on layers most of whose units are dormant; undefined if there are none. */
export function describeDormant(dormant: readonly Dormant[]): string | undefined {
  const bad = dormant.filter(({ units, of }) => units.length > of / 2);
  if (bad.length === 0) return undefined;
  return `units that never fire: ${bad.map(({ name, units, of }) => `${units.length} of ${of} in ${name}`).join(', ')}`;
}

interface Firing {
  /** Share of positions at which each unit of a convolution fires, `[C]`, by the convolution's name. */
  readonly shares: Outputs;
  /** The only layer that reads a convolution's units, if it is a convolution that reads nothing else. */
  readonly readBy: ReadonlyMap<string, string | undefined>;
}

function firing(results: readonly Tensor[], variables: Variables): Firing {
  const names = new Map([...variables.tensors].map(([name, tensor]) => [tensor, name]));
  const nameOf = (conv: Tensor | undefined) =>
    conv?.inputs[1] && names.get(conv.inputs[1])?.replace(/\.weight$/, '');
  const shares: Record<string, Tensor> = {};
  const readers = new Map<Tensor, Set<string | undefined>>();
  const named = new Map<Tensor, string>();
  const seen = new Set<Tensor>();
  const visit = (x: Tensor): void => {
    if (seen.has(x)) return;
    seen.add(x);
    for (const from of x.inputs) {
      const source = rearranged(from);
      if (source.op === 'relu' && !rearranging.has(x.op)) {
        readers.set(source, (readers.get(source) ?? new Set()).add(x.op === 'conv' ? nameOf(x) : undefined));
      }
      visit(from);
    }
    const name = x.op === 'relu' ? nameOf(convolved(x.inputs[0])) : undefined;
    if (name === undefined) return;
    named.set(x, name);
    if (name in shares) return;
    const [n, , h, w] = nchw(x.shape, name);
    shares[name] = mul(reduceSum(positive(x), [0, 2, 3]), 1 / (n * h * w));
  };
  for (const result of results) visit(result);
  const readBy = new Map<string, string | undefined>();
  for (const [x, name] of named) {
    const known = [...(readers.get(x) ?? [])];
    const sole = known.length === 1 && !results.includes(x) ? known[0] : undefined;
    // A network that is built twice, for content and style, must have the same reader both times.
    readBy.set(name, readBy.has(name) && readBy.get(name) !== sole ? undefined : sole);
  }
  return { shares, readBy };
}

/** The tensor before padding, pooling and enlarging. */
function rearranged(x: Tensor): Tensor {
  const [from] = x.inputs;
  return rearranging.has(x.op) && from !== undefined ? rearranged(from) : x;
}

const rearranging: ReadonlySet<string> = new Set(['reflectPad', 'maxPool', 'upsample']);

/** The convolution before an activation, perhaps with a modulation between. */
function convolved(x: Tensor | undefined): Tensor | undefined {
  if (x === undefined || x.op === 'conv') return x;
  return x.op === 'add' || x.op === 'mul' ? convolved(x.inputs[0]) : undefined;
}

/** A few batches suffice: dead units are dead for all of them. */
const BATCHES = 8;
/** Share of the positions, in the batch in which a unit fires most, below which it is dormant. */
const HARDLY = 1e-3;
/** Gain of units that other layers than one convolution read: far below a fresh start's 1. */
const QUIET = 0.1;
