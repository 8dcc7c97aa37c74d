import { readFile, rm } from 'node:fs/promises';
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
    await run.log({ step: 1, note });
    await run.close();
  }
  expect(await readFile(join(folder, 'log.jsonl'), 'utf8')).toBe('{"step":1,"note":"again"}\n');
});
