/** Whether onnxruntime-node finds a WebGPU adapter on this machine. */

import { spawnSync } from 'node:child_process';
import { relu } from '../../src/graph/ops/elementwise.ts';
import { input } from '../../src/graph/ops/sources.ts';
import { encodeOnnx } from '../../src/graph/onnx.ts';

/**
 * Reason why WebGPU cannot be used here; undefined if it can. It is tried in a child process, since a failing
 * driver may take its process along. Without a graphics card SwiftShader serves: set `VK_ICD_FILENAMES` to
 * the `vk_swiftshader_icd.json` of Debian's package `chromium` (with `libvulkan1`).
 */
export function webgpuRefusal(): string | undefined {
  const model = Buffer.from(encodeOnnx({ y: relu(input('x', [1])) })).toString('base64');
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', attempt, model], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    timeout: 20_000,
  });
  if (child.status === 0) return undefined;
  const lines = child.stderr.split('\n').filter((line) => line !== '');
  return `no WebGPU here: ${child.error?.message ?? lines.at(-1) ?? `the attempt ended by ${child.signal}`}`;
}

const attempt = `
  import { InferenceSession, Tensor } from 'onnxruntime-node';
  const model = Buffer.from(process.argv[1], 'base64');
  try {
    const session = await InferenceSession.create(model, { executionProviders: ['webgpu'], logSeverityLevel: 4 });
    const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(1), [1]) });
    process.exitCode = y.data[0] === 1 ? 0 : 2;
    await session.release();
  } catch (error) {
    console.error(error.message.trim().split(' was false. ').at(-1));
    process.exitCode = 1;
  }
`;
