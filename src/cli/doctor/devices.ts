/**
 * Tests of devices. Each runs in a process of its own, since a driver that fails may take its process along.
 */

import { execFile } from 'node:child_process';
import { DeviceError, SettingError } from '../../errors.ts';
import { add } from '../../graph/ops/elementwise.ts';
import { input } from '../../graph/ops/sources.ts';
import { type Device, devices } from '../../runtime/devices.ts';

export interface DeviceFound {
  readonly device: string;
  readonly works: boolean;
  /** The reason why it does not work, in one line. */
  readonly reason?: string;
}

const PROBE_SECONDS = 60;

/** Tries every device that this build of ONNX Runtime names and this package supports. */
export async function findDevices(): Promise<DeviceFound[]> {
  const { onnxRuntime } = await import('../../runtime/node/load.ts');
  const names = onnxRuntime()
    .listSupportedBackends()
    .map(({ name }) => name);
  const known = names.filter((name) => devices.some((device) => device === name));
  return Promise.all(known.map(tryDevice));
}

/** Runs one small graph on a device; throws if it fails or gives a wrong number. */
export async function probe(name: string): Promise<void> {
  const device = devices.find((known) => known === name);
  if (device === undefined) {
    throw new SettingError({ expected: devices.join(', '), name: '--probe', received: name });
  }
  await runOn(device);
}

async function runOn(device: Device): Promise<void> {
  const { createRuntime } = await import('../../runtime/node/onnxruntime.ts');
  const runtime = createRuntime({ device });
  const program = await runtime.compile({ sum: add(input('x', [4]), input('y', [4])) });
  const feeds = { x: Float32Array.of(1, 2, 3, 4), y: Float32Array.of(10, 20, 30, 40) };
  const { sum } = await program.run(feeds);
  await runtime.dispose();
  if (sum.join() === '11,22,33,44') return;
  throw new DeviceError({ expected: '11,22,33,44', name: `a sum on ${device}`, received: sum.join() });
}

async function tryDevice(device: string): Promise<DeviceFound> {
  const [, main = ''] = process.argv;
  return new Promise((resolve) => {
    const options = { timeout: PROBE_SECONDS * 1000, encoding: 'utf8' } as const;
    execFile(process.execPath, [main, 'doctor', '--probe', device], options, (error, _, stderr) => {
      if (error === null) resolve({ device, works: true });
      else resolve({ device, works: false, reason: reasonOf(error, stderr) });
    });
  });
}

/** Drivers write much. The last line is ours if the process lived to write it. */
function reasonOf(error: { signal?: unknown; killed?: boolean; message: string }, stderr: string): string {
  if (error.killed) return `no answer in ${PROBE_SECONDS} s`;
  const last = stderr.trim().split('\n').at(-1) ?? '';
  // ONNX Runtime quotes its source code before the reason.
  const line = last.replace(/^wasserfarbe: /, '').replace(/\S*onnxruntime_src.* was false\. /, '');
  if (line === '') return error.signal ? `the process ended by ${String(error.signal)}` : error.message;
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}
