/** The choice of a device in the worker, and the build of onnxruntime-web for it. */

import { DeviceError } from '../errors.ts';
import { messageOf } from '../thrown.ts';
import { probeRuntime } from '../runtime/probe.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { createWebRuntime, type OnnxRuntimeWeb, type WebDevice } from '../runtime/web.ts';
import type { LoadRequest } from './protocol.ts';

/** More threads are hardly faster, and each takes memory. */
const MOST_THREADS = 8;

/** @throws DeviceError if WebGPU is asked for and missing, or onnxruntime-web cannot be loaded or run */
export async function startRuntime({
  device: wanted,
  threads,
  runtime: folder,
}: LoadRequest): Promise<{ runtime: Runtime; device: WebDevice }> {
  const device = await resolveDevice(wanted);
  const ort = await importRuntime(device, folder).catch((cause: unknown) => {
    const reason = messageOf(cause);
    throw new DeviceError(
      {
        expected: 'onnxruntime-web',
        name: 'the runtime',
        received: `an import that failed: ${reason}`,
        where: folder ?? 'onnxruntime-web',
        remedy:
          'install onnxruntime-web; pages without bundler also give loadStylizer({ runtime }) its folder',
      },
      { cause },
    );
  });
  const cores = navigator.hardwareConcurrency || 1;
  const most = globalThis.crossOriginIsolated ? Math.min(MOST_THREADS, cores) : 1;
  const count = globalThis.crossOriginIsolated ? (threads ?? most) : 1;
  const runtime = createWebRuntime(ort, { device, threads: count });
  await checkRuns(runtime, device);
  return { runtime, device };
}

/** Runs one small graph, since onnxruntime-web loads its WebAssembly only then. */
async function checkRuns(runtime: Runtime, device: WebDevice): Promise<void> {
  try {
    await probeRuntime(runtime);
  } catch (cause) {
    await runtime.dispose();
    const reason = messageOf(cause);
    const problem = { expected: 'onnxruntime-web to run in this page', name: `device ${device}` };
    const remedy =
      "serve its .wasm files beside its scripts, and allow 'wasm-unsafe-eval' in a Content-Security-Policy";
    throw new DeviceError({ ...problem, received: `a failure: ${reason}`, remedy }, { cause });
  }
}

/** The part of WebGPU that is used here. */
interface Gpu {
  requestAdapter(): Promise<{ readonly info?: { readonly isFallbackAdapter?: boolean } } | null>;
}

async function resolveDevice(wanted: LoadRequest['device']): Promise<WebDevice> {
  if (wanted === 'wasm') return wanted;
  const { gpu } = navigator as Navigator & { readonly gpu?: Gpu };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  if (wanted === 'auto') {
    // A fallback adapter runs on the CPU and is slower than WebAssembly.
    return adapter == null || adapter.info?.isFallbackAdapter === true ? 'wasm' : 'webgpu';
  }
  if (adapter != null) return 'webgpu';
  throw new DeviceError({
    expected: 'a graphics card that the browser offers through WebGPU',
    name: 'device webgpu',
    received: gpu === undefined ? 'a browser or page without WebGPU' : 'none',
    remedy: "use device 'wasm' or 'auto'; WebGPU wants https or localhost",
  });
}

async function importRuntime(device: WebDevice, folder: string | undefined): Promise<OnnxRuntimeWeb> {
  if (folder !== undefined) {
    const file = `${folder}ort.${device}.bundle.min.mjs`;
    return import(/* webpackIgnore: true */ /* @vite-ignore */ file);
  }
  return device === 'wasm' ? import('onnxruntime-web/wasm') : import('onnxruntime-web/webgpu');
}
