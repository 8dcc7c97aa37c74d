import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { uniform } from '../../../test/helpers/numbers.ts';
import { drawnImage, temporaryFolder, writePictures } from '../../../test/helpers/pictures.ts';
import { toInterleaved } from '../../images/image.ts';
import { readImage, writeImage } from '../../images/node/image-file.ts';
import { stream } from '../../random.ts';
import { type Dataset, openDataset } from './dataset.ts';
import { batchIndices, crops } from './crops.ts';

let folder: string;
let options: { shortSide: number; minimumSide: number; cacheDir: string };

beforeAll(async () => {
  folder = await temporaryFolder();
  options = { shortSide: 40, minimumSide: 24, cacheDir: join(folder, 'cache') };
});
afterAll(() => rm(folder, { recursive: true }));

describe('openDataset', () => {
  it('keeps pictures as they are, reports and skips corrupt and small ones', async () => {
    const pictures = join(folder, 'mixed');
    await writePictures(pictures, 'good', 3);
    await writeFile(join(pictures, 'corrupt.jpg'), 'not a picture');
    await writeImage(drawnImage(9, 20, 60), join(pictures, 'small.png'));
    const progress: string[] = [];
    const dataset = await openDataset(pictures, {
      ...options,
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
    expect(dataset.names).toEqual(['good-00.png', 'good-01.png', 'good-02.png']);
    expect(dataset.skipped).toHaveLength(2);
    expect(dataset.skipped[0]).toMatch(/^corrupt\.jpg: expected a whole picture file/);
    expect(dataset.skipped[1]).toBe('small.png: 20 pixels, fewer than 24');
    expect(progress).toEqual(['1/5', '2/5', '3/5', '4/5', '5/5']);
    const { data, width, height } = dataset.pixels(1);
    expect([width, height]).toEqual([48, 40]);
    expect(data).toEqual(toInterleaved(drawnImage(2, 48, 40)));
    expect(() => dataset.pixels(3)).toThrow('internal: no picture 3');
    dataset.close();
  });

  it('reads the cache the second time', async () => {
    const pictures = join(folder, 'mixed');
    let built = 0;
    const dataset = await openDataset(pictures, { ...options, onProgress: () => built++ });
    expect(built).toBe(0);
    expect(dataset.names).toHaveLength(3);
    expect(dataset.skipped).toHaveLength(2);
    dataset.close();
    expect((await readdir(options.cacheDir)).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('reduces large pictures to the short side', async () => {
    const pictures = join(folder, 'large');
    await writePictures(pictures, 'large', 1, { width: 120, height: 90 });
    const dataset = await openDataset(pictures, options);
    expect(dataset.pixels(0)).toMatchObject({ width: 53, height: 40 });
    dataset.close();
  });

  it('brings pictures of any shape to squares, enlarged too', async () => {
    const pictures = join(folder, 'shapes');
    await writePictures(pictures, 'wide', 1, { width: 120, height: 30 });
    await writePictures(pictures, 'tiny', 1, { width: 20, height: 12 });
    const dataset = await openDataset(pictures, { ...options, resize: 'square' });
    expect(dataset.skipped).toEqual([]);
    for (const [i, name] of dataset.names.entries()) {
      const { data, width, height } = dataset.pixels(i);
      expect([width, height]).toEqual([40, 40]);
      const size = { width: 40, height: 40 };
      expect(data).toEqual(toInterleaved(await readImage(join(pictures, name), { size })));
    }
    dataset.close();
    const kept = await openDataset(pictures, options);
    expect(kept.pixels(0)).toMatchObject({ width: 120, height: 30 });
    kept.close();
  });

  it('is made again when a file or an option changes', async () => {
    const pictures = join(folder, 'changing');
    await writePictures(pictures, 'p', 2);
    const count = async (changed: Partial<typeof options> = {}) => {
      let built = 0;
      const dataset = await openDataset(pictures, {
        ...options,
        ...changed,
        onProgress: () => built++,
      });
      const first = dataset.pixels(0).data;
      dataset.close();
      return { built, first };
    };
    expect((await count()).built).toBe(2);
    expect((await count()).built).toBe(0);
    expect((await count({ shortSide: 36 })).built).toBe(2);
    expect((await count({ minimumSide: 25 })).built).toBe(2);
    await writeImage(drawnImage(77, 44, 44), join(pictures, 'p-00.png'));
    const after = await count();
    expect(after.built).toBe(2);
    expect(after.first).toEqual(await expectedBytes(drawnImage(77, 44, 44), pictures));
  });

  it('is made again if a part of it is gone or damaged', async () => {
    const [pictures, cacheDir] = [join(folder, 'cached'), join(folder, 'damaged-cache')];
    await writePictures(pictures, 'good', 2);
    const open = () => openDataset(pictures, { shortSide: 32, minimumSide: 8, cacheDir });
    const first = await open();
    const names = [...first.names];
    first.close();
    const [bin = '', json = ''] = (await readdir(cacheDir)).sort();
    for (const spoil of [() => rm(join(cacheDir, bin)), () => writeFile(join(cacheDir, json), '{"entr')]) {
      await spoil();
      const again = await open();
      expect(again.names).toEqual(names);
      expect(again.pixels(0).data.length).toBeGreaterThan(0);
      again.close();
    }
  });

  it('says where no cache can be made', async () => {
    const pictures = join(folder, 'uncached');
    await writePictures(pictures, 'good', 1);
    await writeFile(join(folder, 'no-folder'), '');
    const opening = openDataset(pictures, {
      shortSide: 31,
      minimumSide: 8,
      cacheDir: join(folder, 'no-folder'),
    });
    await expect(opening).rejects.toThrow(
      /^expected a place for the cache of pictures for .* but received a path through a file/,
    );
  });

  it('takes only the files of a list', async () => {
    const pictures = join(folder, 'listed');
    await writePictures(pictures, 'p', 4);
    const dataset = await openDataset(pictures, {
      ...options,
      only: new Set(['p-03.png', 'p-01.png', 'absent.png']),
    });
    expect(dataset.names).toEqual(['p-01.png', 'p-03.png']);
    dataset.close();
  });

  it('enters folders in the folder if it is asked to, and names pictures with them', async () => {
    const pictures = join(folder, 'nested');
    await writePictures(pictures, 'top', 1);
    await writePictures(join(pictures, 'monet'), 'top', 1, { seed: 5 });
    await writePictures(join(pictures, 'a', 'b'), 'deep', 1, { seed: 6 });
    const flat = await openDataset(pictures, options);
    expect(flat.names).toEqual(['top-00.png']);
    flat.close();
    const deep = await openDataset(pictures, { ...options, recursive: true });
    expect(deep.names).toEqual(['a/b/deep-00.png', 'monet/top-00.png', 'top-00.png']);
    expect(await deep.original('monet/top-00.png')).toBe(join(pictures, 'monet', 'top-00.png'));
    expect(deep.pixels(1).data).toEqual(toInterleaved(drawnImage(5, 48, 40)));
    deep.close();
    const only = new Set(['monet/top-00.png', 'deep-00.png']);
    const listed = await openDataset(pictures, { ...options, recursive: true, only });
    expect(listed.names).toEqual(['a/b/deep-00.png', 'monet/top-00.png']);
    listed.close();
  });

  it('throws if no picture can be used', async () => {
    const pictures = join(folder, 'mixed');
    await expect(openDataset(pictures, { ...options, only: new Set(['corrupt.jpg']) })).rejects.toThrow(
      /expected pictures of at least 24 pixels for .*mixed but received none that can be used out of 1/,
    );
  });
});

/** Bytes of the reduced picture: 44×44 is larger than the short side of 40, so the cache holds it reduced. */
async function expectedBytes(image: ReturnType<typeof drawnImage>, near: string): Promise<Uint8Array> {
  const path = join(near, '..', 'expected.png');
  await writeImage(image, path);
  return toInterleaved(await readImage(path, { shortSide: 40 }));
}

describe('batchIndices', () => {
  const indices = [3, 5, 7, 11, 13, 17, 19];

  it('shows every picture once per epoch, in another order each time', () => {
    const seen = Array.from({ length: 7 }, (_, step) => batchIndices(indices, 1, 'content', step, 3)).flat();
    const epochs = [seen.slice(0, 7), seen.slice(7, 14), seen.slice(14, 21)];
    for (const epoch of epochs) expect([...epoch].sort((x, y) => x - y)).toEqual(indices);
    expect(new Set(epochs.map(String)).size).toBe(3);
  });

  it('is a function of seed, name and step', () => {
    const at = (seed: number, name: string) =>
      Array.from({ length: 5 }, (_, step) => batchIndices(indices, seed, name, step, 3)).flat();
    expect(at(1, 'content')).toEqual(at(1, 'content'));
    expect(at(1, 'content')).not.toEqual(at(2, 'content'));
    expect(at(1, 'content')).not.toEqual(at(1, 'style'));
    // The result does not depend on earlier calls.
    const far = batchIndices(indices, 1, 'content', 9999, 3);
    for (let seed = 0; seed < 12; seed++) batchIndices(indices, seed, 'other', seed, 3);
    expect(batchIndices(indices, 1, 'content', 9999, 3)).toEqual(far);
  });

  it('fills a batch larger than the folder', () => {
    expect(batchIndices([4], 1, 'x', 0, 3)).toEqual([4, 4, 4]);
  });
});

describe('crops', () => {
  const fixed = (
    width: number,
    height: number,
    value: (x: number, y: number, c: number) => number,
  ): Dataset => {
    const data = new Uint8Array(width * height * 3);
    for (let i = 0; i < data.length; i++) {
      data[i] = value(Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3);
    }
    return {
      names: ['x'],
      listed: ['x'],
      skipped: [],
      pixels: () => ({ data, width, height }),
      original: async () => '',
      close: () => {},
    };
  };
  const many = (dataset: Dataset, size: number, low: number, high: number, count = 200, mirror = true) =>
    crops(dataset, new Array<number>(count).fill(0), stream(3, 'crops'), {
      size,
      regionMin: low,
      regionMax: high,
      mirror,
    });

  it('are the same for the same stream', () => {
    const dataset = fixed(50, 40, (x, y, c) => (x * 7 + y * 11 + c * 50) % 256);
    expect(many(dataset, 16, 20, 40, 5)).toEqual(many(dataset, 16, 20, 40, 5));
    expect(many(dataset, 16, 20, 40, 5)).not.toEqual(
      crops(dataset, [0, 0, 0, 0, 0], stream(4, 'crops'), {
        size: 16,
        regionMin: 20,
        regionMax: 40,
        mirror: true,
      }),
    );
  });

  it('leave a constant picture constant and stay within 0–1, larger and smaller', () => {
    const flat = fixed(33, 47, (_x, _y, c) => [255, 128, 0][c] ?? 0);
    for (const size of [8, 16, 64]) {
      const values = many(flat, size, 5, 33, 20);
      const wrong = values.filter((value, i) => {
        const c = Math.floor(i / (size * size)) % 3;
        return Math.abs(value - ([255, 128, 0][c] ?? 0) / 255) > 1e-5;
      });
      expect(wrong).toHaveLength(0);
    }
    const noise = fixed(33, 47, (x, y) => ((x * 37 + y * 91) % 2) * 255);
    const values = many(noise, 16, 5, 33, 20);
    expect(values.every((v) => v >= 0 && v <= 1 + 1e-6)).toBe(true);
  });

  it('show regions of the asked-for range, anywhere in the picture, half of them mirrored', () => {
    // A ramp along x: the slope of a crop gives the side of its region, the level its place.
    const dataset = fixed(200, 100, (x) => x);
    const size = 16;
    const values = many(dataset, size, 30, 60);
    const found = Array.from({ length: 200 }, (_, k) => {
      const row = values.subarray(k * 3 * size * size, k * 3 * size * size + size);
      const slope = (((row[12] ?? 0) - (row[3] ?? 0)) / 9) * 255;
      const middle = (((row[7] ?? 0) + (row[8] ?? 0)) / 2) * 255;
      return { side: Math.abs(slope) * size, mirrored: slope < 0, middle };
    });
    const sides = found.map((f) => f.side);
    expect(Math.min(...sides)).toBeGreaterThan(29.9);
    expect(Math.min(...sides)).toBeLessThan(32);
    expect(Math.max(...sides)).toBeLessThan(60.1);
    expect(Math.max(...sides)).toBeGreaterThan(58);
    const mirrored = found.filter((f) => f.mirrored).length;
    expect(mirrored).toBeGreaterThan(70);
    expect(mirrored).toBeLessThan(130);
    expect(Math.min(...found.map((f) => f.middle))).toBeLessThan(30);
    expect(Math.max(...found.map((f) => f.middle))).toBeGreaterThan(170);
    for (const { side, middle } of found) {
      expect(middle - side / 2).toBeGreaterThan(-1.5);
      expect(middle + side / 2).toBeLessThan(200.5);
    }
  });

  it('are not mirrored if they are not to be', () => {
    const dataset = fixed(200, 100, (x) => x);
    const values = many(dataset, 16, 30, 60, 40, false);
    for (let k = 0; k < 40; k++) expect(values[768 * k + 12]).toBeGreaterThan(values[768 * k + 3] ?? 1);
  });

  it('are the pixels of the picture where the region has their size', () => {
    const dataset = fixed(61, 47, (x, y, c) => [x, y, 200][c] ?? 0);
    const values = many(dataset, 16, 16, 16, 40).map((value) => value * 255);
    for (const value of values) expect(Math.abs(value - Math.round(value))).toBeLessThan(1e-4);
    const lefts = Array.from({ length: 40 }, (_, k) =>
      Math.round(Math.min(...values.slice(768 * k, 768 * k + 16))),
    );
    expect(new Set(lefts).size).toBeGreaterThan(15);
    expect(Math.max(...lefts)).toBeLessThanOrEqual(61 - 16);
  });

  it('take no more than a small picture has', () => {
    const dataset = fixed(20, 30, (x) => x * 10);
    const size = 8;
    const values = many(dataset, size, 50, 90, 10);
    for (let k = 0; k < 10; k++) {
      const row = values.subarray(k * 3 * size * size, k * 3 * size * size + size);
      const side = Math.abs((((row[5] ?? 0) - (row[2] ?? 0)) / 3) * 25.5) * size;
      expect(Math.abs(side - 20)).toBeLessThan(0.2);
    }
  });

  it('average away detail finer than a pixel of the crop', () => {
    const stripes = fixed(64, 64, (x) => (x % 3 === 0 ? 255 : 0));
    const values = many(stripes, 16, 64, 64, 3);
    for (const value of values) expect(Math.abs(value - 1 / 3)).toBeLessThan(0.12);
  });

  it.each([
    [96, 40],
    [96, 64],
    [30, 64],
  ])('look as sharp as the pictures of users: %i to %i pixels', async (from, size) => {
    const noise = uniform(5, from * from * 3, 0, 255);
    const dataset = fixed(from, from, (x, y, c) => Math.round(noise[(y * from + x) * 3 + c] ?? 0));
    const { data } = dataset.pixels(0);
    const raw = { width: from, height: from, channels: 3 } as const;
    const png = await sharp(data, { raw }).png().toBuffer();
    const { data: wanted } = await readImage(png, { size: { width: size, height: size } });
    const sharpness = (values: Float32Array) =>
      values.reduce(
        (total, v, i) => (i % size === 0 ? total : total + Math.abs(v - (values[i - 1] ?? 0))),
        0,
      ) / values.length;
    const ratio = sharpness(many(dataset, size, from, from, 1)) / sharpness(wanted);
    expect(Math.abs(ratio - 1)).toBeLessThan(0.05);
  });

  it('give the picture itself at its own size', () => {
    const dataset = fixed(16, 16, (x, y, c) => (x * 3 + y * 5 + c * 60) % 256);
    const values = many(dataset, 16, 16, 16, 4);
    const { data } = dataset.pixels(0);
    for (let k = 0; k < 4; k++) {
      const plane = values.subarray(k * 768, (k + 1) * 768);
      const straight = (i: number) => {
        const [c, y, x] = [Math.floor(i / 256), Math.floor(i / 16) % 16, i % 16];
        return [(data[(y * 16 + x) * 3 + c] ?? 0) / 255, (data[(y * 16 + 15 - x) * 3 + c] ?? 0) / 255];
      };
      const off = [0, 1].map((side) =>
        Math.max(...plane.map((v, i) => Math.abs(v - (straight(i)[side] ?? 0)))),
      );
      expect(Math.min(...off)).toBeLessThan(1e-5);
    }
  });
});
