import { copyFile, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import sharp from 'sharp';
import { drawnImage, temporaryFolder, writePictures } from '../../../test/helpers/pictures.ts';
import { toInterleaved } from '../../images/image.ts';
import { readImage, writeImage } from '../../images/node/image-file.ts';
import {
  bytesOf,
  type Dataset,
  type DatasetOptions,
  keyOf,
  openDataset,
  originalOf,
  PictureReader,
} from './dataset.ts';
import { findRoom, PictureCache } from './picture-cache.ts';

let folder: string;
let options: DatasetOptions;

beforeAll(async () => {
  folder = await temporaryFolder();
  options = { ...kept, minimumSide: 24, cacheDir: join(folder, 'cache') };
});
afterAll(() => rm(folder, { recursive: true }));

const kept = { shortSide: 40, resize: 'short-side' } as const;
const square = { shortSide: 40, resize: 'square' } as const;

const namesOf = ({ pictures }: Dataset): string[] => pictures.map(({ name }) => name);

/** Picture `i` without a cache: its pixels, or the reason why there are none. */
async function decoded({ pictures }: Dataset, i: number) {
  const picture = pictures[i];
  if (picture === undefined) throw new Error(`no picture ${i}`);
  return new PictureReader(kept).read(picture);
}

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
    expect(namesOf(dataset)).toEqual(['good-00.png', 'good-01.png', 'good-02.png']);
    expect(dataset.listed).toEqual([
      ...['corrupt.jpg', 'good-00.png', 'good-01.png', 'good-02.png', 'small.png'],
    ]);
    expect(dataset.skipped).toHaveLength(2);
    expect(dataset.skipped[0]).toMatch(/^corrupt\.jpg: expected a whole picture file/);
    expect(dataset.skipped[1]).toBe('small.png: 20 pixels, fewer than 24');
    expect(progress).toEqual(['1/5', '2/5', '3/5', '4/5', '5/5']);
    expect(await decoded(dataset, 1)).toEqual({
      width: 48,
      height: 40,
      data: toInterleaved(drawnImage(2, 48, 40)),
    });
  });

  it('opens only files that its index does not know, and those that it could not use', async () => {
    const pictures = join(folder, 'mixed');
    let opened = 0;
    const dataset = await openDataset(pictures, { ...options, onProgress: () => opened++ });
    expect(opened).toBe(1);
    expect(dataset.pictures).toHaveLength(3);
    expect(dataset.skipped).toHaveLength(2);
    expect((await readdir(options.cacheDir)).filter((name) => !/^index-\w+\.json$/.test(name))).toEqual([]);
  });

  it('sees files that have changed, come or gone, also with the same size', async () => {
    const pictures = join(folder, 'changing');
    await writePictures(pictures, 'p', 3);
    const open = async () => {
      let opened = 0;
      const dataset = await openDataset(pictures, { ...options, onProgress: () => opened++ });
      return { opened, dataset };
    };
    const first = await open();
    expect(first.opened).toBe(3);
    expect((await open()).opened).toBe(0);
    await utimes(join(pictures, 'p-00.png'), 5, 5);
    await rm(join(pictures, 'p-01.png'));
    await writeImage(drawnImage(77, 44, 44), join(pictures, 'p-04.png'));
    const after = await open();
    expect(after.opened).toBe(2);
    expect(namesOf(after.dataset)).toEqual(['p-00.png', 'p-02.png', 'p-04.png']);
    expect(after.dataset.pictures[2]).toMatchObject({ width: 44, height: 44 });
    const keys = ({ pictures }: Dataset) => pictures.map((picture) => keyOf(picture, kept));
    expect(keys(after.dataset)[0]).not.toBe(keys(first.dataset)[0]);
    expect(keys(after.dataset)[1]).toBe(keys(first.dataset)[2]);
    expect((await open()).opened).toBe(0);
  });

  it('is made again if its index is damaged', async () => {
    const [pictures, cacheDir] = [join(folder, 'indexed'), join(folder, 'damaged-cache')];
    await writePictures(pictures, 'good', 2);
    const open = () => openDataset(pictures, { ...options, cacheDir });
    const first = await open();
    const [index = ''] = await readdir(cacheDir);
    await writeFile(join(cacheDir, index), '{"pict');
    expect(await open()).toEqual(first);
  });

  it('does without an index where none can be kept', async () => {
    const pictures = join(folder, 'uncached');
    await writePictures(pictures, 'good', 1);
    await writeFile(join(folder, 'no-folder'), '');
    const cacheDir = join(folder, 'no-folder');
    expect((await openDataset(pictures, { ...options, cacheDir })).pictures).toHaveLength(1);
  });

  it('takes only the files of a list, and forgets none of the others', async () => {
    const pictures = join(folder, 'listed');
    await writePictures(pictures, 'p', 4);
    await openDataset(pictures, options);
    const only = new Set(['p-03.png', 'p-01.png', 'absent.png']);
    expect(namesOf(await openDataset(pictures, { ...options, only }))).toEqual(['p-01.png', 'p-03.png']);
    let opened = 0;
    await openDataset(pictures, { ...options, onProgress: () => opened++ });
    expect(opened).toBe(0);
  });

  it('enters folders in the folder if it is asked to, and names pictures with them', async () => {
    const pictures = join(folder, 'nested');
    await writePictures(pictures, 'top', 1);
    await writePictures(join(pictures, 'monet'), 'top', 1, { seed: 5 });
    await writePictures(join(pictures, 'a', 'b'), 'deep', 1, { seed: 6 });
    expect(namesOf(await openDataset(pictures, options))).toEqual(['top-00.png']);
    const deep = await openDataset(pictures, { ...options, recursive: true });
    expect(namesOf(deep)).toEqual(['a/b/deep-00.png', 'monet/top-00.png', 'top-00.png']);
    const [, monet] = deep.pictures;
    expect(monet && (await originalOf(monet))).toBe(join(pictures, 'monet', 'top-00.png'));
    expect(await decoded(deep, 1)).toMatchObject({ data: toInterleaved(drawnImage(5, 48, 40)) });
    const only = new Set(['monet/top-00.png', 'deep-00.png']);
    const listed = await openDataset(pictures, { ...options, recursive: true, only });
    expect(namesOf(listed)).toEqual(['a/b/deep-00.png', 'monet/top-00.png']);
  });

  it('throws if no picture can be used', async () => {
    const pictures = join(folder, 'mixed');
    await expect(openDataset(pictures, { ...options, only: new Set(['corrupt.jpg']) })).rejects.toThrow(
      /expected pictures of at least 24 pixels for .*mixed but received none that can be used out of 1/,
    );
  });

  it('ends with the reason of its signal, and leaves nothing', async () => {
    const pictures = join(folder, 'aborted');
    await writePictures(pictures, 'p', 1);
    for (let i = 0; i < 120; i++) await copyFile(join(pictures, 'p-00.png'), join(pictures, `c${i}.png`));
    const cacheDir = join(folder, 'aborted-cache');
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(openDataset(pictures, { ...options, cacheDir, signal })).rejects.toThrow('enough');
    await expect(readdir(cacheDir)).rejects.toThrow('ENOENT');
  });
});

