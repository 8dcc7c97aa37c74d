/** Malicious or unsuitable files: one clear line for each, bounded memory and time, nothing left over. */

import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { encodedAs, quarters, sharpOf } from '../../../test/helpers/pictures.ts';
import { ImageError } from '../../errors.ts';
import { openBands } from './band-reader.ts';
import { inspectImage, readImage } from './image-file.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-hostile-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Expects every way of reading to refuse soon, with one line. */
async function refused(input: string | Uint8Array, expected: string | RegExp): Promise<void> {
  const started = performance.now();
  for (const read of [readImage, inspectImage, openBands]) {
    const error: unknown = await read(input).then(
      () => 'no error',
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ImageError);
    const message = error instanceof Error ? error.message : '';
    expect(message).not.toContain('\n');
    if (typeof expected === 'string') expect(message).toBe(expected);
    else expect(message).toMatch(expected);
  }
  expect(performance.now() - started).toBeLessThan(10_000);
}

describe('files that are not regular', () => {
  test('a folder', async () => {
    await refused(folder, `expected a picture file for ${folder} but received a folder`);
  });

  test('a missing file', async () => {
    const path = join(folder, 'none.png');
    await refused(path, `expected a picture file for ${path} but received no such file`);
  });

  test('a link to itself, and two to each other', async () => {
    const [self, a, b] = ['self.png', 'a.png', 'b.png'].map((name) => join(folder, name));
    if (self === undefined || a === undefined || b === undefined) return;
    await symlink(self, self);
    await symlink(a, b);
    await symlink(b, a);
    for (const path of [self, a]) {
      await refused(path, `expected a picture file for ${path} but received links that lead in a circle`);
    }
  });

  test('a dangling link', async () => {
    const path = join(folder, 'a.png');
    await symlink(join(folder, 'gone.png'), path);
    await refused(path, `expected a picture file for ${path} but received no such file`);
  });

  test('a link to a picture is a picture', async () => {
    await writeFile(join(folder, 'a.png'), await encodedAs(sharpOf(quarters(4, 4), 4, 4), 'png'));
    await symlink('a.png', join(folder, 'b.png'));
    await expect(readImage(join(folder, 'b.png'))).resolves.toMatchObject({ width: 4 });
  });

  test.skipIf(process.platform === 'win32')('devices that never end, or are empty', async () => {
    for (const path of ['/dev/zero', '/dev/urandom', '/dev/null', '/dev/tty']) {
      await refused(path, `expected a picture file for ${path} but received a device`);
    }
  });

  test.skipIf(process.platform === 'win32')('a pipe without a writer', async () => {
    const path = join(folder, 'pipe.jpg');
    execFileSync('mkfifo', [path]);
    await refused(path, `expected a picture file for ${path} but received a named pipe`);
  });

  test.skipIf(process.platform === 'win32')('a socket', async () => {
    const path = join(folder, 's.jpg');
    const server = createServer().listen(path);
    await new Promise((resolve) => server.once('listening', resolve));
    await refused(path, `expected a picture file for ${path} but received a socket`);
    await new Promise((resolve) => server.close(resolve));
  });

  test('impossible paths', async () => {
    const long = join(folder, 'x'.repeat(5000));
    await refused(
      long,
      `expected a picture file for ${long.slice(0, 79)}… but received a path that is too long`,
    );
    const zero = `${folder}/a\0b.png`;
    const shown = zero.replace('\0', '\\x00');
    await refused(zero, `expected a picture file for ${shown} but received a path with a zero byte in it`);
    await refused('', 'expected a picture file for  but received no such file');
  });
});

