import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeLock } from './lock.ts';

let folder = '';
const words = { expected: 'a folder for one', name: 'the folder' };
const lock = () => takeLock(join(folder, 'run.lock'), words);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-lock-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function left(holder: object): Promise<void> {
  await writeFile(join(folder, 'run.lock'), JSON.stringify({ host: hostname(), token: 'other', ...holder }));
}

describe('a lock', () => {
  it('is held by one at a time, also among many that ask at once', async () => {
    const asked = await Promise.allSettled(Array.from({ length: 8 }, lock));
    const held = asked.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(held).toHaveLength(1);
    const [refused] = asked.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refused.message).toMatch(
      /^expected a folder for one for the folder but received one in use by process \d+; end that process, or delete/,
    );
    await held[0]?.release();
    expect(await readdir(folder)).toEqual([]);
    await (await lock()).release();
  });

  it('of an ended process is taken over, also if its number has come again', async () => {
    await left({ pid: 2 ** 22 + 1 });
    await (await lock()).release();
    // An earlier process of this number, as after a restart in a container.
    await left({ pid: process.pid });
    await (await lock()).release();
    await left({ pid: process.ppid });
    await expect(lock()).rejects.toThrow(`in use by process ${process.ppid};`);
    if (process.platform !== 'linux') return;
    await left({ pid: process.ppid, began: '1' });
    await (await lock()).release();
  });

  it('of another machine, or of nobody known, is left to its owner', async () => {
    await left({ pid: 1, host: 'elsewhere' });
    await expect(lock()).rejects.toThrow('of another computer');
    await writeFile(join(folder, 'run.lock'), '');
    await expect(lock()).rejects.toThrow('another process');
  });
});
