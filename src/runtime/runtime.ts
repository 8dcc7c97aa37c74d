/** The interface through which graphs are run: compile once, run many times. */

import type { Outputs } from '../graph/tensor.ts';

/** Values of the graph's inputs by name, float32, row-major. */
export type Feeds = Readonly<Record<string, Float32Array>>;

/** A compiled graph. */
export interface Program<K extends string = string> {
  /** Names of the values that a run needs. */
  readonly inputs: readonly string[];
  /** Runs once. Every input must be fed exactly as many values as its shape has. */
  run(feeds: Feeds): Promise<Record<K, Float32Array>>;
  /** Frees the session as soon as running calls have ended; further runs throw. */
  dispose(): Promise<void>;
}

/** Values by name, float32 or the bits of float16. */
export type MixedValues = Readonly<Record<string, Float32Array | Uint16Array>>;

/** A compiled graph with some inputs and outputs as float16, which halves the memory of stored values. */
export interface MixedProgram {
  readonly inputs: readonly string[];
  run(feeds: MixedValues): Promise<MixedValues>;
  dispose(): Promise<void>;
}

/** A device that runs graphs. */
export interface Runtime {
  /** The execution provider in use, e.g. `cpu` or `webgpu`. */
  readonly device: string;
  /** Compiles a graph of static shapes. */
  compile<K extends string>(outputs: Readonly<Record<K, Outputs[string]>>): Promise<Program<K>>;
  /**
   * Like `compile`, but inputs and outputs named in `half` are the bits of float16; inside, all is float32.
   */
  compileMixed(outputs: Outputs, half: ReadonlySet<string>): Promise<MixedProgram>;
  /** Frees all live programs, each as soon as its running calls have ended. */
  dispose(): Promise<void>;
}
