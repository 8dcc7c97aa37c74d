/** Stores: what was used longest ago goes first, also after a new start. */

import { mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/helpers/pictures.ts';
import { FileStore } from './file-store.ts';

let folder = '';
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => rm(folder, { recursive: true }));

const inStore = () => join(folder, 'store');

async function add(store: FileStore, name: string, bytes: number): Promise<void> {
  await writeFile(join(folder, 'new'), Buffer.alloc(bytes));
  await store.add(name, join(folder, 'new'));
}

it('stays within its limit, and keeps what is used', async () => {
  const store = await FileStore.open(inStore(), 100);
  for (const name of ['a', 'b', 'c']) await add(store, name, 30);
  expect(store.find('a')).toBe(join(inStore(), 'a'));
  await add(store, 'd', 30);
  expect((await readdir(inStore())).sort()).toEqual(['a', 'c', 'd']);
  expect(store.find('b')).toBeUndefined();
  expect(store.find('../new')).toBeUndefined();
  // The same name again counts once.
  await add(store, 'd', 40);
  expect((await readdir(inStore())).sort()).toEqual(['a', 'c', 'd']);
  await add(store, 'e', 500);
  expect(await readdir(inStore())).toEqual(['e']);
});

it('begins with what is there, the oldest first', async () => {
  const store = await FileStore.open(inStore(), 100);
  const [a, b, c] = ['a', 'b', 'c'].map((letter) => `${letter.repeat(64)}.png`) as [string, string, string];
  for (const name of [a, b, c]) await add(store, name, 30);
  for (const [i, name] of [c, a, b].entries()) await utimes(join(inStore(), name), 1000 + i, 1000 + i);
  const again = await FileStore.open(inStore(), 70);
  expect((await readdir(inStore())).sort()).toEqual([a, b]);
  expect(again.find(c)).toBeUndefined();
  // Somebody has tidied up.
  await rm(join(inStore(), a));
  expect(again.find(a)).toBeUndefined();
  await add(again, c, 40);
  expect((await readdir(inStore())).sort()).toEqual([b, c]);
});

it('removes nothing but its own', async () => {
  await mkdir(join(inStore(), `${'f'.repeat(64)}.png`), { recursive: true });
  for (const name of ['old.bin', 'thesis.png']) await writeFile(join(inStore(), name), Buffer.alloc(100));
  const before = await readdir(inStore());
  const store = await FileStore.open(inStore(), 10);
  expect(await readdir(inStore())).toEqual(before);
  expect(store.find('old.bin')).toBeUndefined();
});

it('makes its folder again if somebody has tidied it up', async () => {
  const store = await FileStore.open(inStore(), 100);
  await rm(inStore(), { recursive: true });
  await add(store, 'a', 30);
  expect(store.find('a')).toBe(join(inStore(), 'a'));
});
