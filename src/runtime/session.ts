/** Common part of the runtimes of Node and browsers: programs on sessions of any ONNX Runtime package. */

import { DeviceError, ShapeError } from '../errors.ts';
import { messageOf } from '../thrown.ts';
import { elementCount, type Shape, show } from '../graph/shape.ts';
import { inputShapes, type Outputs, type Tensor } from '../graph/tensor.ts';
import { encodeOnnx, halfPort } from '../graph/onnx.ts';
import type { MixedProgram, MixedValues, Program, Runtime } from './runtime.ts';

/** The used part of a result tensor of ONNX Runtime. */
interface ResultTensor {
  readonly type: string;
  readonly data: unknown;
}

/** The used part of a session of ONNX Runtime. */
interface Session<T> {
  readonly inputNames: readonly string[];
  run(feeds: Record<string, T>): Promise<Readonly<Record<string, ResultTensor>>>;
  release(): Promise<void>;
}

/** A package of ONNX Runtime on one device; `T` is its class of tensors. */
export interface Backend<T> {
  /** The execution provider. */
  readonly device: string;
  /** Rewrites a graph into a form that suits the backend, with the same values. */
  prepare?(outputs: Outputs): Outputs;
  createSession(model: Uint8Array): Promise<Session<T>>;
  /** Float32, or the bits of float16. */
  tensor(data: Float32Array | Uint16Array, shape: Shape): T;
}

/** A runtime on a backend. */
export function runtimeOn<T>(backend: Backend<T>): Runtime {
  const programs = new Set<MixedProgram>();

  async function compileMixed(outputs: Outputs, half: ReadonlySet<string>): Promise<MixedProgram> {
    const program = await compile(backend, outputs, half);
    programs.add(program);
    return { ...program, dispose: () => drop(program) };
  }

  async function drop(program: MixedProgram): Promise<void> {
    await program.dispose();
    programs.delete(program);
  }

  return {
    device: backend.device,
    compileMixed,
    async compile<K extends string>(outputs: Readonly<Record<K, Tensor>>) {
      // Without float16, all results are float32.
      return (await compileMixed(outputs, new Set())) as Program<K>;
    },
    async dispose() {
      await Promise.all([...programs].map(drop));
    },
  };
}

async function compile<T>(
  backend: Backend<T>,
  outputs: Outputs,
  half: ReadonlySet<string>,
): Promise<MixedProgram> {
  const { device } = backend;
  const shapes = inputShapes(outputs);
  const names = Object.keys(outputs);
  const ports = new Map([...half].map((name) => [name, halfPort]));
  const model = encodeOnnx(backend.prepare?.(outputs) ?? outputs, { ports });
  const session = await backend.createSession(model).catch((error: unknown) => {
    throw refusal(`could not start a session on ${device}`, error);
  });
  // Simplifying may have dropped inputs that no result depends on.
  const wanted = new Set(session.inputNames);
  const running = new Set<Promise<unknown>>();
  let released: Promise<void> | undefined;
  return {
    inputs: [...shapes.keys()],
    async run(feeds) {
      if (released !== undefined)
        throw new DeviceError({ expected: 'a live program', name: 'run', received: 'a disposed one' });
      const run = session.run(tensors(backend, feeds, shapes, half, wanted));
      running.add(run);
      let results: Awaited<typeof run>;
      try {
        results = await run;
      } catch (error) {
        throw refusal(`could not run on ${device}`, error);
      } finally {
        running.delete(run);
      }
      return Object.fromEntries(names.map((name) => [name, valuesOf(results[name], name, half)]));
    },
    dispose() {
      // A run fails if its session is released before it ends.
      released ??= Promise.allSettled(running).then(() => session.release());
      return released;
    },
  };
}

/** Messages of ONNX Runtime may have several lines, e.g. with a stack; users get the first. */
function refusal(problem: string, cause: unknown): DeviceError {
  const reason = messageOf(cause).trim().split('\n', 1)[0];
  const remedy = /must be type of function Float32Array/.test(reason ?? '') ? `; ${OTHER_REALM}` : '';
  return new DeviceError(`${problem}: ${reason}${remedy}`, { cause });
}

/** Jest gives tests their own Float32Array, which ONNX Runtime's is not. */
const OTHER_REALM =
  'this realm has a Float32Array of its own, as in Jest: give it the one of Node, as docs/reliability.md shows';

function tensors<T>(
  backend: Backend<T>,
  feeds: MixedValues,
  shapes: ReadonlyMap<string, Shape>,
  half: ReadonlySet<string>,
  wanted: ReadonlySet<string>,
): Record<string, T> {
  const result: Record<string, T> = {};
  for (const name of Object.keys(feeds)) {
    if (!shapes.has(name)) {
      throw new ShapeError({
        expected: `one of ${[...shapes.keys()].join(', ')}`,
        name: 'input',
        received: name,
      });
    }
  }
  for (const [name, shape] of shapes) {
    const data = feeds[name];
    if (data === undefined || data.length !== elementCount(shape)) {
      throw new ShapeError({
        expected: `${elementCount(shape)} values of shape ${show(shape)}`,
        name: `input ${name}`,
        received: data === undefined ? 'none' : `${data.length}`,
      });
    }
    if (half.has(name) !== data instanceof Uint16Array) {
      const expected = half.has(name) ? 'float16 bits in a Uint16Array' : 'a Float32Array';
      throw new ShapeError({ expected, name: `input ${name}`, received: `a ${data.constructor.name}` });
    }
    if (!wanted.has(name)) continue;
    result[name] = backend.tensor(data, shape);
  }
  return result;
}

function valuesOf(
  tensor: ResultTensor | undefined,
  name: string,
  half: ReadonlySet<string>,
): Float32Array | Uint16Array {
  const expected = half.has(name) ? 'float16' : 'float32';
  const data: unknown = tensor?.type === expected ? tensor.data : undefined;
  if (data instanceof Float32Array || data instanceof Uint16Array) return data;
  // Node 24 and later, and browsers, have arrays of float16, which ONNX Runtime then returns.
  if (ArrayBuffer.isView(data)) {
    const { buffer, byteOffset, byteLength } = data;
    // Arrays of another realm are of other classes.
    if (expected === 'float32') return new Float32Array(buffer, byteOffset, byteLength / 4);
    return new Uint16Array(buffer, byteOffset, byteLength / 2);
  }
  throw new DeviceError({ expected, name: `output ${name}`, received: tensor?.type ?? 'nothing' });
}
