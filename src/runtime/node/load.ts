/** onnxruntime-node, loaded when it is needed: installing this package goes on without it. Node only. */

import { createRequire } from 'node:module';
import { DeviceError } from '../../errors.ts';
import { messageOf } from '../../thrown.ts';

type OnnxRuntime = typeof import('onnxruntime-node');

let loaded: OnnxRuntime | undefined;

/** @throws DeviceError if it is not installed, or cannot be loaded here */
export function onnxRuntime(): OnnxRuntime {
  // Its telemetry would write into the home folder, or the working folder, and look a host up. Whoever wants
  // it sets the variable to 0.
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  try {
    loaded ??= createRequire(import.meta.url)('onnxruntime-node') as OnnxRuntime;
    return loaded;
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND';
    const [reason = ''] = messageOf(cause).split('\n');
    throw new DeviceError(
      {
        expected: 'onnxruntime-node',
        name: 'the runtime',
        received: isMissing ? 'none' : `one that does not load: ${reason}`,
        remedy: 'install it for this system: npm install --ignore-scripts onnxruntime-node',
      },
      { cause },
    );
  }
}

/** Its version; undefined if it cannot be loaded. */
export function onnxRuntimeVersion(): string | undefined {
  try {
    return onnxRuntime().env.versions.node;
  } catch {
    return undefined;
  }
}
