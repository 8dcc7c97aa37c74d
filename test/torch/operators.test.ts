/** Every operator of `torch/operators.py`, tested by the cases of the table of operations. */

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../src/graph/evaluate.ts';
import { elementCount } from '../../src/graph/shape.ts';
import { inputShapes } from '../../src/graph/tensor.ts';
import { encodeOnnx } from '../../src/graph/onnx.ts';
import { readWeights, writeWeights } from '../../src/weights/node/weights-file.ts';
import type { WeightMap } from '../../src/weights/safetensors.ts';
import { expectClose } from '../helpers/numbers.ts';
import { differentiate, operationCases, outputsOf } from '../helpers/operation-cases.ts';
import { root } from '../helpers/package.ts';
import { temporaryFolder } from '../helpers/pictures.ts';
import { python, runPython, unlessTorch } from '../helpers/torch.ts';

const cases = Object.entries(operationCases).flatMap(([op, list]) =>
  list.map((example, i) => ({ name: `${op}-${i}`, title: `${op}: ${example.title}`, example })),
);
let folder = '';
let ended: Awaited<ReturnType<typeof runPython>>;

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.runIf(python)('under PyTorch', () => {
  beforeAll(async () => {
    folder = await temporaryFolder();
    for (const { name, example } of cases) await writeCase(join(folder, name), example);
    const script = join(root, 'test', 'torch', 'run_cases.py');
    ended = await runPython([script, folder, ...cases.map(({ name }) => name)], folder);
  }, 120_000);

  it('runs all cases', () => {
    expect(ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('has only operators that some case emits', () => {
    const emitted = new Set(
      ended.stdout
        .split('\n')
        .find((line) => line.startsWith('emitted '))
        ?.split(' '),
    );
    const known =
      ended.stdout
        .split('\n')
        .find((line) => line.startsWith('known '))
        ?.split(' ') ?? [];
    expect(known.length).toBeGreaterThan(30);
    expect(known.slice(1).filter((name) => !emitted.has(name))).toEqual([]);
  });

  it.each(cases.map((c) => [c.title, c] as const))('%s', async (_, { name, example }) => {
    const graphs = differentiate(example);
    const outputs = outputsOf(graphs);
    const expected = evaluate(outputs, graphs.feeds);
    const { tensors } = await readWeights(join(folder, name, 'results.safetensors'));
    for (const key of Object.keys(outputs)) expectClose(tensors.get(key)?.data, expected[key], 1e-5);
  });

  it('refuses an unknown operator by name', async () => {
    const bytes = await readFile(join(folder, 'exp-0', 'graph.onnx'));
    const at = bytes.indexOf('Exp');
    bytes.write('Erf', at);
    await mkdir(join(folder, 'unknown'));
    await writeFile(join(folder, 'unknown', 'graph.onnx'), bytes);
    const script = join(root, 'test', 'torch', 'run_cases.py');
    const { code, stderr } = await runPython([script, folder, 'unknown'], folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(/expected operators of torch\/operators\.py for \S+ but received Erf\n$/);
  });
});

it.skipIf(python)(`operators${unlessTorch}`, () => {});

async function writeCase(path: string, example: (typeof cases)[number]['example']): Promise<void> {
  const graphs = differentiate(example);
  const outputs = outputsOf(graphs);
  await mkdir(path);
  await writeFile(join(path, 'graph.onnx'), encodeOnnx(outputs));
  const shapes = inputShapes(outputs);
  const inputs: WeightMap = new Map();
  for (const [name, data] of Object.entries(graphs.feeds)) {
    const shape = shapes.get(name) ?? [];
    if (data.length === elementCount(shape)) inputs.set(name, { shape, data: Float32Array.from(data) });
  }
  await writeWeights(join(path, 'inputs.safetensors'), inputs);
}
