/** Runtime of browsers: onnxruntime-web on WebAssembly or WebGPU. The caller brings the package, which has a build for each. */

import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { Runtime } from './runtime.ts';
import { runtimeOn } from './session.ts';
import { sumAxisByAxis } from './web-graph.ts';

/** Of onnxruntime-web, what is used: every one of its builds has it. */
export interface OnnxRuntimeWeb {
  readonly InferenceSession: {
    create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
  };
  readonly Tensor: typeof Tensor;
  readonly env: { logLevel?: string; readonly wasm: { numThreads?: number } };
}

export type WebDevice = 'webgpu' | 'wasm';

export interface WebRuntimeOptions {
  readonly device: WebDevice;
  /** Threads of one operation, on `wasm`: more than one only in pages that are cross-origin isolated. */
  readonly threads: number;
}

/** A runtime on a build of onnxruntime-web that has the device. Settings of the build are those of the last runtime made on it. */
export function createWebRuntime(ort: OnnxRuntimeWeb, { device, threads }: WebRuntimeOptions): Runtime {
  // Only what is fatal: other errors are thrown, and need not be on the console too.
  ort.env.logLevel = 'fatal';
  ort.env.wasm.numThreads = threads;
  return runtimeOn<Tensor>({
    device,
    prepare: sumAxisByAxis,
    createSession: (model) =>
      ort.InferenceSession.create(model, {
        executionProviders: [device],
        graphOptimizationLevel: 'all',
        logSeverityLevel: 4,
        enableMemPattern: false,
      }),
    tensor: (data, shape) =>
      data instanceof Uint16Array
        ? new ort.Tensor('float16', data, shape)
        : new ort.Tensor('float32', data, shape),
  });
}
