import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { expectSame } from '../../../test/helpers/equality.ts';
import { encodedAs, sharpFormats, sharpOf } from '../../../test/helpers/pictures.ts';
import { SettingError } from '../../errors.ts';
import { type Bands, bandsOf, openBands, type OpenBandsOptions } from './band-reader.ts';
import { bytesOnDisk, decodeToFile } from './decode.ts';
import { openDecodable } from './heic.ts';
import { inspectFile } from './inspect.ts';
import { limitsOf } from './limits.ts';
import { cropImage, type RgbImage } from '../image.ts';
import { readPicture } from './image-file.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-bands-'));
  vi.stubEnv('TMPDIR', folder);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  // Only files that a test itself has made may be left.
  const left = (await readdir(folder)).filter((name) => name.startsWith('wasserfarbe-'));
  await rm(folder, { recursive: true });
  expect(left).toEqual([]);
});

/** A picture of few colours with soft and hard edges; with four channels, a third of it is transparent. */
function drawn(width: number, height: number, channels: 3 | 4, deep = false): Uint8Array | Uint16Array {
  const samples = deep
    ? new Uint16Array(channels * width * height)
    : new Uint8Array(channels * width * height);
  const white = deep ? 65_535 : 255;
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    const alpha = Math.min(1, Math.max(0, 1.5 - Math.hypot(x - width / 2, y - height / 3) / (width / 3)));
    const values = [0.5 + 0.5 * Math.sin(x / 5), 0.5 + 0.5 * Math.cos(y / 7), (x * y) % 2, alpha];
    samples.set(
      values.slice(0, channels).map((value) => Math.round(white * value)),
      channels * i,
    );
  }
  return samples;
}

async function assembled(bands: Bands, rows: number): Promise<RgbImage> {
  const { width, height, hasAlpha } = bands;
  const data = new Float32Array(3 * width * height);
  const alpha = new Float32Array(width * height);
  for (let top = 0; top < height; top += rows) {
    const band = await bands.read(top, Math.min(rows, height - top));
    expect(band.width).toBe(width);
    for (let c = 0; c < 3; c++) {
      const plane = band.data.subarray(c * width * band.height, (c + 1) * width * band.height);
      data.set(plane, (c * height + top) * width);
    }
    expect(band.alpha !== undefined).toBe(hasAlpha);
    if (band.alpha !== undefined) alpha.set(band.alpha, top * width);
  }
  return hasAlpha ? { width, height, data, alpha } : { width, height, data };
}

/** Expects bands of all heights to equal the picture that `readPicture` gives. */
async function agrees(file: Uint8Array, options: OpenBandsOptions = {}): Promise<void> {
  const { image, source } = await readPicture(file, options);
  const bands = await openBands(file, options);
  expect(bands.source).toEqual(source);
  for (const rows of [1, 5, 8, 13, image.height]) expectSame(await assembled(bands, rows), image);
  await bands.close();
}

