import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ImageError, SettingError } from '../../errors.ts';
import { fromInterleaved, type RgbImage, toInterleaved } from '../image.ts';
import {
  depthFor,
  encodeImage,
  formatOfPath,
  type ImageFormat,
  listImages,
  readImage,
  readImageSize,
  readPicture,
  resizeImage,
  writeImage,
} from './image-file.ts';

const red = [255, 0, 0];
const green = [0, 255, 0];
const blue = [0, 0, 255];
const white = [255, 255, 255];
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-images-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** A picture of four quarters: red green above blue white. */
function quarters(width: number, height: number): Buffer {
  const rows = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (__, x) => {
      if (y < height / 2) return x < width / 2 ? red : green;
      return x < width / 2 ? blue : white;
    }),
  );
  return Buffer.from(rows.flat(2));
}

function fromQuarters(width: number, height: number): Sharp {
  return sharp(quarters(width, height), { raw: { width, height, channels: 3 } });
}

function plain(
  width: number,
  height: number,
  background: string | { alpha?: number; r: number; g: number; b: number },
): Sharp {
  const channels = typeof background === 'object' && background.alpha !== undefined ? 4 : 3;
  return sharp({ create: { width, height, channels, background } });
}

/** RGB 0–255 of the pixel at a place given as a fraction of width and height. */
function colourAt(image: RgbImage, x: number, y: number): number[] {
  const pixel = Math.floor(y * image.height) * image.width + Math.floor(x * image.width);
  return [...toInterleaved(image).subarray(3 * pixel, 3 * pixel + 3)];
}

function corners(image: RgbImage): number[][] {
  return [
    colourAt(image, 0, 0),
    colourAt(image, 0.99, 0),
    colourAt(image, 0, 0.99),
    colourAt(image, 0.99, 0.99),
  ];
}

function greatestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (value, index) => Math.abs(value - (b[index] ?? Number.NaN))));
}

/** A smooth picture that lossy formats can hold. */
function gradient(width: number, height: number): RgbImage {
  const channels = [(x: number) => x, (_: number, y: number) => y, (x: number, y: number) => 1 - (x + y) / 2];
  const values = channels.flatMap((channel) =>
    Array.from({ length: width * height }, (_, index) =>
      channel((index % width) / width, Math.floor(index / width) / height),
    ),
  );
  return { width, height, data: new Float32Array(values) };
}

