import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WeightsError } from '../../errors.ts';
import { loadModel, readWeights, writeWeights } from './weights-file.ts';
import { writeFileAtomic } from '../../files/write.ts';
import { explainFileError } from '../../files/read.ts';
import type { WeightMap } from '../safetensors.ts';
import { sha256 } from '../sha256.ts';

const tensors: WeightMap = new Map([['a', { shape: [2], data: new Float32Array([0.5, -3]) }]]);
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-weights-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function writeModel(change: object = {}): Promise<string> {
  const path = join(folder, 'x.safetensors');
  await writeWeights(path, tensors, { dtype: 'F16' });
  const card = {
    name: 'x',
    description: 'A test.',
    file: 'x.safetensors',
    sha256: await sha256(await readFile(path)),
    licence: 'MIT',
    created: '2025-11-23',
    method: 'adain',
    configuration: {},
    parameters: 2,
    dtype: 'F16',
    training: { data: 'None.', stages: [] },
    metrics: { protocol: 'None.', lossNetwork: 'vgg19', values: {} },
    limitations: [],
    ...change,
  };
  await writeFile(join(folder, 'x.json'), JSON.stringify(card));
  return path;
}

describe('weights files', () => {
  test('are written into new folders, read back, and leave no temporary file', async () => {
    const path = join(folder, 'new', 'deep', 'x.safetensors');
    await writeWeights(path, tensors, { metadata: { step: '3' } });
    expect(await readWeights(path)).toEqual({ tensors, metadata: { step: '3' } });
    expect(await readdir(join(folder, 'new', 'deep'))).toEqual(['x.safetensors']);
  });

  test('that are missing or folders are a WeightsError with the path', async () => {
    const path = join(folder, 'none.safetensors');
    const missing = `expected a file that can be read for the weights file but received no such file (${path})`;
    await expect(readWeights(path)).rejects.toThrow(new WeightsError(missing));
    await expect(readWeights(folder)).rejects.toThrow(`received a folder (${folder})`);
    await expect(readWeights(join(folder, 'n'.repeat(300)))).rejects.toThrow(
      'received a path that is too long',
    );
  });

  test('that are damaged name the path', async () => {
    const path = join(folder, 'bad.safetensors');
    await writeFile(path, 'bad');
    await expect(readWeights(path)).rejects.toThrow(`(${path})`);
  });

  test('that cannot be written are a WeightsError and leave nothing behind', async () => {
    const taken = join(folder, 'taken.safetensors');
    await mkdir(taken);
    const written = writeWeights(taken, tensors);
    await expect(written).rejects.toThrow(WeightsError);
    await expect(written).rejects.toThrow(`for the weights file but received a folder (${taken})`);
    expect(await readdir(folder)).toEqual(['taken.safetensors']);
  });

  test('with tensors that cannot be stored leave the old file', async () => {
    const path = join(folder, 'x.safetensors');
    await writeWeights(path, tensors);
    const wrong: WeightMap = new Map([['a', { shape: [1], data: new Float32Array([1e9]) }]]);
    await expect(writeWeights(path, wrong, { dtype: 'F16' })).rejects.toThrow(WeightsError);
    expect((await readWeights(path)).tensors).toEqual(tensors);
  });
});

describe('writeFileAtomic', () => {
  test('replaces a file', async () => {
    const path = join(folder, 'a.bin');
    await writeFileAtomic(path, new Uint8Array([1, 2, 3]));
    await writeFileAtomic(path, new Uint8Array([4]));
    expect([...(await readFile(path))]).toEqual([4]);
    expect(await readdir(folder)).toEqual(['a.bin']);
  });

  test('lets several writers of one file finish and keeps one whole file', async () => {
    const path = join(folder, 'a.bin');
    const contents = Array.from({ length: 8 }, (_, value) => new Uint8Array(1000).fill(value));
    await Promise.all(contents.map((bytes) => writeFileAtomic(path, bytes)));
    expect(new Set(await readFile(path)).size).toBe(1);
    expect(await readdir(folder)).toEqual(['a.bin']);
  });

  test('passes on the error of the system', async () => {
    const path = join(folder, 'a.bin');
    await writeFile(path, '');
    await expect(writeFileAtomic(join(path, 'b.bin'), new Uint8Array(1))).rejects.toMatchObject({
      code: 'ENOTDIR',
    });
  });
});

describe('loadModel', () => {
  test('gives the card and the tensors', async () => {
    const { card, tensors: read } = await loadModel(await writeModel());
    expect(card).toMatchObject({ name: 'x', method: 'adain' });
    expect(read).toEqual(tensors);
  });

  test('refuses a file with another checksum and gives a remedy', async () => {
    const path = await writeModel();
    const bytes = await readFile(path);
    // The last byte is data, so only the checksum reveals the change.
    bytes.set([1], bytes.length - 1);
    await writeFile(path, bytes);
    const loaded = loadModel(path);
    await expect(loaded).rejects.toThrow(WeightsError);
    await expect(loaded).rejects.toThrow(
      /expected SHA-256 [0-9a-f]{64} for the weights file but received [0-9a-f]{64}/,
    );
    await expect(loaded).rejects.toThrow(/reinstall the package or download both again$/);
  });

  test('names the file that is missing or wrong', async () => {
    const path = await writeModel({ method: 'gatys' });
    const cardPath = join(folder, 'x.json');
    await expect(loadModel(path)).rejects.toThrow(`for method but received "gatys" (${cardPath})`);
    await writeFile(cardPath, '{');
    await expect(loadModel(path)).rejects.toThrow(`expected JSON text for the model card`);
    await rm(cardPath);
    await expect(loadModel(path)).rejects.toThrow(
      `expected the model card x.json beside it for the model but received tensors a without one (${path})`,
    );
    await writeModel();
    await rm(path);
    await expect(loadModel(path)).rejects.toThrow(`for the weights file but received no such file (${path})`);
  });

  test('requires the .safetensors file', async () => {
    await expect(loadModel('x.onnx')).rejects.toThrow(
      'expected a .safetensors file for the model but received x.onnx',
    );
  });
});

test('reports an error without a code unchanged', () => {
  expect(explainFileError(new Error('odd'))).toBe('Error: odd');
});
