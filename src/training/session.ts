/** The compiled form of a run: its states, and one call that does a training step. */

import { internal } from '../errors.ts';
import { floatingPointOperations } from '../graph/inspect.ts';
import { elementCount } from '../graph/shape.ts';
import { inputShapes, type Outputs } from '../graph/tensor.ts';
import {
  permutation,
  type RandomGenerator,
  standardNormal,
  stream,
  uniformFloat64,
  uniformInt,
} from '../random.ts';
import type { Program, Runtime } from '../runtime/runtime.ts';
import type { WeightMap } from '../weights/safetensors.ts';
import { adamScalars, scheduledRate, stateName } from './adam.ts';
import { criticStepsAhead, criticStepsOf, type StageGraph } from './stage-graph.ts';
import { buildStep, groupsOf, LOSS, NEXT, type StepInputs, type TrainingStep } from './step.ts';

/** Pictures of one step, `[N, 3, S, S]` each, RGB 0–1. */
export interface Batch {
  readonly content: Float32Array;
  readonly style: Float32Array;
}

export interface TrainingSession {
  /** States by `kind/parameter`; the frozen parameters are `parameter/…` too. */
  readonly states: WeightMap;
  /** Trained parameters that the start lacked. */
  readonly fresh: readonly string[];
  /** Floating-point operations of a step, critics' updates included. */
  readonly flop: number;
  /**
   * Does step number `step` (from 0). `batch(0)` feeds the generator's update, `batch(i)` critics' before it.
   */
  step(step: number, batch: (draw: number) => Batch | Promise<Batch>): Promise<Record<string, number>>;
  dispose(): Promise<void>;
}

export interface SessionInputs extends StepInputs {
  readonly runtime: Runtime;
  /** The step, if it has been built of these inputs already. */
  readonly built?: TrainingStep;
}

/** Builds and compiles the generator's update, and the critics' own if they take any before it. */
export async function createSession(inputs: SessionInputs): Promise<TrainingSession> {
  const { config, runtime } = inputs;
  const criticSteps = criticStepsOf(config);
  const built = inputs.built ?? buildStep(inputs);
  const { stage, states, groups, fresh } = built;
  const joint = await prepare(runtime, built.whole(groupsOf(built, config)));
  const ahead = criticStepsAhead(config);
  const alone = groups.critic && ahead > 0 ? await prepare(runtime, built.whole(['critic'])) : undefined;

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
    fresh,
    flop: joint.flop + ahead * (alone?.flop ?? 0),
    async step(step, batch) {
      const criticRate = scheduledRate(config, config.criticLearningRate, step);
      const criticScalars = (i: number) =>
        groups.critic === undefined ? {} : adamScalars(groups.critic, step * criticSteps + i, criticRate);
      let ofCritics: Record<string, number> = {};
      for (let i = 1; alone !== undefined && i <= ahead; i++) {
        ofCritics = await run(alone, stream(config.seed, 'draws', step, i), await batch(i), criticScalars(i));
      }
      const rate = scheduledRate(config, config.learningRate, step);
      const scalars = { ...adamScalars(groups.generator, step + 1, rate), ...criticScalars(criticSteps) };
      const ofLast = await run(joint, stream(config.seed, 'draws', step), await batch(0), scalars);
      return { ...ofCritics, ...ofLast };
    },
    async dispose() {
      await joint.program.dispose();
      await alone?.program.dispose();
    },
  };
}

type Scalars = Readonly<Record<string, Float32Array>>;

interface Compiled {
  readonly program: Program;
  readonly flop: number;
  readonly inputs: ReturnType<typeof inputShapes>;
}

async function prepare(runtime: Runtime, outputs: Outputs): Promise<Compiled> {
  return {
    program: await runtime.compile(outputs),
    inputs: inputShapes(outputs),
    flop: floatingPointOperations(outputs),
  };
}

function batchInput(name: string, batch: Batch): Float32Array | undefined {
  return name === 'content' || name === 'style' ? batch[name] : undefined;
}

/** The random inputs of a step: positions without repeats, uniform numbers, normal numbers. */
function drawn(name: string, count: number, stage: StageGraph, random: RandomGenerator): Float32Array {
  const positions = stage.positions[name];
  if (positions !== undefined) return distinct(random, positions.count, positions.of);
  if (stage.normals[name] !== undefined) {
    return Float32Array.from({ length: count }, () => standardNormal(random));
  }
  if (stage.mixes[name] === undefined) throw internal(`training input ${name} is not fed`);
  return Float32Array.from({ length: count }, () => uniformFloat64(random));
}

/** `count` different whole numbers below `of`, in random order. */
function distinct(random: RandomGenerator, count: number, of: number): Float32Array {
  // If only a small part of the numbers is wanted, drawing again on a repeat is cheaper.
  if (count * 4 > of) return Float32Array.from(permutation(random, of).subarray(0, count));
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(uniformInt(random, 0, of - 1));
  return Float32Array.from(chosen);
}
