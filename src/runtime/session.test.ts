import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { add } from '../graph/ops/elementwise.ts';
import { input } from '../graph/ops/sources.ts';
import { type Backend, runtimeOn } from './session.ts';

/** A package of ONNX Runtime that answers each run in one way. */
function answering(run: () => Promise<Record<string, { type: string; data: unknown }>>): Backend<unknown> {
  return {
    device: 'cpu',
    createSession: async () => ({ inputNames: ['x'], run, release: async () => {} }),
    tensor: (data) => data,
  };
}

const graph = { sum: add(input('x', [2]), 1) };
const feeds = { x: new Float32Array(2) };

describe('a test runner with a realm of its own', () => {
  it('is told what it needs', async () => {
    const text = "A float32 tensor's data must be type of function Float32Array() { [native code] }";
    const runtime = runtimeOn(
      answering(async () => {
        throw new TypeError(text);
      }),
    );
    const program = await runtime.compile(graph);
    await expect(program.run(feeds)).rejects.toThrow(
      `could not run on cpu: ${text}; this realm has a Float32Array of its own, as in Jest: give it the one of Node, as docs/reliability.md shows`,
    );
  });

  it('gets numbers of its own realm', async () => {
    const data: unknown = runInNewContext('new Float32Array([1.5, -2])');
    const program = await runtimeOn(answering(async () => ({ sum: { type: 'float32', data } }))).compile(
      graph,
    );
    const { sum } = await program.run(feeds);
    expect(sum).toEqual(Float32Array.of(1.5, -2));
    expect(sum).toBeInstanceOf(Float32Array);
  });
});
