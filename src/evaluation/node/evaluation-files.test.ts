import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { smallEvaluation } from '../../../test/helpers/evaluation.ts';
import { temporaryFolder } from '../../../test/helpers/pictures.ts';
import { readEvaluation } from './evaluation-files.ts';

let path: string;
beforeAll(async () => {
  path = join(await temporaryFolder(), 'evaluation.json');
});
afterAll(() => rm(join(path, '..'), { recursive: true }));

describe('readEvaluation', () => {
  it('reads what was written', async () => {
    const document = smallEvaluation();
    await writeFile(path, JSON.stringify(document));
    expect(await readEvaluation(path)).toEqual(document);
  });

  it('reports the fault and its place', async () => {
    await writeFile(path, JSON.stringify({ ...smallEvaluation(), version: 2 }));
    await expect(readEvaluation(path)).rejects.toThrow(
      /expected an evaluation that this version can read for version but received .*evaluation\.json/,
    );
    await writeFile(path, 'no JSON');
    await expect(readEvaluation(path)).rejects.toThrow('expected JSON text for the evaluation');
    await expect(readEvaluation(`${path}.gone`)).rejects.toThrow('but received no such file');
  });
});