describe('PictureReader', () => {
  it('reduces large pictures to the short side, as users’ pictures are', async () => {
    const pictures = join(folder, 'large');
    await writePictures(pictures, 'large', 1, { width: 120, height: 90 });
    const dataset = await openDataset(pictures, options);
    const image = await readImage(join(pictures, 'large-00.png'), { shortSide: 40 });
    expect(await decoded(dataset, 0)).toEqual({ width: 53, height: 40, data: toInterleaved(image) });
    expect(dataset.pictures.map((picture) => bytesOf(picture, kept))).toEqual([8 + 3 * 53 * 40]);
  });

  it('makes squares of pictures of any shape and size, and keeps them apart in the cache', async () => {
    const pictures = join(folder, 'shapes');
    await writePictures(pictures, 'tiny', 1, { width: 20, height: 12 });
    await writePictures(pictures, 'wide', 1, { width: 120, height: 30 });
    const dataset = await openDataset(pictures, { ...options, ...square });
    expect(dataset.skipped).toEqual([]);
    expect(namesOf(await openDataset(pictures, options))).toEqual(['wide-00.png']);
    const place = await findRoom(join(folder, 'squares'), 1e6, new Map());
    const cache = () => new PictureCache(place, (line) => expect.fail(line));
    for (const picture of dataset.pictures) {
      const size = { width: 40, height: 40 };
      const image = await readImage(join(pictures, picture.name), { size });
      const wanted = { ...size, data: toInterleaved(image) };
      for (let time = 0; time < 2; time++) {
        expect(await new PictureReader(square, cache()).read(picture)).toEqual(wanted);
        const { width, height } = picture;
        expect(await new PictureReader(kept, cache()).read(picture)).toMatchObject({ width, height });
      }
      expect(bytesOf(picture, square)).toBe(8 + 3 * 40 * 40);
      const keys = [kept, square, { ...square, shortSide: 41 }].map((resizing) => keyOf(picture, resizing));
      expect(new Set(keys).size).toBe(3);
    }
    const files = await readdir(place.folder, { recursive: true });
    expect(files.filter((name) => name.endsWith('.rgb'))).toHaveLength(4);
  });

  it('reads CMYK and a hundred megapixels; what ends early it refuses with the reason', async () => {
    const pictures = join(folder, 'odd');
    await writePictures(pictures, 'plain', 1, { width: 640, height: 480 });
    const red = { width: 300, height: 200, channels: 3, background: '#d02010' } as const;
    await sharp({ create: red }).toColourspace('cmyk').jpeg().toFile(join(pictures, 'cmyk.jpg'));
    const huge = { ...red, width: 12_000, height: 8_500 };
    await sharp({ create: huge, limitInputPixels: false }).jpeg().toFile(join(pictures, 'huge.jpg'));
    const jpeg = await sharp(join(pictures, 'plain-00.png')).jpeg().toBuffer();
    await writeFile(join(pictures, 'short.jpg'), jpeg.subarray(0, jpeg.length / 2));
    await symlink('cmyk.jpg', join(pictures, 'link.jpg'));
    const dataset = await openDataset(pictures, options);
    expect(namesOf(dataset)).toEqual(['cmyk.jpg', 'huge.jpg', 'link.jpg', 'plain-00.png', 'short.jpg']);
    const reader = new PictureReader(kept);
    const [cmyk, large, link, plain, short] = await Promise.all(
      dataset.pictures.map((picture) => reader.read(picture)),
    );
    expect(cmyk).toMatchObject({ width: 60, height: 40 });
    expect(link).toEqual(cmyk);
    expect(large).toMatchObject({ width: 56, height: 40 });
    expect(plain).toMatchObject({ width: 53, height: 40 });
    expect(short).toMatch(/^expected a whole picture file/);
    for (const pixels of [cmyk, large]) {
      const [r = 0, g = 0, b = 0] = typeof pixels === 'object' ? pixels.data : [];
      expect(r).toBeGreaterThan(180);
      expect(Math.max(g, b)).toBeLessThan(80);
    }
  });

  it('takes from the cache what has been decoded once, and decodes anew what is damaged there', async () => {
    const pictures = join(folder, 'cached');
    await writePictures(pictures, 'large', 1, { width: 120, height: 90 });
    const dataset = await openDataset(pictures, options);
    const [picture] = dataset.pictures;
    if (picture === undefined) throw new Error('no picture');
    const wanted = new Map([[keyOf(picture, kept), bytesOf(picture, kept)]]);
    const place = await findRoom(join(folder, 'kept'), 1e6, wanted);
    const faults: string[] = [];
    const read = () =>
      new PictureReader(kept, new PictureCache(place, (line) => faults.push(line))).read(picture);
    const first = await read();
    const key = keyOf(picture, kept);
    const path = join(folder, 'kept', key.slice(0, 2), `${key.slice(2)}.rgb`);
    await rm(join(pictures, 'large-00.png'));
    expect(await read()).toEqual(first);
    await writeFile(path, 'half');
    expect(await read()).toMatch(/no such file/);
    await writePictures(pictures, 'large', 1, { width: 120, height: 90 });
    expect(await read()).toEqual(first);
    expect(faults).toEqual([]);
  });
});