describe('readImage', () => {
  test('reads the pixels of a file, and of its bytes', async () => {
    const path = join(folder, 'a.png');
    await fromQuarters(6, 4).png().toFile(path);
    const expected = fromInterleaved(quarters(6, 4), 6, 4);
    expect(await readImage(path)).toEqual(expected);
    expect(await readImage(await readFile(path))).toEqual(expected);
  });

  // EXIF 2.32, tag 0x0112: position of the stored top-left corner.
  test.each([
    [1, [red, green, blue, white]],
    [2, [green, red, white, blue]],
    [3, [white, blue, green, red]],
    [4, [blue, white, red, green]],
    [5, [red, blue, green, white]],
    [6, [blue, red, white, green]],
    [7, [white, green, blue, red]],
    [8, [green, white, red, blue]],
  ])('turns EXIF orientation %d upright', async (orientation, expected) => {
    const bytes = await fromQuarters(6, 4).withMetadata({ orientation }).png().toBuffer();
    const image = await readImage(bytes);
    expect([image.width, image.height]).toEqual(orientation < 5 ? [6, 4] : [4, 6]);
    expect(corners(image)).toEqual(expected);
  });

  test('measures the sides after turning', async () => {
    const bytes = await fromQuarters(60, 40).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    await writeFile(join(folder, 'turned.jpg'), bytes);
    expect(await readImageSize(join(folder, 'turned.jpg'))).toEqual({ width: 40, height: 60 });
    expect(await readImage(bytes, { shortSide: 20 })).toMatchObject({ width: 20, height: 30 });
    expect(await readImage(bytes, { longSide: 90 })).toMatchObject({ width: 60, height: 90 });
    const image = await readImage(bytes, { size: { width: 10, height: 50 } });
    expect(image).toMatchObject({ width: 10, height: 50 });
    const [topLeft = [], topRight = []] = corners(image);
    expect(greatestDifference(topLeft, blue)).toBeLessThan(20);
    expect(greatestDifference(topRight, red)).toBeLessThan(20);
  });

  test('reduces with Lanczos-3', async () => {
    const level = (x: number) => (x >= 30 && x < 34 ? 255 : 64);
    const line = plain(4, 4, '#ffffff').extend({ left: 30, right: 30, background: '#404040' });
    const image = await readImage(await line.png().toBuffer(), { shortSide: 1 });
    // The formula sinc(t) sinc(t / 3), |t| < 3; libvips rounds its weights, hence the tolerance.
    const sinc = (t: number) => (t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t));
    const expected = Array.from({ length: 16 }, (_, place) => {
      const taps = Array.from({ length: 24 }, (__, tap) => 4 * place - 10 + tap);
      const weights = taps.map((x) => (x + 0.5) / 4 - (place + 0.5)).map((t) => sinc(t) * sinc(t / 3));
      const sum = taps.reduce((total, x, index) => total + (weights[index] ?? 0) * level(x), 0);
      return sum / weights.reduce((total, weight) => total + weight);
    });
    expect(
      greatestDifference(
        toInterleaved(image).filter((_, index) => index % 3 === 0),
        expected,
      ),
    ).toBeLessThan(1.5);
  });

  test('stretches to both sides on request and cuts nothing off', async () => {
    const bytes = await encodeImage(gradient(100, 20), 'png');
    const image = await readImage(bytes, { size: { width: 20, height: 20 } });
    expect(colourAt(image, 0, 0)[0]).toBeLessThan(15);
    expect(colourAt(image, 0.99, 0)[0]).toBeGreaterThan(240);
  });

  test('keeps colours under partial transparency and makes empty pictures white', async () => {
    const half = await plain(4, 4, { r: 100, g: 0, b: 200, alpha: 0.5 }).png().toBuffer();
    const image = await readImage(half);
    expect(colourAt(image, 0.5, 0.5)).toEqual([100, 0, 200]);
    expect(image.alpha).toEqual(new Float32Array(16).fill(128 / 255));
    const clear = await plain(4, 4, { r: 0, g: 0, b: 0, alpha: 0 }).png().toBuffer();
    const enlarged = await readImage(clear, { shortSide: 9 });
    expect(corners(enlarged)).toEqual([white, white, white, white]);
    expect(enlarged.alpha).toEqual(new Float32Array(81));
  });

  test('weights colours by alpha when resizing, so that invisible pixels add none', async () => {
    const bytes = Uint8Array.from({ length: 4 * 64 * 64 }, (_, i) => {
      const clear = Math.floor(i / 4) % 64 > 31;
      return [clear ? 0 : 200, clear ? 255 : 100, clear ? 0 : 50, clear ? 0 : 255][i % 4] ?? 0;
    });
    const file = await sharp(bytes, { raw: { width: 64, height: 64, channels: 4 } })
      .png()
      .toBuffer();
    for (const shortSide of [9, 24, 100]) {
      const image = await readImage(file, { shortSide });
      expect(image.alpha?.some((value) => value > 0 && value < 1)).toBe(true);
      const least = image.data.subarray(0, image.data.length / 3).reduce((a, b) => Math.min(a, b));
      expect(255 * least).toBeGreaterThan(199);
      // Sharpened along the edge by Lanczos, but of one hue.
      const hues = corners(image).map(([r = 0, g = 0, b = 0]) => [r / g, r / b]);
      expect(
        greatestDifference(
          hues.flat(),
          hues.flatMap(() => [2, 4]),
        ),
      ).toBeLessThan(0.1);
    }
  });

  test('leaves out an alpha that is opaque everywhere', async () => {
    const opaque = await plain(4, 4, { r: 1, g: 2, b: 3, alpha: 1 }).png().toBuffer();
    expect(await readImage(opaque)).toEqual(
      fromInterleaved(
        new Uint8Array(48).map((_, i) => (i % 3) + 1),
        4,
        4,
      ),
    );
    expect((await readPicture(opaque)).source.hasAlpha).toBe(true);
  });

  test('gives greyscale three equal channels', async () => {
    for (const space of ['b-w', 'grey16']) {
      const bytes = await plain(4, 2, '#646464').toColourspace(space).png().toBuffer();
      expect(await sharp(bytes).metadata()).toMatchObject({ channels: 1 });
      expect(colourAt(await readImage(bytes), 0, 0)).toEqual([100, 100, 100]);
    }
    const half = { r: 70, g: 70, b: 70, alpha: 0.5 };
    const alpha = await plain(4, 2, half).toColourspace('b-w').png().toBuffer();
    expect(await sharp(alpha).metadata()).toMatchObject({ channels: 2 });
    const image = await readImage(alpha);
    expect(colourAt(image, 0, 0)).toEqual([70, 70, 70]);
    expect(image.alpha).toEqual(new Float32Array(8).fill(128 / 255));
  });

  test('converts 16 bits, CMYK and embedded profiles to sRGB', async () => {
    const colour = { r: 100, g: 150, b: 200 };
    const files = {
      rgb16: await plain(8, 8, colour).toColourspace('rgb16').png().toBuffer(),
      cmyk: await plain(8, 8, colour).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer(),
      p3: await plain(8, 8, colour).withIccProfile('p3').png().toBuffer(),
    };
    const stored = await sharp(files.p3, { ignoreIcc: true }).raw().toBuffer();
    expect(greatestDifference(stored.subarray(0, 3), [100, 150, 200])).toBeGreaterThan(5);
    // sharp makes 16 bits of 8 by shifting.
    const deep = await readImage(files.rgb16);
    expect([deep.data[0], deep.data[64], deep.data[128]]).toEqual(
      [100, 150, 200].map((value) => Math.fround((256 * value) / 65_535)),
    );
    expect(greatestDifference(colourAt(await readImage(files.cmyk), 0, 0), [100, 150, 200])).toBeLessThan(12);
    expect(
      greatestDifference(colourAt(await readImage(files.p3), 0, 0), [100, 150, 200]),
    ).toBeLessThanOrEqual(2);
  });

  test('takes the first frame of an animation', async () => {
    const frames = await Promise.all(
      ['#ff0000', '#00ff00'].map((colour) => plain(4, 4, colour).png().toBuffer()),
    );
    const bytes = await sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer();
    expect(await sharp(bytes).metadata()).toMatchObject({ pages: 2 });
    const image = await readImage(bytes);
    expect(image).toMatchObject({ width: 4, height: 4 });
    expect(colourAt(image, 0, 0)).toEqual(red);
  });

  test('sees that a file has changed', async () => {
    const path = join(folder, 'a.png');
    await plain(4, 4, '#ff0000').png().toFile(path);
    expect(colourAt(await readImage(path), 0, 0)).toEqual(red);
    await plain(4, 4, '#0000ff').png().toFile(path);
    expect(colourAt(await readImage(path), 0, 0)).toEqual(blue);
  });

  test('names a missing file and a folder', async () => {
    const path = join(folder, 'none.jpg');
    const missing = new ImageError(`expected a picture file for ${path} but received no such file`);
    await expect(readImage(path)).rejects.toThrow(missing);
    await expect(readImage(folder)).rejects.toThrow(
      `expected a picture file for ${folder} but received a folder`,
    );
  });

  test('names a file that is not a picture', async () => {
    const path = join(folder, 'a.jpg');
    await writeFile(path, 'Only text.');
    const expected = `expected a whole picture file for ${path} but received a file of another kind`;
    await expect(readImage(path)).rejects.toThrow(new ImageError(expected));
    const bytes = new TextEncoder().encode('Only text.');
    await expect(readImage(bytes)).rejects.toThrow('for picture but received');
    await expect(readImage(bytes, { name: 'upload 3' })).rejects.toThrow('for upload 3 but received');
  });

  test.each(['jpeg', 'png', 'webp', 'avif', 'tiff', 'gif'] as const)(
    'refuses a truncated %s',
    async (format) => {
      const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
      const create = { width: 64, height: 64, channels: 3, background: '#000000', noise } as const;
      const bytes = await sharp({ create }).toFormat(format).toBuffer();
      await expect(readImage(bytes)).resolves.toMatchObject({ width: 64 });
      for (const share of [0.3, 0.6, 0.9]) {
        const cut = readImage(bytes.subarray(0, bytes.length * share), { name: 'cut' });
        await expect(cut, `${share}`).rejects.toThrow(ImageError);
        await expect(cut).rejects.toThrow(/^expected a whole picture file for cut but received a .*$/);
      }
    },
  );

  test('tolerates faults inside a JPEG and reports them', async () => {
    const bytes = Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => i % 251);
    const file = await sharp(bytes, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer();
    const data = file.indexOf(Buffer.from([0xff, 0xda]));
    const broken = Buffer.from(file);
    // The marker for the end of the picture, placed in its middle.
    broken.set([0xff, 0xd9], data + 300);
    expect((await readPicture(broken, { name: 'a.jpg' })).source.warnings).toEqual([
      'a.jpg has faults: parts of it may be grey or wrong; fetch or export it again',
    ]);
    // Bytes between two segments, as some cameras leave them, are harmless.
    const odd = Buffer.concat([file.subarray(0, data), Buffer.from([1, 2, 3]), file.subarray(data)]);
    const { image, source } = await readPicture(odd);
    expect(source.warnings).toEqual([]);
    expect(toInterleaved(image)).toEqual(toInterleaved(await readImage(file)));
    const lines: string[] = [];
    await readImage(broken, { onWarning: (line) => lines.push(line) });
    expect(lines).toEqual([expect.stringMatching(/^picture has faults: /)]);
    // The same without a listener for warnings.
    await expect(readImage(broken)).resolves.toMatchObject({ width: 64 });
    await expect(readPicture(file.subarray(0, data + 14))).rejects.toThrow(ImageError);
  });

  test('refuses an impossible size', async () => {
    const bytes = await plain(4, 4, '#ff0000').png().toBuffer();
    await expect(readImage(bytes, { shortSide: 0 })).rejects.toThrow(SettingError);
  });
});

