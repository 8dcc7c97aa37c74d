/** Runtime of Node: onnxruntime-node on the CPU, WebGPU, CUDA, CoreML or DirectML. Node only. */

import type * as Ort from 'onnxruntime-node';
import { defined } from '../../defined.ts';
import { DeviceError, SettingError } from '../../errors.ts';
import type { Device } from '../devices.ts';
import type { Runtime } from '../runtime.ts';
import { runtimeOn } from '../session.ts';
import { onnxRuntime } from './load.ts';

export interface NodeRuntimeOptions {
  /**
   * Default `auto`: the CPU, the only provider that exists everywhere and gives the same numbers everywhere.
   */
  device?: Device;
  /** Threads per operation; default is the number of cores. CPU only. */
  threads?: number;
  /**
   * Whether threads wait for work by spinning: a little faster on an idle machine, several times slower on a
   * busy one. Default true. Training turns it off, since it runs for hours next to other work. CPU only.
   */
  spinning?: boolean;
  /**
   * Treatment of denormal numbers, which are too small for full precision (below 1e-38 in float32). `flush`,
   * the default, takes them as zero: the tails of a sharp softmax are such numbers and can make the CPU up to
   * a hundred times slower. ONNX Runtime sets this also for the thread of JavaScript, once per process: the
   * choice of the first session stays, and after `flush` even JavaScript's own `1e-310 * 0.5` is 0. `keep`
   * leaves both alone.
   */
  denormals?: 'flush' | 'keep';
}

/** More than machines have. A million would fill the memory, and nothing would be painted. */
const MOST_THREADS = 1024;

/**
 * A runtime on `device`.
 *
 * @throws DeviceError if onnxruntime-node is missing or lacks the device; SettingError for impossible threads
 */
export function createRuntime(options: NodeRuntimeOptions = {}): Runtime {
  const { threads } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= MOST_THREADS)) {
    throw new SettingError({
      expected: `a whole number from 1 to ${MOST_THREADS}`,
      name: 'threads',
      received: `${threads}`,
    });
  }
  const ort = onnxRuntime();
  const device = resolveDevice(options.device ?? 'auto');
  return runtimeOn<Ort.Tensor>({
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
  const available = onnxRuntime()
    .listSupportedBackends()
    .map((backend) => backend.name);
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
): Promise<Ort.InferenceSession> {
  return onnxRuntime().InferenceSession.create(model, {
    executionProviders: [device],
    graphOptimizationLevel: 'all',
    // Fatal messages only: other errors are thrown and need not appear on stderr too.
    logSeverityLevel: 4,
    // The first run plans a memory pattern, which later runs allocate as one block in addition to the first
    // run's memory. This was measured to double the memory of inference, to add half to that of a training
    // step, and to be no faster.
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