describe('files that are not pictures', () => {
  test('an empty file, and no bytes', async () => {
    const path = join(folder, 'a.png');
    await writeFile(path, '');
    await refused(path, `expected a picture file for ${path} but received an empty file`);
    await refused(new Uint8Array(), 'expected a picture file for picture but received an empty file');
  });

  test('zeros, and text', async () => {
    const expected = 'expected a whole picture file for picture but received a file of another kind';
    for (const bytes of [new Uint8Array(1), new Uint8Array(1e6), Buffer.from('text'.repeat(1e5))]) {
      await refused(bytes, expected);
    }
  });

  test('a file larger than allowed, without reading it', async () => {
    const path = join(folder, 'a.png');
    const file = await open(path, 'w');
    await file.truncate(5 * 2 ** 30);
    await file.close();
    const expected = 'expected a picture file of at most 4.3 GB';
    await refused(path, `${expected} for ${path} but received 5.4 GB; raise limitBytes if you trust it`);
    const small = await encodedAs(sharpOf(quarters(4, 4), 4, 4), 'png');
    await expect(readImage(small, { limitBytes: 10 })).rejects.toThrow(ImageError);
  });

  test('a large file of zeros', async () => {
    const path = join(folder, 'a.png');
    const file = await open(path, 'w');
    await file.truncate(3 * 2 ** 30);
    await file.close();
    await refused(path, /received a file of another kind$/);
  });

  test('drawings and documents under any name', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4"><rect width="8" height="4"/></svg>';
    const path = join(folder, 'a.png');
    for (const text of [svg, `<?xml version="1.0"?>\n${svg}`, `<!-- ${'x'.repeat(500)} -->${svg}`]) {
      await writeFile(path, text);
      const advice = 'convert it to PNG first; only programs can ask for it, with allowSvg';
      const expected = `expected a whole picture file for ${path} but received an SVG drawing; ${advice}`;
      await refused(path, expected);
      await refused(Buffer.from(text), /received an SVG drawing/);
    }
    const pdf = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj');
    await refused(pdf, /received a PDF document; convert it to JPEG or PNG first$/);
    // libvips examines no more of a file than this either.
    await refused(Buffer.from(`<!-- ${'x'.repeat(9000)} -->${svg}`), /received a file of another kind$/);
  });

  test('draws a drawing on request', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="4"><rect width="4" height="4"/></svg>';
    const image = await readImage(Buffer.from(svg), { allowSvg: true });
    expect(image).toMatchObject({ width: 8, height: 4 });
    expect(image.alpha?.[7]).toBe(0);
    const huge = svg.replace('width="8" height="4"', 'width="30000" height="30000"');
    await expect(readImage(Buffer.from(huge), { allowSvg: true })).rejects.toThrow('30000×30000');
  });

  test('other loaders of libvips', async () => {
    await sharpOf(quarters(4, 4), 4, 4).toFile(join(folder, 'a.v'));
    await refused(join(folder, 'a.v'), /received a picture of libvips’ own format/);
    await refused(Buffer.from('P6 1 1 255\nabc'), /received a file of another kind/);
    await refused(Buffer.from('#?RADIANCE\n\n-Y 1 +X 1\n'), /received a Radiance HDR picture/);
  });

  test('a camera’s raw file, whose preview would be taken for the picture', async () => {
    const tiff = await sharpOf(quarters(8, 8), 8, 8).tiff({ compression: 'none' }).toBuffer();
    const first = tiff.readUInt32LE(4);
    for (const [tag, type, value] of [
      [254, 4, 1],
      [50_706, 1, 0x0401],
    ] as const) {
      const raw = Buffer.from(tiff);
      // Replaces the last entry.
      const entry = first + 2 + 12 * (raw.readUInt16LE(first) - 1);
      raw.writeUInt16LE(tag, entry);
      raw.writeUInt16LE(type, entry + 2);
      raw.writeUInt32LE(1, entry + 4);
      raw.writeUInt32LE(value, entry + 8);
      await refused(raw, /received a camera’s raw file, of which only a preview can be read/);
    }
  });

  test('samples without an agreed meaning', async () => {
    const float = await sharpOf(quarters(8, 8), 8, 8)
      .toColourspace('scrgb')
      .tiff({ compression: 'none' })
      .toBuffer();
    await refused(
      float,
      'expected 8 or 16 bits a channel for picture but received samples of type float; convert it to 16 bits first',
    );
  });
});

