import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder, writePictures } from '../../../test/helpers/pictures.ts';
import { readImage } from '../../images/node/image-file.ts';
import { type Dataset, openDataset, originalOf, PictureReader } from './dataset.ts';
import { evenOrder, packPictures, readPacked, readPackIndex } from './pack.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
const settings = { shortSide: 32, quality: 90 };

const LUMA = [0.299, 0.587, 0.114];

beforeAll(async () => {
  folder = await temporaryFolder();
  await writePictures(at('photos'), 'photo', 19, { width: 60, height: 45 });
  await writeFile(at('photos/broken.jpg'), 'no picture');
  await packPictures({ folder: at('photos'), output: at('packed'), ...settings });
});

afterAll(() => rm(folder, { recursive: true }));

it('keeps every usable picture, reduced, and lists the others', async () => {
  const index = await readPackIndex(at('packed'));
  expect(index.listed).toHaveLength(20);
  expect(index.skipped).toEqual([expect.stringMatching(/^broken\.jpg: /)]);
  expect(index.pictures.map(({ name }) => name)).toEqual(
    index.listed.filter((name) => name !== 'broken.jpg'),
  );
  const [first] = index.pictures;
  const packed = await readImage(await readPacked(at('packed'), first ?? expect.fail()));
  const original = await readImage(at('photos/photo-00.png'), { shortSide: 32 });
  expect([packed.width, packed.height]).toEqual([43, 32]);
  // WebP halves the resolution of colours, but not that of brightness.
  const [before, after] = [original, packed].map(({ data }) =>
    Array.from({ length: 43 * 32 }, (_, i) =>
      [0, 1, 2].reduce((sum, c) => sum + (data[c * 43 * 32 + i] ?? 0) * (LUMA[c] ?? 0), 0),
    ),
  );
  const error = (before ?? []).reduce((sum, value, i) => sum + Math.abs(value - (after?.[i] ?? 0)), 0);
  expect(error / (43 * 32)).toBeLessThan(0.04);
});

it('is a tar archive that tar reads', () => {
  const list = execFileSync('tar', ['-tvf', at('packed/00000.tar')], { encoding: 'utf8' })
    .trim()
    .split('\n');
  expect(list).toHaveLength(19);
  expect(list[0]).toMatch(/^-rw-r--r-- .* 00000000\.webp$/);
});

it('trains like its folder: the same names, the same split, nearly the same pixels', async () => {
  const resizing = { shortSide: 32, resize: 'short-side' } as const;
  const options = { ...resizing, minimumSide: 16, cacheDir: at('cache') };
  const [loose, packed] = await Promise.all([
    openDataset(at('photos'), options),
    openDataset(at('packed'), options),
  ]);
  const names = ({ pictures }: Dataset) => pictures.map(({ name }) => name);
  expect(names(packed)).toEqual(names(loose));
  expect(packed.listed).toEqual(loose.listed);
  expect(packed.skipped).toHaveLength(1);
  const reader = new PictureReader(resizing);
  const [a, b] = await Promise.all(
    [loose, packed].map(({ pictures: [, , , fourth] }) => fourth && reader.read(fourth)),
  );
  const { width, height } = typeof a === 'object' ? a : {};
  expect(b).toMatchObject({ width, height });
  const original = packed.pictures[3] && (await originalOf(packed.pictures[3]));
  expect(original).toBeInstanceOf(Uint8Array);
});

it('takes an even sample within a number of bytes', async () => {
  const maxBytes = 14_000;
  const index = await packPictures({ folder: at('photos'), output: at('few'), ...settings, maxBytes });
  const files = await readdir(at('few'));
  const sizes = await Promise.all(files.map(async (file) => (await stat(at(`few/${file}`))).size));
  expect(sizes.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(maxBytes);
  expect(index.pictures.length).toBeGreaterThan(3);
  expect(index.pictures.length).toBeLessThan(15);
  const places = index.listed.map((name) => Number(/\d+/.exec(name)?.[0] ?? -1)).sort((a, b) => a - b);
  const gaps = places.slice(1).map((place, i) => place - (places[i] ?? 0));
  expect(Math.max(...gaps)).toBeLessThanOrEqual(2 * Math.ceil(20 / places.length));
});

it('is not written over unless told to', async () => {
  const again = { folder: at('photos'), output: at('packed'), ...settings };
  await expect(packPictures(again)).rejects.toThrow(/expected a folder without a pack .*--force/);
  await packPictures({ ...again, overwrite: true });
  expect(existsSync(at('packed/index.json'))).toBe(true);
});

it('stays as it is where a new one fails or is interrupted', async () => {
  const output = at('kept');
  await packPictures({ folder: at('photos'), output, ...settings });
  const bytes = async () => {
    const names = (await readdir(output)).sort();
    return Promise.all(names.map(async (name) => [name, await readFile(join(output, name), 'latin1')]));
  };
  const before = await bytes();
  const again = { folder: at('photos'), output, ...settings, quality: 30, overwrite: true };
  await expect(packPictures({ ...again, maxBytes: 10 })).rejects.toThrow(
    'expected pictures that can be read',
  );
  await expect(packPictures({ ...again, only: new Set(['none.jpg']) })).rejects.toThrow('received none');
  const stop = new AbortController();
  const onProgress = () => stop.abort(new Error('stopped'));
  await expect(packPictures({ ...again, signal: stop.signal, onProgress })).rejects.toThrow('stopped');
  expect(await bytes()).toEqual(before);
  await expect(packPictures({ ...again, output: at('fresh'), maxBytes: 10 })).rejects.toThrow(
    'room for them',
  );
  expect(existsSync(at('fresh'))).toBe(false);
});

it('leaves no shard of a longer one, and asks before it writes over a foreign file', async () => {
  const output = at('longer');
  const index = await packPictures({ folder: at('photos'), output, ...settings });
  const [first, ...others] = index.pictures;
  const moved = { ...index, pictures: [{ ...first, shard: '00001.tar' }, ...others] };
  await writeFile(join(output, 'index.json'), JSON.stringify(moved));
  await copyFile(join(output, '00000.tar'), join(output, '00001.tar'));
  await packPictures({ folder: at('photos'), output, ...settings, overwrite: true });
  expect((await readdir(output)).sort()).toEqual(['00000.tar', 'index.json']);
  await rm(join(output, 'index.json'));
  const foreign = await readFile(join(output, '00000.tar'));
  await expect(packPictures({ folder: at('photos'), output, ...settings, quality: 30 })).rejects.toThrow(
    /received .*00000\.tar; .*--force/,
  );
  expect(await readFile(join(output, '00000.tar'))).toEqual(foreign);
});

it('says where it cannot write', async () => {
  await writeFile(at('file'), '');
  await expect(packPictures({ folder: at('photos'), output: at('file'), ...settings })).rejects.toThrow(
    /^expected a folder that can be written for the output but received a path through a file that is no folder/,
  );
});

it('spreads the beginning of its order evenly', () => {
  expect(evenOrder(8)).toEqual([0, 4, 2, 6, 1, 5, 3, 7]);
  expect([...evenOrder(5)].sort()).toEqual([0, 1, 2, 3, 4]);
});
