import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/helpers/pictures.ts';
import { openRunFolder } from './run-folder.ts';

let folder = '';

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(() => rm(folder, { recursive: true }));

it('begins its log anew after a run that was killed before its first checkpoint', async () => {
  for (const note of ['killed', 'again']) {
    const run = await openRunFolder(folder, {});
    await run.begin();
    await run.log({ step: 1, note });
    await run.close();
  }
  expect(await readFile(join(folder, 'log.jsonl'), 'utf8')).toBe('{"step":1,"note":"again"}\n');
});

it('keeps a run that is overwritten until the new one begins, then nothing that --resume could take', async () => {
  const [log, checkpoint] = [join(folder, 'log.jsonl'), join(folder, 'checkpoint.safetensors')];
  await writeFile(log, 'old');
  await writeFile(checkpoint, 'old');
  await expect(openRunFolder(folder, {})).rejects.toThrow('expected a folder without a run');
  const run = await openRunFolder(folder, { overwrite: true });
  expect([await readFile(log, 'utf8'), await readFile(checkpoint, 'utf8')]).toEqual(['old', 'old']);
  await run.begin();
  expect([existsSync(log), existsSync(checkpoint)]).toEqual([false, false]);
  await run.close();
});

it('goes on with a log of whole lines up to the checkpoint', async () => {
  const log = join(folder, 'log.jsonl');
  const lines = ['{"step":1}', '{"step":2,"ho', '{"step":3}', '{"step":4}', 'null', '{"step":3'];
  await writeFile(log, lines.join('\n'));
  const run = await openRunFolder(folder, { resumeAt: 3 });
  await run.begin();
  await run.close();
  expect(await readFile(log, 'utf8')).toBe('{"step":1}\n{"step":3}\n');
});
