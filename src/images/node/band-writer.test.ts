import { type FileHandle, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { expectSame } from '../../../test/helpers/equality.ts';
import { ImageError, SettingError } from '../../errors.ts';
import { openBandWriter, type BandWriterOptions } from './band-writer.ts';
import { cropImage, fromSamples, type RgbImage } from '../image.ts';
import { readPicture, writeImage } from './image-file.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-writer-'));
});

afterEach(() => rm(folder, { recursive: true }));

function noise(width: number, height: number, channels: 3 | 4): RgbImage {
  const samples = Uint16Array.from({ length: channels * width * height }, (_, i) => (i * 7919) % 65_536 || 1);
  return fromSamples(samples, { width, height }, 65_535);
}

async function writeBands(
  image: RgbImage,
  path: string,
  options: BandWriterOptions,
  rows = 7,
): Promise<void> {
  const { width, height } = image;
  const writer = await openBandWriter(path, image, options);
  for (let top = 0; top < height; top += rows) {
    const area = { left: 0, top, width, height: Math.min(rows, height - top) };
    await writer.write(cropImage(image, area));
  }
  await writer.finish();
}

describe('a band writer', () => {
  it.each<[string, BandWriterOptions]>([
    ['a.png', {}],
    ['a.png', { depth: 16 }],
    ['a.png', { depth: 16, alpha: true }],
    ['a.tif', { alpha: true }],
    ['a.tiff', { depth: 16 }],
    ['a.jpg', { quality: 80 }],
    ['a.jpg', { alpha: true }],
    ['a.webp', { alpha: true }],
    ['a.avif', { quality: 50 }],
  ])('writes the same file as writeImage: %s %j', async (name, options) => {
    const image = noise(33, 40, options.alpha ? 4 : 3);
    await writeBands(image, join(folder, name), options);
    const bytes = await readFile(join(folder, name));
    const { alpha: _, ...rest } = options;
    await writeImage(image, join(folder, `whole-${name}`), rest);
    expect(bytes.equals(await readFile(join(folder, `whole-${name}`)))).toBe(true);
    expect(await readdir(folder)).toEqual([name, `whole-${name}`]);
  });

  it.each([
    [1, 1],
    [1, 300],
    [300, 1],
    [1000, 700],
  ])('writes %i×%i pixels', async (width, height) => {
    const image = noise(width, height, 4);
    const path = join(folder, 'a.tif');
    await writeBands(image, path, { depth: 16, alpha: true }, 64);
    expectSame((await readPicture(path)).image, image);
  });

  it('takes opaque bands for a picture with alpha', async () => {
    const writer = await openBandWriter(join(folder, 'a.png'), { width: 2, height: 2 }, { alpha: true });
    const row = noise(2, 1, 3);
    await writer.write(row);
    await writer.write({ ...row, alpha: new Float32Array([0.2, 1]) });
    await writer.finish();
    const { data } = await sharp(join(folder, 'a.png')).raw().toBuffer({ resolveWithObject: true });
    expect([...data].filter((_, i) => i % 4 === 3)).toEqual([255, 255, 51, 255]);
  });

  it('keeps bands in the order of unawaited calls', async () => {
    const image = noise(5, 30, 3);
    const path = join(folder, 'a.png');
    const writer = await openBandWriter(path, image, { depth: 16 });
    const writing = Array.from({ length: 30 }, (_, top) =>
      writer.write(cropImage(image, { left: 0, top, width: 5, height: 1 })),
    );
    await Promise.all([...writing, writer.finish()]);
    expect((await readPicture(path)).image).toEqual(image);
  });

  it('carries metadata over', async () => {
    const image = noise(8, 8, 3);
    const xmp = new TextEncoder().encode('<x:xmpmeta xmlns:x="adobe:ns:meta/"/>');
    await writeBands(image, join(folder, 'a.jpg'), { metadata: { xmp } });
    const { xmpAsString } = await sharp(await readFile(join(folder, 'a.jpg'))).metadata();
    expect(xmpAsString).toBe(new TextDecoder().decode(xmp));
  });

  it('creates missing folders and replaces a file only at the end', async () => {
    const path = join(folder, 'new', 'deep', 'a.png');
    const image = noise(4, 4, 3);
    await writeBands(image, path, {});
    const before = await readFile(path);
    const writer = await openBandWriter(path, image);
    await writer.write(image);
    expect(await readFile(path)).toEqual(before);
    await writer.abort();
    expect(await readFile(path)).toEqual(before);
    expect(await readdir(join(folder, 'new', 'deep'))).toEqual(['a.png']);
  });
});

it('a band writer takes the URL of a file', async () => {
  const writer = await openBandWriter(pathToFileURL(join(folder, 'a b.png')), { width: 4, height: 4 });
  await writer.write(noise(4, 4, 3));
  await writer.finish();
  expect(await readdir(folder)).toEqual(['a b.png']);
  await expect(openBandWriter(new URL('https://a/b.png'), { width: 4, height: 4 })).rejects.toThrow(
    new SettingError('expected a path or a file: URL for the output but received https://a/b.png'),
  );
});

