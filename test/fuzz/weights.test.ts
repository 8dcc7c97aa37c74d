/**
 * Seeded damaged files of weights: each gives tensors or a WeightsError of one line, in little time and
 * memory. `FUZZ=2000 npx vitest run test/fuzz/weights` tries more, `FUZZ_SEED=7` others.
 */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { WasserfarbeError } from '../../src/errors.ts';
import { readTensors } from '../../src/weights/node/tensor-file.ts';
import { vgg19Tensors } from '../../src/networks/vgg19-names.ts';
import { damagedFile } from './files.ts';

const COUNT = Number(process.env.FUZZ ?? 400);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const folder = join(import.meta.dirname, '../weights/files');

it(`each of ${COUNT} damaged files of weights gives tensors or one line`, {
  timeout: 60_000 + 100 * COUNT,
}, async () => {
  const names = (await readdir(folder)).filter((name) => !name.endsWith('.json'));
  const files = new Map<string, Uint8Array>();
  for (const name of names) {
    // Not Buffers, whose slices would share memory.
    files.set(name, new Uint8Array(await readFile(join(folder, name))));
  }
  let [tensors, refusals, slowest] = [0, 0, 0];
  const before = process.memoryUsage().rss;
  for (let i = 0; i < COUNT; i++) {
    const { name, bytes } = damagedFile(files, SEED, i);
    const started = performance.now();
    try {
      const stored = await readTensors(bytes, 'damaged');
      for (const { read } of (vgg19Tensors(stored, 'damaged') ?? new Map()).values()) read();
      tensors++;
    } catch (error) {
      if (!(error instanceof WasserfarbeError))
        throw new Error(`file ${i} of seed ${SEED}, ${name}`, { cause: error });
      expect(error.message, `file ${i} of seed ${SEED}`).toMatch(/^expected [^\n]{10,600}$/);
      refusals++;
    }
    slowest = Math.max(slowest, performance.now() - started);
  }
  console.log(`${tensors} read, ${refusals} refused, ${slowest.toFixed(0)} ms at most`);
  expect(tensors).toBeGreaterThan(COUNT / 20);
  expect(refusals).toBeGreaterThan(COUNT / 4);
  expect(slowest).toBeLessThan(2000);
  expect((process.memoryUsage().rss - before) / 1e6).toBeLessThan(300);
});
