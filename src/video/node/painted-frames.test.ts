/** Folders of painted frames: whose frames may go, when they go, and who may paint. */

import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawnImage, temporaryFolder } from '../../../test/helpers/pictures.ts';
import { cropImage } from '../../images/image.ts';
import { paintClip } from './paint-clip.ts';
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

it('goes on with a refined result, also when its clip has grown', async () => {
  const scene = drawnImage(3, 96, 40);
  /** Paints a pan of so many frames into a folder, which is a result then. */
  async function paint(name: string, count: number): Promise<number> {
    const clip = Array.from({ length: count }, (_, i) => `${i}`);
    const frames = await PaintedFrames.open(at(name), { clip, refine: 1 }, false);
    const images = clip.map((_, i) => cropImage(scene, { left: 3 * i, top: 0, width: 48, height: 40 }));
    try {
      await paintClip(
        {
          ...{ kind: 'folder', width: 48, height: 40, count, seconds: count },
          async *frames() {
            for (const [start, image] of images.entries()) yield { image, start, duration: 1 };
          },
          close: async () => {},
        },
        frames,
        {
          ...{ steadiness: 0.9, signal: new AbortController().signal, onFrame: () => {} },
          paint: async (frame) => frame.image,
          refine: async (frame) => ({ ...frame.image, data: frame.image.data.map((v) => 1 - v) }),
        },
      );
      await frames.settle(count);
    } finally {
      await frames.close();
    }
    return frames.done;
  }
  const pictures = async (name: string) => {
    const names = (await readdir(at(name))).filter((file) => /^\d/.test(file)).sort();
    return Promise.all(names.map(async (file) => [file, await readFile(at(name, file), 'latin1')]));
  };
  expect([await paint('grown', 3), await paint('grown', 3)]).toEqual([0, 3]);
  expect((await pictures('grown')).map(([file]) => file)).toEqual(['000001.png', '000002.png', '000003.png']);
  expect([await paint('grown', 5), await paint('at-once', 5)]).toEqual([3, 0]);
  expect(await pictures('grown')).toEqual(await pictures('at-once'));
  // People copy what they see.
  await rm(at('grown', '.000005.refined.png'));
  expect(await paint('grown', 5)).toBe(5);
  await expect(paint('grown', 6)).rejects.toThrow('received none; delete the folder to paint it anew');
});

it('passes over what systems put into folders, and leaves it', async () => {
  const place = await painted('seen', 1);
  await writeFile(join(place, '.DS_Store'), '');
  await writeFile(join(place, 'Thumbs.db'), '');
  const frames = await PaintedFrames.open(place, settings, false);
  expect(frames.done).toBe(1);
  await frames.remove();
  expect((await readdir(place)).sort()).toEqual(['.DS_Store', 'Thumbs.db']);
  await painted('seen', 1);
  expect(await readdir(place)).toHaveLength(4);
});
