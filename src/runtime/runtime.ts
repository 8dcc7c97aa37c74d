/** The one interface behind which graphs are run: compile once, run many times. */

import type { Outputs } from '../graph/tensor.ts';

/** Values of the graph's inputs by name, float32, row-major. */
export type Feeds = Readonly<Record<string, Float32Array>>;

/** A compiled graph. */
export interface Program<K extends string = string> {
  /** Names of the values that a run wants. */
  readonly inputs: readonly string[];
  /** Runs once. Every input must be fed with as many values as its shape has; others are an error. */
  run(feeds: Feeds): Promise<Record<K, Float32Array>>;
  /** Frees the session as soon as the runs under way have ended; further runs throw. */
  dispose(): Promise<void>;
}

/** Values by name, float32 or the bits of float16. */
export type MixedValues = Readonly<Record<string, Float32Array | Uint16Array>>;

/** A compiled graph some of whose inputs and outputs are float16 outside: half the memory for what is only kept. */
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
  /** The same, but inputs and outputs named in `half` come and go as the bits of float16; inside all is float32. */
  compileMixed(outputs: Outputs, half: ReadonlySet<string>): Promise<MixedProgram>;
  /** Frees all programs that are still alive, each as soon as its runs under way have ended. */
  dispose(): Promise<void>;
}
