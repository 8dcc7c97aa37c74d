/** Runs of a refinement's step: states go in and come out moved. */

import { present } from '../errors.ts';
import { elementCount, type Shape } from '../graph/shape.ts';
import { inputShapes, type Outputs, prefixed } from '../graph/tensor.ts';
import { stream } from '../random.ts';
import type { Feeds, Program } from '../runtime/runtime.ts';
import { adamScalars, stateName } from '../training/adam.ts';
import { drawing, fixedValue, type Known } from './draws.ts';
import { scales, toBasis } from './pixels.ts';
import { learner, type LossValues, optimiser, type RefiningStep } from './step.ts';

/** Rate of a method's own parameters. */
const LEARNING_RATE = 0.002;

/** What the random numbers of a level depend on. */
export type LevelStream = readonly [seed: number, level: number];

export class Stepper {
  readonly outputs: Outputs;
  readonly #graph: RefiningStep;
  readonly #stream: LevelStream;
  readonly #shapes: ReadonlyMap<string, Shape>;
  readonly #states: Map<string, Float32Array>;
  readonly #own: Map<string, Float32Array>;
  /** Inputs by the names of their states, where these differ. */
  readonly #inputs: ReadonlyMap<string, string>;
  #known: Known | undefined;
  #fixed: Record<string, Float32Array> = {};
  /** Updates of the method's own parameters so far. */
  #lessons = 0;

  /** @param learned values of the method's own parameters from the level before; none at the first */
  constructor(graph: RefiningStep, level: LevelStream, learned: ReadonlyMap<string, Float32Array>) {
    this.#graph = graph;
    this.#stream = level;
    this.outputs = {
      ...prefixed(NEXT, graph.states),
      ...prefixed(LOSS, graph.losses),
      [PAINTED]: graph.picture,
      ...prefixed(NEXT, graph.learned),
      ...prefixed(FACTOR, graph.relative),
    };
    this.#shapes = inputShapes(this.outputs);
    const names = [...scales, ...graph.variables.tensors.keys()];
    this.#inputs = new Map(names.map((name) => [stateName('parameter', name), name]));
    this.#states = startStates(graph.states);
    this.#own = startStates(graph.learned);
    const fresh = graph.variables.initialise(stream(level[0], 'refining', 'learned'));
    for (const [name, { data }] of fresh) {
      this.#own.set(stateName('parameter', name), learned.get(name) ?? data);
    }
  }

  get inputs(): readonly string[] {
    return [...this.#shapes.keys()];
  }

  /** Whether the method has parameters of its own. */
  get learns(): boolean {
    return this.#own.size > 0;
  }

  /** Values of the method's own parameters. */
  get learned(): ReadonlyMap<string, Float32Array> {
    const names = [...this.#graph.variables.tensors.keys()];
    return new Map(names.map((name) => [name, present(this.#own.get(stateName('parameter', name)), name)]));
  }

  know(known: Known): void {
    this.#known = known;
    for (const [name, shape] of this.#shapes) {
      const value = fixedValue(name, shape, known);
      if (value !== undefined) this.#fixed[name] = value;
    }
  }

  /** Begins with a picture's pixels `[3, H, W]`. */
  begin(data: Float32Array): void {
    this.#states.set(stateName('parameter', 'whole'), toBasis(data));
  }

  /** Gives every relative term the value 1 at the content's pixels. */
  async measure(program: Program, content: Float32Array): Promise<void> {
    const names = Object.keys(this.#graph.relative);
    if (names.length === 0) return;
    for (const name of names) this.#fixed[name] = Float32Array.of(1);
    const wanted = present(this.#states.get(stateName('parameter', 'whole')), 'start');
    this.begin(content);
    const values = await this.#run(program, 0, 0);
    for (const name of names) {
      const value = present(values[FACTOR + name]?.[0], name);
      this.#fixed[name] = Float32Array.of(1 / Math.max(1e-8, value));
    }
    this.#states.set(stateName('parameter', 'whole'), wanted);
  }

  /** Moves only the method's own parameters. */
  async learn(program: Program, step: number): Promise<void> {
    await this.#run(program, step, 0);
  }

  /** Moves the picture, whose pixels it gives, with the losses before. */
  async step(
    program: Program,
    step: number,
    rate: number,
  ): Promise<{ readonly data: Float32Array; readonly losses: LossValues }> {
    const results = await this.#run(program, step, rate);
    for (const name of this.#states.keys()) this.#states.set(name, present(results[NEXT + name], name));
    const loss = (name: keyof LossValues) => present(results[LOSS + name]?.[0], name);
    const losses = { content: loss('content'), style: loss('style') };
    return { data: present(results[PAINTED], PAINTED), losses };
  }

  async #run(program: Program, step: number, rate: number): Promise<Feeds> {
    const draw = drawing(
      stream(this.#stream[0], 'refining', this.#stream[1], step),
      present(this.#known, 'content'),
    );
    const given: Record<string, Float32Array> = {
      ...this.#fixed,
      ...adamScalars(optimiser, Math.max(1, step), rate),
      ...adamScalars(learner, ++this.#lessons, LEARNING_RATE),
    };
    for (const [name, value] of [...this.#states, ...this.#own])
      given[this.#inputs.get(name) ?? name] = value;
    const values = program.inputs.map((name) => [
      name,
      given[name] ?? draw(name, this.#shapes.get(name) ?? []),
    ]);
    const results = await program.run(Object.fromEntries(values));
    for (const name of this.#own.keys()) this.#own.set(name, present(results[NEXT + name], name));
    return results;
  }
}

function startStates(next: Outputs): Map<string, Float32Array> {
  return new Map(
    Object.entries(next).map(([name, { shape }]) => [name, new Float32Array(elementCount(shape))]),
  );
}

/** Prefixes of results. */
const NEXT = 'next/';
const LOSS = 'loss/';
const PAINTED = 'painted';
const FACTOR = 'factor/';