describe('writeImage', () => {
  const image = gradient(32, 24);

  test.each([
    ['a.png', 'png', 0.002],
    ['a.jpg', 'jpeg', 0.03],
    ['a.JPEG', 'jpeg', 0.03],
    ['a.webp', 'webp', 0.06],
    ['a.avif', 'heif', 0.06],
    ['a.tif', 'tiff', 0.002],
    ['a.TIFF', 'tiff', 0.002],
  ])('%s is a %s that reads back', async (name, format, tolerance) => {
    const path = join(folder, name);
    await writeImage(image, path);
    expect(await sharp(await readFile(path)).metadata()).toMatchObject({
      format,
      width: 32,
      height: 24,
      channels: 3,
    });
    const read = await readImage(path);
    expect(read).toMatchObject({ width: 32, height: 24 });
    expect(greatestDifference(read.data, image.data)).toBeLessThan(tolerance);
    expect(await readdir(folder)).toEqual([name]);
  });

  test('creates missing folders', async () => {
    const path = join(folder, 'new', 'deep', 'a.png');
    await writeImage(image, path);
    expect(await readdir(join(folder, 'new', 'deep'))).toEqual(['a.png']);
  });

  test('passes the quality on', async () => {
    await writeImage(image, join(folder, 'a.jpg'), { quality: 10 });
    await writeImage(image, join(folder, 'b.jpg'));
    const [low, high] = await Promise.all(['a.jpg', 'b.jpg'].map((name) => readFile(join(folder, name))));
    expect(low?.length).toBeLessThan(high?.length ?? 0);
  });

  test.each([
    ['a.bmp', '.bmp'],
    ['a', 'none'],
    ['.png', 'none'],
  ])('refuses the ending of %s and writes nothing', async (name, ending) => {
    const path = join(folder, name);
    const expected = `expected the ending .png, .jpg, .webp, .avif or .tif for ${path} but received ${ending}`;
    await expect(writeImage(image, path)).rejects.toThrow(new ImageError(expected));
    expect(await readdir(folder)).toEqual([]);
  });

  test('leaves no file and no partial file behind a failure', async () => {
    const taken = join(folder, 'taken.png');
    await mkdir(taken);
    const expected = `expected a place to write for ${taken} but received a folder`;
    await expect(writeImage(image, taken)).rejects.toThrow(new ImageError(expected));
    const wrong = { width: 5, height: 5, data: new Float32Array(3) };
    await expect(writeImage(wrong, join(folder, 'wrong.png'))).rejects.toThrow(ImageError);
    expect(await readdir(folder)).toEqual(['taken.png']);
    await writeFile(join(folder, 'file'), '');
    const below = writeImage(image, join(folder, 'file', 'a.png'));
    await expect(below).rejects.toThrow('but received a path through a file that is no folder');
  });
});

