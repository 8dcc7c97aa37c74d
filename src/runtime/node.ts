/** Runtime of Node: onnxruntime-node on the CPU, WebGPU, CUDA, CoreML or DirectML. Node only. */

import * as ort from 'onnxruntime-node';
import { DeviceError, ShapeError } from '../errors.ts';
import { elementCount, type Shape, show } from '../graph/shape.ts';
import { inputShapes, type Outputs, type Tensor } from '../graph/tensor.ts';
import { encodeOnnx } from '../onnx/encode.ts';
import type { Device } from './devices.ts';
import type { MixedProgram, MixedValues, Program, Runtime } from './runtime.ts';

export interface NodeRuntimeOptions {
  /** Default `auto`: the CPU, the one provider that is everywhere and gives the same numbers everywhere. */
  device?: Device;
  /** Threads of one operation; default as many as there are cores. CPU only. */
  threads?: number;
  /**
   * Threads wait for work by spinning: a little faster on an idle machine, several times slower on a busy one.
   * Default true; training, which runs for hours beside other work, turns it off. CPU only.
   */
  spinning?: boolean;
  /**
   * What becomes of denormal numbers, those too small for full precision (below 1e-38 in float32). `flush`, the
   * default, takes them as zero: the tails of a sharp softmax are such numbers, and cost the CPU up to a hundred
   * times more. ONNX Runtime sets this for the thread of JavaScript as well, once a process: whatever the first
   * session asks for stays, and after `flush` even JavaScript's own `1e-310 * 0.5` is 0. `keep` leaves both alone.
   */
  denormals?: 'flush' | 'keep';
}

/** A runtime on `device`; throws a DeviceError if this build of onnxruntime-node does not have it. */
export function createRuntime(options: NodeRuntimeOptions = {}): Runtime {
  const device = resolveDevice(options.device ?? 'auto');
  const programs = new Set<MixedProgram>();

  async function compileMixed(outputs: Outputs, half: ReadonlySet<string>): Promise<MixedProgram> {
    const program = await compile(outputs, half, device, options);
    programs.add(program);
    return { ...program, dispose: () => drop(program) };
  }

  async function drop(program: MixedProgram): Promise<void> {
    await program.dispose();
    programs.delete(program);
  }

  return {
    device,
    compileMixed,
    async compile<K extends string>(outputs: Readonly<Record<K, Tensor>>) {
      // Without float16 all results are float32.
      return (await compileMixed(outputs, new Set())) as Program<K>;
    },
    async dispose() {
      await Promise.all([...programs].map(drop));
    },
  };
}

function resolveDevice(device: Device): Exclude<Device, 'auto'> {
  if (device === 'auto') return 'cpu';
  const available = ort.listSupportedBackends().map((backend) => backend.name);
  if (!available.includes(device)) {
    throw new DeviceError({
      expected: `one of ${available.join(', ')}`,
      name: 'device',
      received: device,
      remedy: 'this build of onnxruntime-node has no such execution provider',
    });
  }
  return device;
}

async function compile(
  outputs: Outputs,
  half: ReadonlySet<string>,
  device: string,
  options: NodeRuntimeOptions,
): Promise<MixedProgram> {
  const shapes = inputShapes(outputs);
  const names = Object.keys(outputs);
  const session = await createSession(encodeOnnx(outputs, half), device, options);
  // Simplifying may have dropped inputs that no result depends on.
  const wanted = new Set(session.inputNames);
  const running = new Set<Promise<unknown>>();
  let released: Promise<void> | undefined;
  return {
    inputs: [...shapes.keys()],
    async run(feeds) {
      if (released !== undefined)
        throw new DeviceError({ expected: 'a live program', name: 'run', received: 'a disposed one' });
      const run = session.run(tensors(feeds, shapes, half, wanted));
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
      // A session that is released under a run makes it fail.
      released ??= Promise.allSettled(running).then(() => session.release());
      return released;
    },
  };
}

async function createSession(
  bytes: Uint8Array,
  device: string,
  { threads, spinning = true, denormals = 'flush' }: NodeRuntimeOptions,
) {
  try {
    return await ort.InferenceSession.create(bytes, {
      executionProviders: [device],
      graphOptimizationLevel: 'all',
      // Only what is fatal: other errors are thrown, and need not be on stderr too.
      logSeverityLevel: 4,
      // The first run plans a pattern, which later ones allocate as one block beside what the first has kept. Measured:
      // twice the memory of inference, half as much again of a training step, and no faster.
      enableMemPattern: false,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      extra: {
        session: {
          set_denormal_as_zero: denormals === 'flush' ? '1' : '0',
          intra_op: { allow_spinning: spinning ? '1' : '0' },
        },
      },
    });
  } catch (error) {
    throw refusal(`could not start a session on ${device}`, error);
  }
}

/** What ONNX Runtime says may run over several lines, e.g. with a stack; users get the first. */
function refusal(problem: string, cause: unknown): DeviceError {
  const reason = cause instanceof Error ? cause.message.trim().split('\n', 1)[0] : String(cause);
  return new DeviceError(`${problem}: ${reason}`, { cause });
}

function tensors(
  feeds: MixedValues,
  shapes: ReadonlyMap<string, Shape>,
  half: ReadonlySet<string>,
  wanted: ReadonlySet<string>,
): Record<string, ort.Tensor> {
  const result: Record<string, ort.Tensor> = {};
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
    result[name] =
      data instanceof Uint16Array
        ? new ort.Tensor('float16', data, shape)
        : new ort.Tensor('float32', data, shape);
  }
  return result;
}

function valuesOf(
  tensor: ort.Tensor | undefined,
  name: string,
  half: ReadonlySet<string>,
): Float32Array | Uint16Array {
  const expected = half.has(name) ? 'float16' : 'float32';
  const data: unknown = tensor?.type === expected ? tensor.data : undefined;
  if (data instanceof Float32Array || data instanceof Uint16Array) return data;
  // Node 24 and later have arrays of float16, which ONNX Runtime then gives.
  if (ArrayBuffer.isView(data)) return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  throw new DeviceError({ expected, name: `output ${name}`, received: tensor?.type ?? 'nothing' });
}