describe('openBands gives the same as readPicture', () => {
  it.each(sharpFormats)('of %s', async (format) => {
    await agrees(await encodedAs(sharpOf(drawn(37, 29, 3), 37, 29), format));
  });

  it.each(['png', 'webp', 'avif', 'tiff', 'gif'] as const)('of transparent %s', async (format) => {
    await agrees(await encodedAs(sharpOf(drawn(37, 29, 4), 37, 29), format));
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('of orientation %i, in all depths and sizes', async (orientation) => {
    for (const channels of [3, 4] as const) {
      for (const deep of [false, true]) {
        const picture = sharpOf(drawn(37, 29, channels, deep), 37, 29).withMetadata({ orientation });
        const file = await encodedAs(picture, 'tiff');
        await agrees(file);
        await agrees(file, { shortSide: 11 });
        await agrees(file, { size: { width: 40, height: 50 } });
      }
    }
  });

  it('of photographs that are turned and reduced', async () => {
    for (const orientation of [1, 6]) {
      const file = await sharpOf(drawn(300, 200, 3), 300, 200)
        .withMetadata({ orientation })
        .jpeg()
        .toBuffer();
      await agrees(file, { longSide: 70 });
    }
  });

  it('of files with profiles and 10 bits', async () => {
    await agrees(
      await sharpOf(drawn(37, 29, 3), 37, 29)
        .withIccProfile('p3')
        .png()
        .toBuffer(),
    );
    const deep = sharpOf(drawn(37, 29, 3, true), 37, 29).withIccProfile('p3');
    await agrees(await deep.clone().tiff().toBuffer());
    await agrees(await deep.avif({ bitdepth: 10 }).toBuffer());
  });

  it('of a single pixel', async () => {
    await agrees(await encodedAs(sharpOf(drawn(1, 1, 3), 1, 1), 'png'));
    await agrees(await encodedAs(sharpOf(new Uint8Array([1, 2, 3, 0]), 1, 1), 'png'));
  });

  it('of a JPEG that ends early, warning included', async () => {
    const file = await sharpOf(drawn(64, 64, 3), 64, 64)
      .jpeg({ quality: 100 })
      .toBuffer();
    const cut = file.subarray(0, file.length * 0.7);
    await agrees(cut);
    const bands = await openBands(cut, { name: 'photo.jpg' });
    expect(bands.source.warnings).toEqual([
      expect.stringMatching(/^photo\.jpg ends before its picture does: /),
    ]);
    await bands.close();
  });
});

describe('openBands', () => {
  it('reads rows in any order and repeatedly', async () => {
    const file = await encodedAs(sharpOf(drawn(20, 30, 4), 20, 30), 'png');
    const { image } = await readPicture(file);
    const bands = await openBands(file);
    const read = await Promise.all(
      [
        [25, 5],
        [0, 30],
        [7, 2],
        [7, 2],
      ].map(async ([top = 0, rows = 0]) => ({ top, band: await bands.read(top, rows) })),
    );
    for (const { top, band } of read) {
      expect(band).toEqual(cropImage(image, { left: 0, top, width: 20, height: band.height }));
    }
    await bands.close();
  });

  it('reports no alpha if nothing is transparent after all', async () => {
    const opaque = drawn(9, 9, 4).map((value, i) => (i % 4 === 3 ? 255 : value));
    const bands = await openBands(await encodedAs(sharpOf(opaque, 9, 9), 'png'));
    expect(bands.hasAlpha).toBe(false);
    expect(bands.source.hasAlpha).toBe(true);
    expect(await bands.read(0, 9)).not.toHaveProperty('alpha');
    await bands.close();
  });

  it('refuses rows outside of the picture, and a closed picture', async () => {
    const bands = await openBands(await encodedAs(sharpOf(drawn(9, 9, 3), 9, 9), 'png'));
    for (const [top, rows] of [
      [-1, 2],
      [0, 0],
      [5, 5],
      [0.5, 1],
      [0, Number.NaN],
    ] as const) {
      const expected = `expected rows from 0 to 9 for a band but received ${rows} from ${top}`;
      await expect(bands.read(top, rows)).rejects.toThrow(new SettingError(expected));
    }
    await bands.close();
    await bands.close();
    await expect(bands.read(0, 1)).rejects.toThrow(SettingError);
  });

  it('leaves no file with a name behind while it is open', async () => {
    const file = await encodedAs(sharpOf(drawn(9, 9, 4), 9, 9), 'png');
    const bands = await openBands(file, { temporaryFolder: folder, shortSide: 5 });
    if (process.platform !== 'win32') expect(await readdir(folder)).toEqual([]);
    await bands.close();
  });

  it('reports missing space for temporary files', async () => {
    const file = await encodedAs(sharpOf(drawn(9, 9, 4), 9, 9), 'png');
    const missing = join(folder, 'none');
    await expect(openBands(file, { temporaryFolder: missing })).rejects.toThrow(
      `expected a place for temporary files for ${missing} but received no such file`,
    );
  });

  it('counts all that it writes before it begins', async () => {
    const file = await encodedAs(sharpOf(drawn(200, 100, 4), 200, 100), 'png');
    for (const [shortSide, bytes] of [
      [100, 200 * 100 * 4],
      [50, 200 * 100 * 4 + 100 * 50 * 8],
    ] as const) {
      const opened = await openDecodable(file, 'drawn.png', limitsOf({}));
      const inspected = { file: opened, ...(await inspectFile(opened, {})) };
      const size = { width: 2 * shortSide, height: shortSide };
      expect(bytesOnDisk(inspected, size)).toBe(bytes);
      const paths = [join(folder, 'a.v'), join(folder, 'a.tif')] as const;
      await decodeToFile(inspected, size, ...paths, {});
      const found = await Promise.all(paths.map((path) => stat(path).catch(() => ({ size: 0 }))));
      const written = found.reduce((sum, { size }) => sum + size, 0);
      expect(written).toBeGreaterThanOrEqual(bytes);
      expect(written).toBeLessThan(bytes + 10_000);
      await opened.close();
      await Promise.all(paths.map((path) => rm(path, { force: true })));
    }
  });

  it('decodes large files in place, also if they have changed or have odd names', async () => {
    const path = join(folder, 'big.tif[page=2]');
    const write = async (background: string): Promise<void> => {
      const create = { width: 5000, height: 4500, channels: 3, background } as const;
      await writeFile(path, await sharp({ create }).tiff({ compression: 'none' }).toBuffer());
    };
    for (const [background, expected] of [
      ['#ff0000', [1, 0]],
      ['#00ff00', [0, 1]],
    ] as const) {
      await write(background);
      expect((await stat(path)).size).toBeGreaterThan(64 * 2 ** 20);
      const bands = await openBands(path);
      const { data } = await bands.read(4499, 1);
      expect([data[0], data[5000]]).toEqual(expected);
      await bands.close();
      const { image } = await readPicture(path, { shortSide: 45 });
      expect([image.data[0], image.data[50 * 45]]).toEqual(expected);
    }
    expect(await readdir(folder)).toEqual(['big.tif[page=2]']);
  });
});

it('bandsOf gives rows of a picture in memory', async () => {
  const image: RgbImage = {
    ...{ width: 2, height: 3, data: Float32Array.from({ length: 18 }, (_, i) => i) },
    alpha: new Float32Array(6).fill(0.5),
  };
  const bands = bandsOf(image);
  expect(bands).toMatchObject({ width: 2, height: 3, hasAlpha: true });
  expect(await bands.read(1, 2)).toEqual(cropImage(image, { left: 0, top: 1, width: 2, height: 2 }));
  await expect(bands.read(2, 2)).rejects.toThrow(SettingError);
});
