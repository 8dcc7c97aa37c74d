/**
 * Seeded odd inputs: colours named in every way, layouts of TIFF, names, links and pipes. Each is read or
 * written as it should be, or refused or warned about in one line: never a wrong colour in silence, a wait,
 * or half a file. `FUZZ=10000 npx vitest run test/fuzz/odd` tries more, `FUZZ_SEED=7` others.
 */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root, start } from '../helpers/package.ts';
import { temporaryFolder } from '../helpers/pictures.ts';
import type { OddOutcome } from './read-odd.ts';

const COUNT = Number(process.env.FUZZ ?? 300);
const SEED = Number(process.env.FUZZ_SEED ?? 1);

/** Far more than an input takes on a busy machine. */
const MS_EACH = 200;

it.skipIf(process.platform === 'win32')(
  `${COUNT} odd inputs give what they should, or one line`,
  {
    timeout: 120_000 + COUNT * MS_EACH,
  },
  async () => {
    const folder = await temporaryFolder();
    const script = join(root, 'test', 'fuzz', 'read-odd.ts');
    const running = start(
      process.execPath,
      ['--import', 'tsx', script, `${SEED}`, '0', `${COUNT}`, folder],
      root,
    );
    const timer = setTimeout(() => running.kill('SIGKILL'), 60_000 + COUNT * MS_EACH);
    const { code, stdout, stderr } = await running.ended;
    clearTimeout(timer);
    const at = await readFile(join(folder, 'at'), 'utf8').catch(() => 'the beginning');
    await rm(folder, { recursive: true });
    expect({ code, stderr }, `ended at input ${at} of seed ${SEED}`).toEqual({ code: 0, stderr: '' });
    const outcome: OddOutcome = JSON.parse(stdout);
    if (COUNT > 1000) console.log(JSON.stringify(outcome));
    expect(outcome.failures).toEqual([]);
    // All outcomes must occur.
    for (const [name, times] of Object.entries(outcome)) {
      if (typeof times === 'number') expect(times, name).toBeGreaterThan(0);
    }
    expect(outcome.slowestMs).toBeLessThan(20_000);
  },
);
