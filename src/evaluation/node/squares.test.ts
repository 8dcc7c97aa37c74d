import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectClose } from '../../../test/helpers/numbers.ts';
import { drawnImage, temporaryFolder } from '../../../test/helpers/pictures.ts';
import { writeImage } from '../../images/node/image-file.ts';
import { choosePairs, readSquare } from './squares.ts';
import { baseName, outputStem, stemOf } from '../../files/names.ts';

describe('choosePairs', () => {
  it('takes all if no number is given', () => {
    expect(choosePairs(2, 3, undefined, 1).map((list) => [...list].sort())).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
  });

  it.each([
    [20, 5, 20],
    [100, 10, 20],
    [60, 6, 60],
    [6, 4, 24],
    [20, 30, 100],
  ])('uses %i contents and %i styles alike for %i pairs', (contents, styles, count) => {
    const chosen = choosePairs(contents, styles, count, 1);
    const uses = Array.from({ length: contents }, (_, c) => chosen.filter((list) => list.includes(c)).length);
    expect(Math.max(...uses) - Math.min(...uses)).toBeLessThanOrEqual(1);
    expect(new Set(chosen.flatMap((list, s) => list.map((c) => `${c} ${s}`))).size).toBe(count);
    const lengths = chosen.map((list) => list.length);
    expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
  });

  it('spreads pairs over styles and contents, none twice', () => {
    const chosen = choosePairs(20, 40, 100, 1);
    expect(chosen.map((list) => list.length).sort()).toEqual([...Array(20).fill(2), ...Array(20).fill(3)]);
    for (const list of chosen) expect(new Set(list).size).toBe(list.length);
    const perContent = Array.from({ length: 20 }, (_, c) => chosen.flat().filter((v) => v === c).length);
    expect(Math.min(...perContent)).toBeGreaterThanOrEqual(4);
    expect(Math.max(...perContent)).toBeLessThanOrEqual(6);
    expect(choosePairs(20, 40, 100, 1)).toEqual(chosen);
    expect(choosePairs(20, 40, 100, 2)).not.toEqual(chosen);
  });

  it.each([0, 7, 1.5])('refuses %s of 6', (count) => {
    expect(() => choosePairs(2, 3, count, 1)).toThrow('expected a whole number from 1 to 6 for pairs');
  });
});

it('readSquare brings the short side to the size and takes the middle', async () => {
  const folder = await temporaryFolder();
  const image = drawnImage(3, 50, 32);
  const file = join(folder, 'wide.one.png');
  await writeImage(image, file);
  const square = await readSquare(file, 32);
  await rm(folder, { recursive: true });
  expect(square).toMatchObject({ width: 32, height: 32, stem: 'wide.one' });
  const wanted = Float32Array.from({ length: 3072 }, (_, i) => {
    return image.data[Math.floor(i / 32) * 50 + 9 + (i % 32)] ?? Number.NaN;
  });
  expectClose(square.data, wanted, 1 / 255);
});

it('stems are names without folder and ending', () => {
  expect(['a/b.c/d.png', 'folder/'].map(baseName)).toEqual(['d.png', 'folder']);
  // A backslash separates on Windows only.
  expect(baseName('c:\\e\\f')).toBe(process.platform === 'win32' ? 'f' : 'c:\\e\\f');
  expect(['a/b.c.png', '.hidden', 'none'].map(stemOf)).toEqual(['b.c', '.hidden', 'none']);
  expect(outputStem('lake', 'klee')).toBe('lake_stylized_klee');
});
