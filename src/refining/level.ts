/** One level of a refinement: the loop over its steps, at one size. */

import { internal } from '../errors.ts';
import { elementCount } from '../graph/shape.ts';
import { inputShapes, type Outputs } from '../graph/tensor.ts';
import { cropCorner } from '../images/extend.ts';
import type { ImageSize, RgbImage } from '../images/image.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { stream } from '../random.ts';
import type { Feeds, Program, Runtime } from '../runtime/runtime.ts';
import { adamScalars, stateName } from '../training/adam.ts';
import { drawing, fixedValue } from './draws.ts';
import { refiningMethods } from './methods/methods.ts';
import type { RefiningMethodName } from './methods/names.ts';
import type { Chances } from './places.ts';
import { scales, toBasis } from './pixels.ts';
import { extended, lookedAt, wholeSize } from './seen.ts';
import { learner, type LossValues, optimiser, refiningStep } from './step.ts';

/** One of the styles towards which a picture is refined. */
export interface RefiningStyle {
  readonly picture: RgbImage;
  /** Its weight; those of all styles sum to 1. */
  readonly share: number;
  /** How likely each place of a layer shows this style, given the pixels of a place; all alike without. */
  chances?(size: ImageSize, stride: number): Chances;
}

/** What runs the loss network. */
export interface Engine {
  readonly runtime: Runtime;
  readonly loss: LossNetwork;
  /** Runs `work` with the program of `key`, compiled if there is none. */
  use<T>(key: string, compile: () => Promise<Program>, work: (program: Program) => Promise<T>): Promise<T>;
}

export interface Level {
  readonly start: RgbImage;
  /** Of the same size. */
  readonly content: RgbImage;
  readonly styles: readonly RefiningStyle[];
  readonly method: RefiningMethodName;
  /** Values of the method's own parameters, which go from level to level. */
  readonly learned: Map<string, Float32Array>;
  /** What the random numbers depend on. */
  readonly stream: readonly [seed: number, level: number];
  /** How much of the level is done after so many steps; from 1 on, it ends. */
  done(step: number): number;
  goOn(): Promise<boolean>;
  /** @param preview gives the picture as it is then */
  onStep(step: number, losses: LossValues, preview: () => RgbImage): void;
}

/** Of the pixels, 0–1. It is constant in the first half of a level, and falls to zero. */
const RATE = 0.008;

export interface Refined {
  readonly picture: RgbImage;
  readonly steps: number;
  /** Whether it was ended early. */
  readonly isEnded: boolean;
}

/** Of a method's own parameters. */
const LEARNING_RATE = 0.002;

/** Steps in which only a method's own parameters move, before the picture does. */
const LESSONS = 30;

export async function refineLevel(level: Level, engine: Engine): Promise<Refined> {
  const { start, method, learned } = level;
  const size = wholeSize(start);
  const count = level.styles.length;
  const graph = refiningStep(size, engine.loss, refiningMethods[method], count);
  const { states: next, picture: painted, losses } = graph;
  const outputs: Outputs = {
    ...prefixed(NEXT, next),
    ...prefixed(LOSS, losses),
    [PAINTED]: painted,
    ...prefixed(NEXT, graph.learned),
    ...prefixed(FACTOR, graph.relative),
  };
  const shapes = inputShapes(outputs);
  const known = await lookedAt(level, size, [...shapes.keys()], engine);
  const fixed: Record<string, Float32Array> = {};
  for (const [name, shape] of shapes) {
    const value = fixedValue(name, shape, known);
    if (value !== undefined) fixed[name] = value;
  }
  for (const name of Object.keys(graph.relative)) fixed[name] = Float32Array.of(1);

  const names = new Map([
    ...scales.map((scale) => [stateName('parameter', scale), scale] as const),
    ...[...graph.variables.tensors.keys()].map((name) => [stateName('parameter', name), name] as const),
  ]);
  const states = startStates(next);
  states.set(stateName('parameter', 'whole'), toBasis(extended(start, size).data));
  const own = startStates(graph.learned);
  const fresh = graph.variables.initialise(stream(level.stream[0], 'refining', 'learned'));
  const isNew = learned.size === 0;
  for (const [name, { data }] of fresh) own.set(stateName('parameter', name), learned.get(name) ?? data);
  let current = start;
  let lessons = 0;

  const compile = () => engine.runtime.compile(outputs);
  const key = `refining ${method} ${size.width}×${size.height} ${count}`;
  return engine.use(key, compile, async (program) => {
    const run = async (step: number, rate: number): Promise<Feeds> => {
      const draw = drawing(stream(level.stream[0], 'refining', level.stream[1], step), known);
      const given: Record<string, Float32Array> = {
        ...fixed,
        ...adamScalars(optimiser, Math.max(1, step), rate),
        ...adamScalars(learner, ++lessons, LEARNING_RATE),
      };
      for (const [name, value] of [...states, ...own]) given[names.get(name) ?? name] = value;
      const values = program.inputs.map((name) => [name, given[name] ?? draw(name, shapes.get(name) ?? [])]);
      const results = await program.run(Object.fromEntries(values));
      for (const name of own.keys()) own.set(name, found(results[NEXT + name], name));
      return results;
    };

    if (Object.keys(graph.relative).length > 0) {
      const wanted = states.get(stateName('parameter', 'whole'));
      states.set(stateName('parameter', 'whole'), toBasis(extended(level.content, size).data));
      const values = await run(0, 0);
      for (const name of Object.keys(graph.relative)) {
        fixed[name] = Float32Array.of(1 / Math.max(1e-8, found(values[FACTOR + name]?.[0], name)));
      }
      states.set(stateName('parameter', 'whole'), found(wanted, 'start'));
    }
    let [step, isEnded] = [own.size > 0 && isNew ? -LESSONS : 0, false];
    for (let done = 0; done < 1; done = level.done(Math.max(0, step))) {
      isEnded = !(await level.goOn());
      if (isEnded) break;
      step++;
      const isLesson = step <= 0;
      const results = await run(step, isLesson ? 0 : RATE * Math.min(1, 2 * (1 - done)));
      if (isLesson) continue;
      for (const name of states.keys()) states.set(name, found(results[NEXT + name], name));
      const value = (name: keyof LossValues) => found(results[LOSS + name]?.[0], name);
      const data = found(results[PAINTED], PAINTED);
      current = cropCorner({ ...size, data }, start);
      const made = current;
      level.onStep(step, { content: value('content'), style: value('style') }, () => made);
    }
    for (const name of fresh.keys()) learned.set(name, found(own.get(stateName('parameter', name)), name));
    return { picture: current, steps: Math.max(0, step), isEnded };
  });
}

function startStates(next: Outputs): Map<string, Float32Array> {
  return new Map(
    Object.entries(next).map(([name, { shape }]) => [name, new Float32Array(elementCount(shape))]),
  );
}

/** Prefixes of results: ONNX wants inputs and outputs under different names. */
const NEXT = 'next/';
const LOSS = 'loss/';
const PAINTED = 'painted';
const FACTOR = 'factor/';

function prefixed(prefix: string, tensors: Outputs): Outputs {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]));
}

function found<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw internal(`no ${name} in refining`);
  return value;
}
