/** Folders of servers: which are taken, and that only our own files in them are removed. */

import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../test/helpers/pictures.ts';
import { openDataFolder } from './data-folder.ts';

let folder = '';
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true }));

const NAME = 'a'.repeat(64);
const BODY = 'uploads/wasserfarbe-0123456789abcdef.upload';
const PIXELS = 'uploads/wasserfarbe-0123456789abcdef.task/.painted.png.0123456789ab.pixels.tif';
const LOCK = JSON.stringify({ pid: 2 ** 22 + 1, host: 'elsewhere', touched: true, token: 'other' });

async function write(...names: string[]): Promise<void> {
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), 'x'.repeat(100));
  }
}

it.each([
  ['empty, on a disk of its own', ['lost+found/a']],
  ['of an earlier version', [BODY, `styles/${NAME}.style`, `results/${NAME}.jpg.warnings`]],
  [
    'marked as ours',
    [BODY, PIXELS, 'notes.txt', 'wasserfarbe-serve.txt', 'uploads/thesis.txt', 'results/old.bin'],
  ],
])('takes one that is %s', async (_, names) => {
  await write(...names);
  for (let time = 0; time < 2; time++) await (await openDataFolder(folder, 1000)).close();
  const left = await readdir(folder, { recursive: true });
  expect(left).toEqual(expect.arrayContaining(names.filter((name) => ![BODY, PIXELS].includes(name))));
  for (const name of [BODY, dirname(PIXELS)]) expect(left).not.toContain(name);
});

it.each([
  ['notes.txt', 'notes.txt'],
  ['uploads/thesis.txt', 'uploads/thesis.txt'],
  [`results/${NAME}`, `results/${NAME}`],
  ['styles', 'styles'],
])('refuses one with %s, and leaves nothing', async (name, said) => {
  await write(name);
  await expect(openDataFolder(folder, 1)).rejects.toThrow(
    `for --data but received ${folder} with ${said} in it`,
  );
  expect((await readdir(folder, { recursive: true })).sort()).toEqual(
    name === said && name.includes('/') ? [dirname(name), name] : [name],
  );
});

it('takes the lock of a killed server for a sign that it is ours', async () => {
  await write('notes.txt');
  await writeFile(join(folder, 'lock'), LOCK);
  await expect(openDataFolder(folder, 1)).rejects.toThrow('for --data but received one in use by process');
});

it('says when another server has taken it over', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const data = await openDataFolder(folder, 1);
    vi.advanceTimersByTime(10_000);
    expect(data.lost.aborted).toBe(false);
    await writeFile(join(folder, 'lock'), LOCK);
    vi.advanceTimersByTime(10_000);
    await vi.waitFor(() => expect(data.lost.aborted).toBe(true));
    expect(data.lost.reason.message).toMatch(/^expected a folder that no other server uses for --data but/);
    await data.close();
    expect(await readdir(folder)).toContain('lock');
  } finally {
    vi.useRealTimers();
  }
});
