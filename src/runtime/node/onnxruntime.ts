/** Runtime of Node: onnxruntime-node on the CPU, WebGPU, CUDA, CoreML or DirectML. Node only. */

import * as ort from 'onnxruntime-node';
import { defined } from '../../defined.ts';
import { DeviceError } from '../../errors.ts';
import type { Device } from '../devices.ts';
import type { Runtime } from '../runtime.ts';
import { runtimeOn } from '../session.ts';

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
  return runtimeOn<ort.Tensor>({
    device,
    createSession: (model) => createSession(model, device, options),
    tensor: (data, shape) =>
      data instanceof Uint16Array
        ? new ort.Tensor('float16', data, shape)
        : new ort.Tensor('float32', data, shape),
  });
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

function createSession(
  model: Uint8Array,
  device: string,
  { threads, spinning = true, denormals = 'flush' }: NodeRuntimeOptions,
): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(model, {
    executionProviders: [device],
    graphOptimizationLevel: 'all',
    // Only what is fatal: other errors are thrown, and need not be on stderr too.
    logSeverityLevel: 4,
    // The first run plans a pattern, which later ones allocate as one block beside what the first has kept. Measured:
    // twice the memory of inference, half as much again of a training step, and no faster.
    enableMemPattern: false,
    ...defined({ intraOpNumThreads: threads }),
    extra: {
      session: {
        set_denormal_as_zero: denormals === 'flush' ? '1' : '0',
        intra_op: { allow_spinning: spinning ? '1' : '0' },
      },
    },
  });
}
