/**
 * Runtime of browsers: onnxruntime-web on WebAssembly or WebGPU. The caller passes the package, which has a
 * build for each.
 */

import type { InferenceSession, Tensor } from 'onnxruntime-web';
import type { Runtime } from './runtime.ts';
import { runtimeOn } from './session.ts';
import { sumAxisByAxis } from './web-graph.ts';

/** The used part of onnxruntime-web, present in each of its builds. */
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
  /** Threads per operation, on `wasm`. More than one is possible only in cross-origin isolated pages. */
  readonly threads: number;
}

/**
 * A runtime on a build of onnxruntime-web that has the device. The build keeps the settings of its last
 * runtime.
 */
export function createWebRuntime(ort: OnnxRuntimeWeb, { device, threads }: WebRuntimeOptions): Runtime {
  // Fatal messages only: other errors are thrown and need not appear on the console too.
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