describe('a band writer leaves nothing behind', () => {
  it('when it cannot begin', async () => {
    const probe = await open(join(folder, 'probe'), 'w');
    const methods: FileHandle = Object.getPrototypeOf(probe);
    await probe.close();
    await rm(join(folder, 'probe'));
    const handles: FileHandle[] = [];
    const writing = vi.spyOn(methods, 'write').mockImplementation(function (this: FileHandle) {
      handles.push(this);
      return Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    });
    const opening = openBandWriter(join(folder, 'a.png'), { width: 4, height: 4 });
    await expect(opening.finally(() => writing.mockRestore())).rejects.toThrow('received a full disk');
    // Node gives closed files this number.
    expect(handles.map(({ fd }) => fd)).toEqual([-1]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('when it is aborted', async () => {
    const writer = await openBandWriter(join(folder, 'a.png'), { width: 4, height: 4 });
    await writer.write(noise(4, 2, 3));
    expect(await readdir(folder)).toHaveLength(1);
    await writer.abort();
    await writer.abort();
    expect(await readdir(folder)).toEqual([]);
    await expect(writer.write(noise(4, 2, 3))).rejects.toThrow('expected a writer at work');
    await expect(writer.finish()).rejects.toThrow(SettingError);
  });

  it('when rows are missing', async () => {
    const path = join(folder, 'a.png');
    const writer = await openBandWriter(path, { width: 4, height: 4 });
    await writer.write(noise(4, 3, 3));
    const expected = new SettingError(`expected 4 rows for ${path} but received 3`);
    await expect(writer.finish()).rejects.toThrow(expected);
    expect(await readdir(folder)).toEqual([]);
    await writer.abort();
  });

  it('when bands do not fit', async () => {
    const path = join(folder, 'a.png');
    const writer = await openBandWriter(path, { width: 4, height: 4 });
    await expect(writer.write(noise(5, 1, 3))).rejects.toThrow(
      `expected at most 4 rows of 4 pixels for the next band of ${path} but received 1 of 5`,
    );
    await writer.write(noise(4, 3, 3));
    await expect(writer.write(noise(4, 2, 3))).rejects.toThrow('expected at most 1 rows of 4 pixels');
    await expect(writer.write(noise(4, 1, 4))).rejects.toThrow(
      `expected no alpha for the next band of ${path} but received a band with alpha; open the writer with alpha`,
    );
    await writer.abort();
    expect(await readdir(folder)).toEqual([]);
  });

  it('when the picture cannot be encoded', async () => {
    const path = join(folder, 'a.png');
    const writer = await openBandWriter(path, { width: 4, height: 4 });
    await writer.write(noise(4, 4, 3));
    const [spool = ''] = await readdir(folder);
    await writeFile(join(folder, spool), 'damaged');
    await expect(writer.finish()).rejects.toThrow(ImageError);
    expect(await readdir(folder)).toEqual([]);
  });

  it('when a folder has taken its name', async () => {
    const path = join(folder, 'a.png');
    const writer = await openBandWriter(path, { width: 4, height: 4 });
    await writer.write(noise(4, 4, 3));
    await mkdir(join(path, 'inside'), { recursive: true });
    await expect(writer.finish()).rejects.toThrow(`expected a place to write for ${path}`);
    expect(await readdir(folder)).toEqual(['a.png']);
  });
});

describe('a band writer refuses before the work', () => {
  it.each([
    ['a.bmp', {}, 'expected the ending .png, .jpg, .webp, .avif or .tif for'],
    ['a.jpg', { depth: 16 }, 'expected 8 for depth but received 16 for jpeg'],
    ['a.jpg', { quality: 101 }, 'expected a whole number from 1 to 100 for quality'],
  ] as const)('options: %s %j', async (name, options, expected) => {
    await expect(openBandWriter(join(folder, name), { width: 4, height: 4 }, options)).rejects.toThrow(
      expected,
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    [{ width: 0, height: 4 }, 'size.width but received 0'],
    [{ width: 4, height: 2.5 }, 'size.height but received 2.5'],
    [undefined, 'size.width but received undefined'],
    [null, 'size.width but received undefined'],
  ])('what is no size: %j', async (size, expected) => {
    const opening = openBandWriter(join(folder, 'a.png'), size as never);
    await expect(opening).rejects.toThrow(
      new SettingError(`expected a whole number of pixels, 1 or more for ${expected}`),
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('impossible sizes', async () => {
    const wide = { width: 16_384, height: 1 };
    await expect(openBandWriter(join(folder, 'a.webp'), wide)).rejects.toThrow(
      'expected a picture that webp can hold for the output but received 16384×1 pixels: more than 16383 a side',
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('impossible places', async () => {
    await mkdir(join(folder, 'a.png'));
    await writeFile(join(folder, 'file'), '');
    const size = { width: 4, height: 4 };
    for (const [path, received] of [
      ['a.png', 'a folder'],
      [join('file', 'b.png'), 'a path through a file that is no folder'],
    ] as const) {
      const opening = openBandWriter(join(folder, path), size);
      await expect(opening).rejects.toThrow(
        new ImageError(`expected a place to write for ${join(folder, path)} but received ${received}`),
      );
    }
    expect(await readdir(folder)).toEqual(['a.png', 'file']);
  });
});
