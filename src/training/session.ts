/** The compiled form of a run: its states, and one call that does a training step. Node only. */

import { internal, WeightsError } from '../errors.ts';
import { floatingPointOperations } from '../graph/cost.ts';
import { elementCount, sameShape, show } from '../graph/shape.ts';
import { inputShapes, type Outputs, type Tensor } from '../graph/tensor.ts';
import { frozen, type Parameters, Variables } from '../networks/parameters.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import type { GeneratorConfig } from '../networks/generator.ts';
import {
  permutation,
  type RandomGenerator,
  standardNormal,
  stream,
  uniformFloat64,
  uniformInt,
} from '../random.ts';
import type { Program, Runtime } from '../runtime/runtime.ts';
import type { WeightMap, WeightTensor } from '../weights/safetensors.ts';
import { type AdamConfig, type AdamUpdate, adam, adamScalars, stateName } from './adam.ts';
import { criticStepsOf, scheduledRate, type TrainingConfig } from './config.ts';
import { CRITIC, type StageGraph } from './stage.ts';
import { stageGraph, trains } from './stages.ts';

/** Pictures of one step, `[N, 3, S, S]` each, RGB 0–1. */
export interface Batch {
  readonly content: Float32Array;
  readonly style: Float32Array;
}

export interface TrainingSession {
  /** States by `kind/parameter`, and the frozen parameters as `parameter/…` too. */
  readonly states: WeightMap;
  /** Trained parameters that the start did not have. */
  readonly fresh: readonly string[];
  /** Floating-point operations of a joint step. */
  readonly flop: number;
  /** Does step number `step` (from 0); `batch(0)` feeds the joint step, `batch(i)` the extra critic steps. */
  step(step: number, batch: (draw: number) => Batch): Promise<Record<string, number>>;
  dispose(): Promise<void>;
}

export interface SessionInputs {
  readonly config: TrainingConfig;
  readonly network: GeneratorConfig;
  readonly loss: LossNetwork;
  readonly runtime: Runtime;
  /** Parameters to begin with; missing ones start at random. */
  readonly start: WeightMap;
  /** States of the run that is resumed; they win over `start`. */
  readonly resumed?: WeightMap;
}

/** Builds and compiles the stage's joint step, and the critics' own step where they take more than one. */
export async function createSession(inputs: SessionInputs): Promise<TrainingSession> {
  const { config, runtime } = inputs;
  const criticSteps = criticStepsOf(config);
  const variables = new Variables();
  const stage = buildStage(inputs, variables);
  const ofCritics = (wanted: boolean): ReadonlyMap<string, Tensor> =>
    new Map([...variables.tensors].filter(([name]) => name.startsWith(CRITIC) === wanted));
  const generatorAdam: AdamConfig = {
    group: 'generator',
    beta1: config.beta1,
    beta2: config.beta2,
    clip: config.clip,
    average: config.ema,
    centred: config.centred,
  };
  const criticAdam: AdamConfig = {
    group: 'critic',
    beta1: config.criticBeta1,
    beta2: config.criticBeta2,
    clip: config.criticClip,
    average: 0,
  };
  const generator = adam(stage.objectives.generator, ofCritics(false), generatorAdam);
  const critic = stage.objectives.critic && adam(stage.objectives.critic, ofCritics(true), criticAdam);
  const joint = await prepare(runtime, stage, critic === undefined ? { generator } : { generator, critic });
  const alone = critic && criticSteps > 1 ? await prepare(runtime, stage, { critic }) : undefined;
  const states = initialStates(inputs, variables, [generator, ...(critic ? [critic] : [])]);

  async function run(compiled: Compiled, random: RandomGenerator, batch: Batch, scalars: Scalars) {
    const feeds: Record<string, Float32Array> = {};
    for (const [name, shape] of compiled.inputs) {
      feeds[name] =
        scalars[name] ??
        states.get(name)?.data ??
        states.get(stateName('parameter', name))?.data ??
        batchInput(name, batch) ??
        drawn(name, elementCount(shape), stage, random);
    }
    const results = await compiled.program.run(feeds);
    const losses: Record<string, number> = {};
    for (const [name, data] of Object.entries(results)) {
      if (name.startsWith(LOSS)) {
        losses[name.slice(LOSS.length)] = data[0] ?? Number.NaN;
        continue;
      }
      const key = name.slice(NEXT.length);
      states.set(key, { shape: states.get(key)?.shape ?? [], data });
    }
    return losses;
  }

  return {
    states,
    fresh: [...variables.tensors.keys()].filter((name) => !inputs.start.has(name)),
    flop: joint.flop,
    async step(step, batch) {
      const criticRate = scheduledRate(config, config.criticLearningRate, step);
      const criticScalars = (i: number) => adamScalars(criticAdam, step * criticSteps + i, criticRate);
      for (let i = 1; alone !== undefined && i < criticSteps; i++) {
        await run(alone, stream(config.seed, 'draws', step, i), batch(i), criticScalars(i));
      }
      const rate = scheduledRate(config, config.learningRate, step);
      const scalars = { ...adamScalars(generatorAdam, step + 1, rate), ...criticScalars(criticSteps) };
      return run(joint, stream(config.seed, 'draws', step), batch(0), scalars);
    },
    async dispose() {
      await joint.program.dispose();
      await alone?.program.dispose();
    },
  };
}

