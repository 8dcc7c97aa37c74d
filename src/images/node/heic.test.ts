/** HEIC with libheif-js, which is installed for the tests; and without it. */

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  halfClear,
  quarters,
  quartersInCodedP3,
  quartersInP3,
  quartersTurned,
} from '../../../test/helpers/heic.ts';
import { temporaryFolder } from '../../../test/helpers/pictures.ts';
import { ImageError } from '../../errors.ts';
import type { RgbImage } from '../image.ts';
import { openBands } from './band-reader.ts';
import { holdsAlphaItem, readsHeic } from './heic.ts';
import { inspectImage, readImage, readPicture } from './image-file.ts';

let folder = '';
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true }));

function colour({ width, height, data }: RgbImage, x: number, y: number): number[] {
  return [0, 1, 2].map((c) => Math.round(255 * (data[(c * height + y) * width + x] ?? Number.NaN)));
}

function expectQuarters(image: RgbImage, within = 4): void {
  expect(image).toMatchObject({ width: 96, height: 64 });
  for (const x of [20, 70]) {
    for (const y of [10, 50]) {
      const wanted = [x < 48 ? 220 : 30, y < 32 ? 200 : 60, 90];
      const found = colour(image, x, y);
      expect(Math.max(...found.map((value, c) => Math.abs(value - (wanted[c] ?? 0))))).toBeLessThanOrEqual(
        within,
      );
    }
  }
}

it('is known to have an alpha channel without being decoded', async () => {
  for (const [name, bytes, expected] of [
    ['opaque.heic', quarters, false],
    ['clear.heic', halfClear, true],
  ] as const) {
    const path = join(folder, name);
    await writeFile(path, bytes);
    expect(await holdsAlphaItem(path), name).toBe(expected);
  }
  expect(await holdsAlphaItem(join(folder, 'gone.heic'))).toBe(false);
});

describe.skipIf(readsHeic())('HEIC by libheif-js', () => {
  it('is read from bytes and from files, whatever they are called, and keeps the name of its format', async () => {
    const path = join(folder, 'IMG_0001.jpg');
    await writeFile(path, quarters);
    for (const input of [quarters, path]) {
      const { image, source } = await readPicture(input);
      expectQuarters(image);
      expect(image.alpha).toBeUndefined();
      expect(source).toMatchObject({
        format: 'heic',
        depth: 8,
        hasAlpha: false,
        orientation: 1,
        warnings: [],
      });
    }
    expect(await inspectImage(path)).toMatchObject({ name: path, width: 96, height: 64, format: 'heic' });
  });

  it('is converted to sRGB from its profile', async () => {
    expect((await inspectImage(quartersInP3)).profile).toBe('other');
    // Without its profile, blue would be off by 16.
    expectQuarters(await readImage(quartersInP3), 8);
  });

  it('is converted to sRGB from its coded colours', async () => {
    const { image, source } = await readPicture(quartersInCodedP3);
    expectQuarters(image, 8);
    expect(source.warnings).toEqual([]);
  });

  it('is turned once where both the format and EXIF say so', async () => {
    const { image, source } = await readPicture(quartersTurned);
    expectQuarters(image);
    expect(source).toMatchObject({ width: 96, height: 64, orientation: 1 });
  });

  it('keeps transparency', async () => {
    const { image, source } = await readPicture(halfClear);
    expect(source.hasAlpha).toBe(true);
    const alpha = (x: number) => image.alpha?.[32 * 96 + x] ?? Number.NaN;
    expect(alpha(20)).toBeGreaterThan(0.98);
    expect(alpha(70)).toBeLessThan(0.02);
  });

  it('is read in bands too', async () => {
    const bands = await openBands(quarters);
    try {
      expect(bands.source).toMatchObject({ width: 96, height: 64, format: 'heic' });
    } finally {
      await bands.close();
    }
  });

  it('is refused if it is damaged or beyond the limits', async () => {
    const head = Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1');
    const said = vi.spyOn(console, 'log');
    for (const bytes of [Buffer.concat([head, Buffer.alloc(64)]), quarters.subarray(0, 400)]) {
      const refusal = readImage(bytes);
      await expect(refusal).rejects.toThrow(ImageError);
      await expect(refusal).rejects.toThrow(
        'expected a whole picture file for picture but received a damaged one',
      );
    }
    expect(said).not.toHaveBeenCalled();
    said.mockRestore();
    await expect(readImage(quarters, { limitPixels: 6000 })).rejects.toThrow('received 96×64 = 6144; raise');
  });

  it('is refused without it, with the command that installs it', async () => {
    vi.resetModules();
    vi.doMock('libheif-js/wasm-bundle.js', () => {
      throw new Error('not installed');
    });
    const { readImage: readWithout } = await import('./image-file.ts');
    await expect(readWithout(quarters, { name: 'IMG_1.HEIC' })).rejects.toThrow(
      'expected a whole picture file for IMG_1.HEIC but received HEIC, for which no decoder is installed; npm install libheif-js (LGPL), or export it as JPEG or PNG first',
    );
    vi.doUnmock('libheif-js/wasm-bundle.js');
  });
});
