/** Runtime of Node: onnxruntime-node on the CPU, WebGPU, CUDA, CoreML or DirectML. Node only. */

import * as ort from 'onnxruntime-node';
import { DeviceError, ShapeError } from '../errors.ts';
import { elementCount, type Shape, show } from '../graph/shape.ts';
import { inputShapes, type Tensor } from '../graph/tensor.ts';
import { encodeOnnx } from '../onnx/encode.ts';
import type { Feeds, Program, Runtime } from './runtime.ts';

export const devices = ['auto', 'cpu', 'webgpu', 'cuda', 'coreml', 'dml'] as const;
export type Device = (typeof devices)[number];

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
}

/** A runtime on `device`; throws a DeviceError if this build of onnxruntime-node does not have it. */
export function createRuntime(options: NodeRuntimeOptions = {}): Runtime {
  const device = resolveDevice(options.device ?? 'auto');
  const programs = new Set<Program>();
  return {
    device,
    async compile(outputs) {
      const program = await compile(outputs, device, options);
      programs.add(program);
      return { run: program.run, dispose: () => drop(program) };
    },
    async dispose() {
      await Promise.all([...programs].map(drop));
    },
  };

  async function drop(program: Program): Promise<void> {
    if (programs.delete(program)) await program.dispose();
  }
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

async function compile<K extends string>(
  outputs: Readonly<Record<K, Tensor>>,
  device: string,
  options: NodeRuntimeOptions,
): Promise<Program<K>> {
  const shapes = inputShapes(outputs);
  const names = Object.keys(outputs) as K[];
  const session = await createSession(encodeOnnx(outputs), device, options);
  // Simplifying may have dropped inputs that no result depends on.
  const wanted = new Set(session.inputNames);
  let closed = false;
  return {
    async run(feeds) {
      if (closed)
        throw new DeviceError({ expected: 'a live program', name: 'run', received: 'a disposed one' });
      const results = await session.run(tensors(feeds, shapes, wanted));
      const values: Partial<Record<K, Float32Array>> = {};
      for (const name of names) values[name] = float32(results[name], name);
      return values as Record<K, Float32Array>;
    },
    async dispose() {
      closed = true;
      await session.release();
    },
  };
}

async function createSession(
  bytes: Uint8Array,
  device: string,
  { threads, spinning = true }: NodeRuntimeOptions,
) {
  try {
    return await ort.InferenceSession.create(bytes, {
      executionProviders: [device],
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      // The tails of a sharp softmax are denormal numbers, which cost the CPU up to a hundred times more.
      extra: {
        session: { set_denormal_as_zero: '1', intra_op: { allow_spinning: spinning ? '1' : '0' } },
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new DeviceError(`could not start a session on ${device}: ${reason}`, { cause: error });
  }
}

function tensors(
  feeds: Feeds,
  shapes: ReadonlyMap<string, Shape>,
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
    if (wanted.has(name)) result[name] = new ort.Tensor('float32', data, shape);
  }
  return result;
}

function float32(tensor: ort.Tensor | undefined, name: string): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new DeviceError({ expected: 'float32', name: `output ${name}`, received: tensor?.type ?? 'nothing' });
}