/** Results that are the next states; ONNX wants inputs and outputs under different names. */
const NEXT = 'next/';

/** Results that are numbers for the log. */
const LOSS = 'loss/';

type Scalars = Readonly<Record<string, Float32Array>>;

interface Compiled {
  readonly program: Program;
  readonly flop: number;
  readonly inputs: ReturnType<typeof inputShapes>;
}

function buildStage({ config, network, loss, start }: SessionInputs, variables: Variables): StageGraph {
  const constants = frozen(start, config.init ?? 'the starting weights');
  const routed: Parameters = {
    get: (name, shape, initialiser) =>
      (trains(config, name) ? variables : constants).get(name, shape, initialiser),
  };
  return stageGraph(config, network, routed, loss);
}

async function prepare(
  runtime: Runtime,
  stage: StageGraph,
  updates: Readonly<Record<string, AdamUpdate>>,
): Promise<Compiled> {
  const outputs: Record<string, Tensor> = {};
  for (const [group, update] of Object.entries(updates)) {
    for (const [name, state] of Object.entries(update.states)) outputs[NEXT + name] = state;
    outputs[`${LOSS}norm.${group}`] = update.gradientNorm;
  }
  if (updates.generator !== undefined) {
    for (const [name, loss] of Object.entries(stage.losses)) outputs[LOSS + name] = loss;
  }
  const named: Outputs = outputs;
  return {
    program: await runtime.compile(named),
    inputs: inputShapes(named),
    flop: floatingPointOperations(named),
  };
}

/**
 * A modulation of fewer hidden units laid into the first of a wider one: the new units' outputs start at zero, so that
 * the network begins as the same function.
 */
function widened(
  name: string,
  known: WeightTensor | undefined,
  fresh: WeightTensor,
): WeightTensor | undefined {
  const narrower = known?.shape.every((extent, axis) => extent <= (fresh.shape[axis] ?? 0));
  if (known === undefined || !name.startsWith('modulation.') || !narrower) return known;
  const [columns, wider] = [known.shape[1] ?? 1, fresh.shape[1] ?? 1];
  const data = fresh.data.slice();
  for (const [i, value] of known.data.entries())
    data[Math.floor(i / columns) * wider + (i % columns)] = value;
  return { shape: fresh.shape, data };
}

function initialStates(
  { config, start, resumed }: SessionInputs,
  variables: Variables,
  updates: readonly AdamUpdate[],
): WeightMap {
  const states: WeightMap = new Map();
  for (const [name, tensor] of start) states.set(stateName('parameter', name), tensor);
  for (const [name, fresh] of variables.initialise(stream(config.seed, 'weights', config.stage))) {
    const known = widened(name, start.get(name), fresh);
    if (known !== undefined && !sameShape(known.shape, fresh.shape)) {
      throw new WeightsError({
        expected: `shape ${show(fresh.shape)}`,
        name: `tensor ${name}`,
        received: show(known.shape),
        where: config.init ?? 'the starting weights',
        remedy: 'these are weights of another preset or configuration',
      });
    }
    const value = known ?? fresh;
    states.set(stateName('parameter', name), value);
    states.set(stateName('average', name), value);
  }
  const kept = new Set(updates.flatMap((update) => Object.keys(update.states)));
  for (const update of updates) {
    for (const [name, tensor] of Object.entries(update.states)) {
      if (!states.has(name)) {
        states.set(name, { shape: tensor.shape, data: new Float32Array(elementCount(tensor.shape)) });
      }
    }
  }
  for (const name of states.keys()) {
    if (name.startsWith(stateName('average', '')) && !kept.has(name)) states.delete(name);
  }
  for (const [name, tensor] of resumed ?? []) {
    // States that this configuration no longer keeps, such as averages with --ema 0, would never move again.
    if (kept.has(name) || name.startsWith(stateName('parameter', ''))) states.set(name, tensor);
  }
  return states;
}

function batchInput(name: string, batch: Batch): Float32Array | undefined {
  return name === 'content' || name === 'style' ? batch[name] : undefined;
}

/** The random inputs of the style losses: positions without repeats, uniform mixing factors, normal directions. */
function drawn(name: string, count: number, stage: StageGraph, random: RandomGenerator): Float32Array {
  const positions = stage.positions[name];
  if (positions !== undefined) return distinct(random, positions.count, positions.of);
  if (stage.directions[name] !== undefined) {
    return Float32Array.from({ length: count }, () => standardNormal(random));
  }
  if (stage.mixes[name] === undefined) throw internal(`training input ${name} is not fed`);
  return Float32Array.from({ length: count }, () => uniformFloat64(random));
}

/** `count` different whole numbers below `of`, in random order. */
function distinct(random: RandomGenerator, count: number, of: number): Float32Array {
  // Drawing again on a repeat is the cheaper way while few of the numbers are wanted.
  if (count * 4 > of) return Float32Array.from(permutation(random, of).subarray(0, count));
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(uniformInt(random, 0, of - 1));
  return Float32Array.from(chosen);
}