describe('encodeImage', () => {
  test('keeps full chroma in JPEG and AVIF', async () => {
    for (const format of ['jpeg', 'avif'] as const) {
      const { chromaSubsampling = '4:4:4' } = await sharp(
        await encodeImage(gradient(16, 16), format),
      ).metadata();
      expect(chromaSubsampling).toBe('4:4:4');
    }
  });

  test('has JPEG quality 92 by default', async () => {
    const image = gradient(64, 64);
    expect(await encodeImage(image, 'jpeg')).toEqual(await encodeImage(image, 'jpeg', { quality: 92 }));
  });

  test('keeps PNG lossless at any quality', async () => {
    const bytes = Uint8Array.from({ length: 3 * 64 * 64 }, (_, index) => (index * 7919) % 251);
    const image = fromInterleaved(bytes, 64, 64);
    expect(toInterleaved(await readImage(await encodeImage(image, 'png', { quality: 1 })))).toEqual(bytes);
  });

  test.each([0, 101, 50.5, Number.NaN])('refuses quality %d', async (quality) => {
    const expected = `expected a whole number from 1 to 100 for quality but received ${quality}`;
    await expect(encodeImage(gradient(4, 4), 'jpeg', { quality })).rejects.toThrow(
      new SettingError(expected),
    );
  });

  test('names the format that cannot hold a picture', async () => {
    const format: ImageFormat = 'webp';
    const wide = gradient(16_384, 1);
    await expect(encodeImage(wide, format)).rejects.toThrow(ImageError);
    await expect(encodeImage(wide, format)).rejects.toThrow(
      /^expected a picture that webp can hold for the output but received 16384×1 pixels: .*$/,
    );
  });
});

