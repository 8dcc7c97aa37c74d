import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/helpers/pictures.ts';
import { cachedBytes, findRoom, PictureCache } from './picture-cache.ts';

let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true }));

const size = { width: 10, height: 10 };
const BYTES = 308;
const pixelsOf = (value: number) => ({ ...size, data: new Uint8Array(300).fill(value) });
const keys = ['aa01', 'ab02', 'ac03', 'ad04'];
const wanted = (chosen: readonly string[]) => new Map(chosen.map((key) => [key, BYTES]));

/** All bytes of a folder. */
async function taken(place: string): Promise<number> {
  const names = await readdir(place, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async (f) => (await stat(join(f.parentPath, f.name))).size));
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

it('keeps what there is room for, and no more', async () => {
  const place = join(folder, 'bounded');
  const faults: string[] = [];
  const cache = new PictureCache(await findRoom(place, 2.5 * BYTES, wanted(keys)), (line) =>
    faults.push(line),
  );
  await Promise.all(keys.map((key, i) => cache.put(key, pixelsOf(i))));
  expect(cachedBytes(size)).toBe(BYTES);
  expect(await taken(place)).toBe(2 * BYTES);
  expect(await cache.get('aa01')).toEqual(pixelsOf(0));
  expect(await cache.get('ab02')).toEqual(pixelsOf(1));
  expect(await cache.get('ac03')).toBeUndefined();
  // Another run has the room that is left, not the whole again.
  const again = new PictureCache(await findRoom(place, 2.5 * BYTES, wanted(keys)), () => {});
  await again.put('ac03', pixelsOf(2));
  expect(await taken(place)).toBe(2 * BYTES);
  expect(faults).toEqual([]);
});

it('deletes pictures of other folders, oldest first, only for want of room', async () => {
  const place = join(folder, 'shared');
  const cache = new PictureCache(await findRoom(place, 4 * BYTES, wanted(keys)), () => {});
  for (const [i, key] of keys.entries()) {
    await cache.put(key, pixelsOf(i));
    await utimes(join(place, key.slice(0, 2), `${key.slice(2)}.rgb`), 100 - i, 100 - i);
  }
  const left = async () =>
    (await readdir(place, { recursive: true })).filter((name) => /rgb$/.test(name)).sort();
  expect((await findRoom(place, 5 * BYTES, wanted(['ff01']))).room).toBe(BYTES);
  expect(await left()).toHaveLength(4);
  // The youngest is wanted, so that it stays too.
  const { room } = await findRoom(place, 4 * BYTES, wanted(['aa01', 'ff01', 'ff02']));
  expect(room).toBe(2 * BYTES);
  expect(await left()).toEqual([join('aa', '01.rgb'), join('ab', '02.rgb')]);
});

it('says once that nothing can be written, and goes on', async () => {
  const place = join(folder, 'closed');
  await mkdir(place);
  for (const key of keys) await writeFile(join(place, key.slice(0, 2)), 'no folder');
  const faults: string[] = [];
  const cache = new PictureCache({ folder: place, room: 1e6 }, (line) => faults.push(line));
  await Promise.all(keys.map((key, i) => cache.put(key, pixelsOf(i))));
  await cache.put('ae05', pixelsOf(5));
  expect(faults).toEqual(['a path through a file that is no folder']);
  expect(await cache.get('aa01')).toBeUndefined();
  expect(await cache.get('ae05')).toBeUndefined();
});
