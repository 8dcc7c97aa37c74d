import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawnImage, temporaryFolder, writePictures } from '../../../test/helpers/pictures.ts';
import type { Method } from './contestants.ts';
import { mostDetailed, paintSheet, part, sheetPairs } from './report-pictures.ts';

const names = (letter: string, count: number) => Array.from({ length: count }, (_, i) => `${letter}${i}`);

describe('sheetPairs', () => {
  it('takes six evaluated pairs, spread over contents and styles', () => {
    const all = Array.from({ length: 40 }, () => Array.from({ length: 20 }, (_, i) => i));
    const pairs = sheetPairs(names('c', 20), names('s', 40), all);
    expect(pairs).toHaveLength(6);
    expect(new Set(pairs.map((pair) => pair.content)).size).toBe(6);
    expect(pairs[0]).toEqual({ content: 'c1', style: 's3' });
    const few = sheetPairs(names('c', 3), names('s', 3), [[2], [], [0]]);
    expect(few).toEqual([
      { content: 'c2', style: 's0' },
      { content: 'c0', style: 's2' },
    ]);
  });

  it('takes every given picture at least once', () => {
    expect(sheetPairs(names('c', 2), names('s', 3))).toEqual([
      { content: 'c0', style: 's0' },
      { content: 'c1', style: 's1' },
      { content: 'c0', style: 's2' },
    ]);
  });
});

it('paintSheet leaves out pictures that a folder lacks', async () => {
  const folder = await temporaryFolder();
  const [content = '', style = ''] = (await writePictures(folder, 'p', 2)).map((name) => join(folder, name));
  const method: Method = { prepare: async () => async (image) => image, dispose: async () => {} };
  const empty = { ...method, path: '', has: () => false, faults: async () => [] };
  const [row] = await paintSheet(
    [
      { name: 'a', kind: 'model', method },
      { name: 'b', kind: 'pictures', method: empty, folder: empty },
    ],
    [{ content, style }],
    32,
  );
  await rm(folder, { recursive: true });
  expect(row?.outputs[0]?.data).toEqual(row?.content.data);
  expect(row?.outputs[1]).toBeUndefined();
});

it('mostDetailed finds detail away from the border, and part cuts it out', () => {
  const image = { width: 64, height: 64, data: new Float32Array(3 * 64 * 64) };
  const detail = drawnImage(3, 16, 16);
  const put = (left: number, top: number) => {
    for (let i = 0; i < 3 * 256; i++) {
      const [c, y, x] = [Math.floor(i / 256), Math.floor(i / 16) % 16, i % 16];
      image.data[(c * 64 + top + y) * 64 + left + x] = detail.data[i] ?? 0;
    }
  };
  put(0, 0);
  put(36, 24);
  expect(mostDetailed(image, 16)).toEqual({ left: 36, top: 24 });
  expect(part(image, { left: 36, top: 24 }, 16)).toEqual(detail);
});