describe('bombs', () => {
  test.each([
    [30_000, 30_000],
    [1_000_000, 1_000],
    [2 ** 31 - 1, 2 ** 31 - 1],
  ])('a PNG of a few bytes that claims %i×%i pixels', async (width, height) => {
    await refused(
      png(width, height),
      /^expected a (picture of at most 536870912 pixels|whole picture file) for/,
    );
  });

  test('an AVIF that claims a size beyond libvips', async () => {
    const avif = await encodedAs(sharpOf(quarters(16, 16), 16, 16), 'avif');
    avif.writeUInt32BE(369_098_840, avif.indexOf('ispe') + 8);
    await refused(avif, /received a damaged one: 369098840 pixels a side$/);
  });

  test('a PNG that claims no pixels', async () => {
    await refused(png(0, 0), /^expected a whole picture file for picture but received a damaged one$/);
  });

  test('a GIF with a frame of 60000²', async () => {
    const gif = await encodedAs(sharpOf(quarters(4, 4), 4, 4), 'gif');
    const frame = gif.indexOf(Buffer.from([0x2c, 0, 0, 0, 0, 4, 0, 4, 0]));
    for (const at of [6, 8, frame + 5, frame + 7]) gif.writeUInt16LE(60_000, at);
    await refused(
      gif,
      /^expected a picture of at most 536870912 pixels for picture but received 60000×60000 = /,
    );
  });

  test('a JPEG that claims 65500² takes no memory', async () => {
    const jpeg = Buffer.from(await encodedAs(sharpOf(quarters(16, 16), 16, 16), 'jpeg'));
    const frame = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
    jpeg.writeUInt16BE(65_500, frame + 5);
    jpeg.writeUInt16BE(65_500, frame + 7);
    await refused(jpeg, /65500×65500 = 4290250000; raise limitPixels/);
  });

  test('missing pixels', async () => {
    // 400 million pixels are within the limit; the file must be refused before 5 GB are taken.
    const before = process.memoryUsage().rss;
    const claimed = png(20_000, 20_000);
    await expect(readImage(claimed)).rejects.toThrow(ImageError);
    await expect(openBands(claimed, { temporaryFolder: folder })).rejects.toThrow(ImageError);
    expect(process.memoryUsage().rss - before).toBeLessThan(600e6);
    expect(await readdir(folder)).toEqual([]);
  });

  test('limits can be set', async () => {
    const bytes = await encodedAs(sharpOf(quarters(10, 10), 10, 10), 'png');
    await expect(readImage(bytes, { limitPixels: 100 })).resolves.toMatchObject({ width: 10 });
    await expect(readImage(bytes, { limitPixels: 99 })).rejects.toThrow(
      'expected a picture of at most 99 pixels for picture but received 10×10 = 100; raise limitPixels if you trust it',
    );
  });

  test('a profile, a comment and metadata that decompress to megabytes', async () => {
    const bomb = deflateSync(Buffer.alloc(200e6));
    for (const [type, head] of [
      ['iCCP', 'x\0\0'],
      ['zTXt', 'x\0\0'],
      ['iTXt', 'x\0\x01\0\0\0'],
    ] as const) {
      const before = process.memoryUsage().rss;
      const file = png(1, 1, [chunk(type, Buffer.concat([Buffer.from(head, 'latin1'), bomb]))]);
      await readImage(file).catch((error: unknown) => expect(error).toBeInstanceOf(ImageError));
      expect(process.memoryUsage().rss - before).toBeLessThan(700e6);
    }
  });

  test('a TIFF of a million pages, and one whose pages form a loop', async () => {
    const tiff = await sharpOf(quarters(8, 8), 8, 8).tiff({ compression: 'none' }).toBuffer();
    const first = tiff.readUInt32LE(4);
    const next = first + 2 + 12 * tiff.readUInt16LE(first);
    const loop = Buffer.from(tiff);
    loop.writeUInt32LE(first, next);
    const pages = Buffer.alloc(18 * 100_000);
    for (let i = 0; i < pages.length; i += 18) {
      pages.writeUInt16LE(1, i);
      pages.writeUInt16LE(256, i + 2);
      pages.writeUInt32LE(tiff.length + i + 18, i + 14);
    }
    const many = Buffer.concat([tiff, pages]);
    many.writeUInt32LE(tiff.length, next);
    for (const file of [loop, many]) {
      const started = performance.now();
      await readImage(file).catch((error: unknown) => expect(error).toBeInstanceOf(ImageError));
      expect(performance.now() - started).toBeLessThan(10_000);
    }
  });

  test('a picture that would not fit into memory', async () => {
    const available = vi.spyOn(process, 'availableMemory').mockReturnValue(1e6);
    const bytes = await sharp({ create: { width: 1000, height: 1000, channels: 3, background: '#fff' } })
      .png()
      .toBuffer();
    await expect(readImage(bytes, { name: 'a.png' })).rejects.toThrow(
      'expected a picture that fits into the 1 MB of free memory for a.png but received 1000×1000 pixels, which take 15 MB; read it at a smaller size, or in bands',
    );
    await expect(readImage(bytes, { shortSide: 100 })).resolves.toMatchObject({ width: 100 });
    const webp = await sharp(bytes).webp().toBuffer();
    await expect(openBands(webp, { name: 'a.webp' })).rejects.toThrow(
      'expected a picture that fits into the 1 MB of free memory for a.webp but received 1000×1000 pixels, which take 9 MB; convert it to TIFF or plain PNG first',
    );
    available.mockRestore();
  });
});

test('removes temporary files after failures', async () => {
  vi.stubEnv('TMPDIR', folder);
  await mkdir(join(folder, 'sub'));
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  const create = { width: 64, height: 64, channels: 4, background: '#00000080', noise } as const;
  const file = await sharp({ create }).png().toBuffer();
  const cut = file.subarray(0, file.length / 2);
  await expect(openBands(cut)).rejects.toThrow(ImageError);
  await expect(openBands(cut, { shortSide: 9 })).rejects.toThrow(ImageError);
  await expect(openBands(file, { limitPixels: 1 })).rejects.toThrow(ImageError);
  expect(await readdir(folder)).toEqual(['sub']);
});

/** A PNG with a header of that size, further chunks, and one row of pixels. */
function png(width: number, height: number, chunks: readonly Buffer[] = []): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const pixels = deflateSync(Buffer.alloc(1 + 3 * Math.min(width, 1e6)));
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...chunks,
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
