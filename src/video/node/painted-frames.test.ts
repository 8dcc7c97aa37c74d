/** Folders of painted frames: whose frames may go, when they go, and who may paint. */

import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawnImage, temporaryFolder } from '../../../test/helpers/pictures.ts';
import { PaintedFrames } from './painted-frames.ts';

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
const image = drawnImage(1, 8, 6);
const settings = { clip: ['a', 'b', 'c'], style: 's' };

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true }));

/** A folder with so many painted frames. */
async function painted(name: string, count: number): Promise<string> {
  const frames = await PaintedFrames.open(at(name), settings, false);
  for (let i = 0; i < count; i++) await frames.write(i, image);
  await frames.close();
  return at(name);
}

it('keeps frames of other settings until a new one is there', async () => {
  const place = await painted('others', 3);
  const before = await readdir(place);
  const other = { ...settings, style: 't' };
  await expect(PaintedFrames.open(place, other, false)).rejects.toThrow('received others (style)');
  const frames = await PaintedFrames.open(place, other, true);
  expect(frames.done).toBe(0);
  await frames.close();
  expect(await readdir(place)).toEqual(before);
  const anew = await PaintedFrames.open(place, other, true);
  await anew.write(0, image);
  await anew.close();
  expect((await readdir(place)).sort()).toEqual(['000001.png', 'settings.json']);
});

it('never removes frames of other programs', async () => {
  await mkdir(at('theirs'));
  await copyFile(join(await painted('ours', 1), '000001.png'), at('theirs', '000001.png'));
  await expect(PaintedFrames.open(at('theirs'), settings, true)).rejects.toThrow(
    'received one with 000001.png; choose another --output',
  );
  expect(await readdir(at('theirs'))).toEqual(['000001.png']);
});

it('leaves no folder behind in which nothing was painted', async () => {
  await painted('nothing', 0);
  expect(existsSync(at('nothing'))).toBe(false);
  await mkdir(at('empty'));
  await painted('empty', 0);
  expect(await readdir(at('empty'))).toEqual([]);
});

it('lets one process paint at a time', async () => {
  const frames = await PaintedFrames.open(at('shared'), settings, false);
  await expect(PaintedFrames.open(at('shared'), settings, true)).rejects.toThrow(
    /expected a folder that nobody else paints into for .*shared but received one in use by process \d+/,
  );
  await frames.close();
  // What a killed process leaves of its lock does not hinder the next.
  await mkdir(at('shared'));
  await writeFile(at('shared', 'painting.lock.0f.new'), '');
  await painted('shared', 1);
  expect((await readdir(at('shared'))).sort()).toEqual(['000001.png', 'settings.json']);
});

it('goes on after a picture of the clip was mended that is not painted yet', async () => {
  const place = await painted('mended', 2);
  const mended = { ...settings, clip: ['a', 'b', 'C', 'd'] };
  const frames = await PaintedFrames.open(place, mended, false);
  expect(frames.done).toBe(2);
  await frames.write(2, image);
  await frames.close();
  const changed = { ...settings, clip: ['a', 'b', 'c', 'd'] };
  await expect(PaintedFrames.open(place, changed, false)).rejects.toThrow('received others (clip)');
});
