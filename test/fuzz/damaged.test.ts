/**
 * Seeded damaged files of every format: each gives a picture or an ImageError, never a crash, a hang or half
 * a file. `FUZZ=100000 npx vitest run test/fuzz/damaged` tries more, `FUZZ_SEED=7` others.
 */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root, start } from '../helpers/package.ts';
import { temporaryFolder } from '../helpers/pictures.ts';
import type { Outcome } from './read-damaged.ts';

const COUNT = Number(process.env.FUZZ ?? 4000);
const SEED = Number(process.env.FUZZ_SEED ?? 1);

/** Far more than a file takes on a busy machine. A hanging decoder is killed after this. */
const MS_EACH = 60;

it(`each of ${COUNT} damaged files gives a picture or an ImageError`, {
  timeout: 120_000 + COUNT * MS_EACH,
}, async () => {
  const folder = await temporaryFolder();
  const script = join(root, 'test', 'fuzz', 'read-damaged.ts');
  const args = ['--import', 'tsx', script, `${SEED}`, '0', `${COUNT}`, folder];
  const running = start(process.execPath, args, root);
  const timer = setTimeout(() => running.kill('SIGKILL'), 60_000 + COUNT * MS_EACH);
  const { code, stdout, stderr } = await running.ended;
  clearTimeout(timer);
  const at = await readFile(join(folder, 'at'), 'utf8').catch(() => 'the beginning');
  await rm(folder, { recursive: true });
  expect({ code, stderr }, `ended at file ${at} of seed ${SEED}`).toEqual({ code: 0, stderr: '' });
  const outcome: Outcome = JSON.parse(stdout);
  expect(outcome.failures).toEqual([]);
  expect(outcome.pictures + outcome.refusals).toBe(COUNT);
  // Both outcomes must occur.
  expect(outcome.pictures).toBeGreaterThan(COUNT / 10);
  expect(outcome.refusals).toBeGreaterThan(COUNT / 10);
  expect(outcome.warnings).toBeGreaterThan(0);
  expect(outcome.slowestMs).toBeLessThan(20_000);
  expect(outcome.memory).toBeLessThan(1000);
});
