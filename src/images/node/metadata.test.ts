import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodeImage } from './encode.ts';
import type { RgbImage } from '../image.ts';
import { metadataFor } from './metadata.ts';

/** A directory entry of TIFF: tag, type (2 text, 3 short, 4 long), count, value or offset. */
type Entry = readonly [number, number, number, number];

const THUMBNAIL = 'THUMBNAIL OF THE OLD PICTURE';

/**
 * EXIF as cameras write it: a main directory that contains one for exposure, followed by one of a thumbnail.
 */
function exif(little: boolean): Uint8Array {
  const bytes = new Uint8Array(256);
  const view = new DataView(bytes.buffer);
  const directory = (at: number, entries: readonly Entry[], next: number): void => {
    view.setUint16(at, entries.length, little);
    entries.forEach(([tag, type, count, value], i) => {
      const entry = at + 2 + 12 * i;
      view.setUint16(entry, tag, little);
      view.setUint16(entry + 2, type, little);
      view.setUint32(entry + 4, count, little);
      if (type === 3) view.setUint16(entry + 8, value, little);
      else view.setUint32(entry + 8, value, little);
    });
    view.setUint32(at + 2 + 12 * entries.length, next, little);
  };
  bytes.set(new TextEncoder().encode(little ? 'II' : 'MM'));
  view.setUint16(2, 42, little);
  view.setUint32(4, 8, little);
  const make: Entry = [0x010f, 2, 5, 200];
  directory(8, [make, [0x0112, 3, 1, 6], [0x8769, 4, 1, 64]], 110);
  directory(
    64,
    [
      [0xa001, 3, 1, 0xffff],
      [0xa002, 4, 1, 4000],
      [0xa003, 3, 1, 3000],
    ],
    0,
  );
  directory(
    110,
    [
      [0x0103, 3, 1, 6],
      [0x0201, 4, 1, 210],
      [0x0202, 4, 1, THUMBNAIL.length],
    ],
    0,
  );
  bytes.set(new TextEncoder().encode('Acme\0'), 200);
  bytes.set(new TextEncoder().encode(THUMBNAIL), 210);
  return bytes;
}

/** The numbers of a directory by tag, and the offset of the next directory. */
function numbersAt(
  bytes: Uint8Array,
  at: number,
  little: boolean,
): { tags: Map<number, number>; next: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint16(at, little);
  const tags = new Map<number, number>();
  for (let i = 0; i < count; i++) {
    const entry = at + 2 + 12 * i;
    const isShort = view.getUint16(entry + 2, little) === 3;
    const value = isShort ? view.getUint16(entry + 8, little) : view.getUint32(entry + 8, little);
    tags.set(view.getUint16(entry, little), value);
  }
  return { tags, next: view.getUint32(at + 2 + 12 * count, little) };
}

const size = { width: 12, height: 70_000 };

describe('metadataFor', () => {
  it.each([true, false])('corrects EXIF, little-endian: %s', (little) => {
    const before = exif(little);
    const { exif: after = new Uint8Array() } = metadataFor({ exif: before }, size);
    expect(before).toEqual(exif(little));
    const main = numbersAt(after, 8, little);
    expect(main.tags.get(0x0112)).toBe(1);
    expect(main.next).toBe(0);
    const exposure = numbersAt(after, 64, little);
    expect(Object.fromEntries(exposure.tags)).toEqual({ 40961: 1, 40962: 12, 40963: 0xffff });
  });

  it('takes EXIF with its prefix and inside of other bytes', () => {
    const text = new TextEncoder().encode('Exif\0\0');
    const prefixed = new Uint8Array([1, 2, 3, ...text, ...exif(true)]).subarray(3);
    expect(metadataFor({ exif: prefixed }, size)).toEqual(metadataFor({ exif: exif(true) }, size));
    expect(metadataFor({ exif: Buffer.from(prefixed) }, size)).toEqual(
      metadataFor({ exif: exif(true) }, size),
    );
  });

  it('leaves out EXIF that it cannot understand', () => {
    const whole = exif(true);
    expect(metadataFor({ exif: new Uint8Array() }, size)).toEqual({});
    expect(metadataFor({ exif: whole.subarray(0, 20) }, size)).toEqual({});
    expect(metadataFor({ exif: whole.with(0, 0) }, size)).toEqual({});
    for (let length = 0; length < whole.length; length++)
      metadataFor({ exif: whole.subarray(0, length) }, size);
  });

  it.each([
    ['<a tiff:Orientation="8" b="1"/>', '<a tiff:Orientation="1" b="1"/>'],
    ["<a tiff:Orientation = '3'/>", "<a tiff:Orientation = '1'/>"],
    ['<tiff:Orientation>6</tiff:Orientation>', '<tiff:Orientation>1</tiff:Orientation>'],
    [
      '<a tiff:ImageWidth="9999" exif:PixelYDimension="8" exif:ColorSpace="65535"/>',
      `<a tiff:ImageWidth="${size.width}" exif:PixelYDimension="${size.height}" exif:ColorSpace="1"/>`,
    ],
    ['<x/><xmp:Thumbnails>\n<i>/9j/4</i>\n</xmp:Thumbnails><y/>', '<x/><y/>'],
    ['<a other:Orientation="6"/>Grüße', '<a other:Orientation="6"/>Grüße'],
  ])('corrects XMP %j', (before, after) => {
    const { xmp } = metadataFor({ xmp: new TextEncoder().encode(before) }, size);
    expect(new TextDecoder().decode(xmp)).toBe(after);
  });
});

describe('a written picture', () => {
  const image: RgbImage = { width: 5, height: 4, data: new Float32Array(60).fill(0.5) };

  it.each(['jpeg', 'png', 'webp', 'avif'] as const)('%s has EXIF without the thumbnail', async (format) => {
    const file = Buffer.from(await encodeImage(image, format, { metadata: { exif: exif(true) } }));
    expect(file.includes('Acme')).toBe(true);
    expect(file.includes(THUMBNAIL)).toBe(false);
    const { exif: written = Buffer.alloc(0) } = await sharp(file).metadata();
    const start = written.toString('latin1', 0, 4) === 'Exif' ? 6 : 0;
    const main = numbersAt(written.subarray(start), 8, true);
    expect(main.tags.get(0x0112)).toBe(1);
    const exposure = numbersAt(written.subarray(start), main.tags.get(0x8769) ?? 0, true);
    expect([exposure.tags.get(0xa002), exposure.tags.get(0xa003)]).toEqual([5, 4]);
  });

  it('keeps its density', async () => {
    for (const format of ['jpeg', 'png'] as const) {
      const file = await encodeImage(image, format, { metadata: { exif: exif(true), density: 300 } });
      expect((await sharp(file).metadata()).density).toBe(300);
    }
  });

  it.each(['jpeg', 'png', 'webp', 'avif', 'tiff'] as const)(
    '%s is written whatever its metadata',
    async (format) => {
      const long = new TextEncoder().encode(`<x>${'long '.repeat(40_000)}</x>`);
      const big = new Uint8Array(100_000);
      big.set(exif(true));
      for (const metadata of [{ xmp: long }, { exif: big }, { exif: new Uint8Array(9) }, { density: 1e12 }]) {
        const file = await encodeImage(image, format, { metadata });
        expect(await sharp(file).metadata()).toMatchObject({ width: 5, height: 4 });
      }
    },
  );
});