describe('resizeImage', () => {
  test('is more precise than 8 bits', async () => {
    const flat = { width: 8, height: 8, data: new Float32Array(192).fill(0.12345) };
    const { data } = await resizeImage(flat, { shortSide: 5 });
    expect(greatestDifference(data, new Float32Array(75).fill(0.12345))).toBeLessThan(5e-4);
  });

  test('refuses a size that does not fit into memory', async () => {
    const image = gradient(8, 4);
    await expect(resizeImage(image, { shortSide: 1e8 })).rejects.toThrow(
      /^expected a picture that fits into/,
    );
  });

  test('refuses an impossible limit', async () => {
    await expect(resizeImage(gradient(8, 4), { shortSide: 2, pixelLimit: -1 })).rejects.toThrow(
      new SettingError('expected a number of at least 1 for pixelLimit but received -1'),
    );
  });

  test('returns the picture itself if nothing changes', async () => {
    const image = gradient(8, 4);
    expect(await resizeImage(image, { shortSide: 4 })).toBe(image);
  });

  test('gives the same as reading at that size', async () => {
    const file = await encodeImage(gradient(60, 40), 'png');
    const read = await readImage(file, { shortSide: 13 });
    const resized = await resizeImage(await readImage(file), { shortSide: 13 });
    expect(resized).toMatchObject({ width: read.width, height: read.height });
    expect(greatestDifference(resized.data, read.data)).toBeLessThan(1.1 / 255);
  });

  test('carries alpha', async () => {
    const image = { ...gradient(8, 8), alpha: new Float32Array(64).fill(0.25) };
    const { alpha } = await resizeImage(image, { shortSide: 3 });
    expect(greatestDifference(alpha ?? [], new Float32Array(9).fill(0.25))).toBeLessThan(1e-3);
  });
});

test('depthFor keeps 16 bits if the format can', () => {
  expect((['png', 'tiff', 'jpeg', 'webp', 'avif'] as const).map((format) => depthFor(format, 16))).toEqual([
    16, 16, 8, 8, 8,
  ]);
  expect(depthFor('png', 8)).toBe(8);
});

test('formatOfPath uses the last ending in any case', () => {
  const paths = ['a.png', 'b.c/d.JPG', 'e.jpeg', '/f.g/h.TIF', 'i.tiff', 'j.webp', 'k.avif'];
  expect(paths.map(formatOfPath)).toEqual(['png', 'jpeg', 'jpeg', 'tiff', 'tiff', 'webp', 'avif']);
  expect(['a', '.png', 'a.png/b', 'a.gif', 'a.'].map(formatOfPath)).toEqual(
    Array.from({ length: 5 }, () => undefined),
  );
});

describe('listImages', () => {
  test('a file gives its own path', async () => {
    const path = join(folder, 'a.odd');
    await writeFile(path, '');
    expect(await listImages(path)).toEqual([path]);
  });

  test('a folder gives its pictures sorted by name', async () => {
    const names = ['B.JPG', 'a.jpeg', 'b10.png', 'b2.webp', 'c.avif', 'd.tif', 'e.tiff', 'f.gif'];
    const others = ['notes.txt', 'model.json', '._a.jpg', 'noending', 'jpg'];
    for (const name of [...names.toReversed(), ...others]) await writeFile(join(folder, name), '');
    await mkdir(join(folder, 'folder.jpg'));
    await symlink('a.jpeg', join(folder, 'z.jpg'));
    expect(await listImages(folder)).toEqual([...names, 'z.jpg'].map((name) => join(folder, name)));
  });

  test('a folder without pictures is an ImageError', async () => {
    await writeFile(join(folder, 'notes.txt'), '');
    const endings = '.jpg .jpeg .jfif .png .webp .avif .tif .tiff .gif .heic .heif';
    const expected = `expected pictures (${endings}) for the folder but received none (${folder})`;
    await expect(listImages(folder)).rejects.toThrow(new ImageError(expected));
  });

  test('a missing path is an ImageError', async () => {
    const path = join(folder, 'none');
    const expected = `expected a picture file for ${path} but received no such file`;
    await expect(listImages(path)).rejects.toThrow(new ImageError(expected));
  });
});
