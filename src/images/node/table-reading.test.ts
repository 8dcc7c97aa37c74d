/** The table «Reading» of docs/pictures.md: every cell has a test here and states the tested behaviour. */

import sharp from 'sharp';
import { expect } from 'vitest';
import {
  everywhere,
  greatest,
  type Line,
  ramps,
  sides,
  testTable,
  yes,
} from '../../../test/helpers/picture-table.ts';
import { encodedAs, quarters, type SharpFormat, sharpOf } from '../../../test/helpers/pictures.ts';
import { ImageError } from '../../errors.ts';
import { type RgbImage, toInterleaved, toSamples } from '../image.ts';
import { readImage, readPicture } from './image-file.ts';

const corner = (image: RgbImage): number[] => [...toInterleaved(image).subarray(0, 3)];

const formats = ['jpeg', 'png', 'webp', 'avif', 'tiff', 'gif'] as const;

/** Tolerated differences of colours: none in lossless formats, a few levels in the others. */
const tolerance: Readonly<Record<SharpFormat, number>> = {
  jpeg: 4,
  png: 0,
  webp: 0,
  avif: 0,
  tiff: 0,
  gif: 24,
};

const reading: Readonly<Record<string, Line>> = {
  'RGB of 8 bits': everywhere(
    formats,
    yes(async (format) => {
      const bytes = ramps(64, 48, 3);
      const image = await readImage(await encodedAs(sharpOf(bytes, 64, 48), format));
      expect(image).not.toHaveProperty('alpha');
      expect(greatest(toInterleaved(image), bytes)).toBeLessThanOrEqual(tolerance[format]);
    }),
  ),

  'any size from 1×1': everywhere(
    formats,
    yes(async (format) => {
      for (const width of sides) {
        for (const height of sides) {
          const file = await encodedAs(sharpOf(ramps(width, height, 3), width, height), format);
          expect(await readImage(file)).toMatchObject({ width, height });
        }
      }
    }),
  ),

  greyscale: {
    ...everywhere(
      ['jpeg', 'png', 'avif', 'tiff'],
      yes(async (format) => {
        const grey = Uint8Array.from({ length: 64 }, (_, i) => 4 * i);
        const file = await encodedAs(sharpOf(grey, 8, 8).toColourspace('b-w'), format);
        const { channels, chromaSubsampling } = await sharp(file).metadata();
        if (format !== 'avif') expect(channels).toBe(1);
        else expect(chromaSubsampling ?? '4:0:0').toBe('4:0:0');
        const read = toInterleaved(await readImage(file));
        expect(read.filter((value, i) => value !== read[i - (i % 3)])).toHaveLength(0);
        expect(
          greatest(
            read.filter((_, i) => i % 3 === 0),
            grey,
          ),
        ).toBeLessThanOrEqual(1);
      }),
    ),
  },

  CMYK: everywhere(
    ['jpeg', 'tiff'],
    yes(async (format) => {
      const colour = { create: { width: 8, height: 8, channels: 3, background: '#6496c8' } } as const;
      const file = await encodedAs(sharp(colour).toColourspace('cmyk'), format);
      expect(await sharp(file).metadata()).toMatchObject({ space: 'cmyk', channels: 4 });
      const { image, source } = await readPicture(file);
      expect(source).toMatchObject({ depth: 8, hasAlpha: false });
      // Printing inks do not reach every colour of screens.
      expect(greatest(corner(image), [100, 150, 200])).toBeLessThan(12);
    }),
  ),

  palette: {
    png: yes(async () => {
      const file = await sharpOf(quarters(8, 8), 8, 8).png({ palette: true }).toBuffer();
      expect(await sharp(file).metadata()).toMatchObject({ isPalette: true });
      expect(toInterleaved(await readImage(file))).toEqual(quarters(8, 8));
    }),
    gif: yes(async (format) => {
      const file = await encodedAs(sharpOf(quarters(8, 8), 8, 8), format);
      expect(toInterleaved(await readImage(file))).toEqual(quarters(8, 8));
    }),
    tiff: yes(async () => {
      expect([...toInterleaved(await readImage(paletteTiff()))]).toEqual([255, 0, 0, 0, 128, 255]);
    }),
  },

  '16 bits a channel': {
    ...everywhere(
      ['png', 'tiff'],
      yes(async (format) => {
        for (const channels of [1, 2, 3, 4]) {
          const samples = Uint16Array.from({ length: 64 * channels }, (_, i) => (i * 7919) % 65_536);
          const { image, source } = await readPicture(await encodedAs(sharpOf(samples, 8, 8), format));
          expect(source.depth).toBe(16);
          const [colours, alpha] = [channels < 3 ? 1 : 3, channels % 2 === 0];
          for (let pixel = 0; pixel < 64; pixel++) {
            if (alpha) expect(image.alpha?.[pixel]).toBe(share(samples, pixel * channels + colours, 65_535));
            if (image.alpha?.[pixel] === 0) continue;
            for (let c = 0; c < 3; c++) {
              const stored = pixel * channels + Math.min(c, colours - 1);
              expect(image.data[64 * c + pixel]).toBe(share(samples, stored, 65_535));
            }
          }
        }
      }),
    ),
    avif: {
      says: '10 and 12 bits',
      run: async () => {
        for (const bitdepth of [10, 12] as const) {
          const white = sharpOf(new Uint16Array(768).fill(65_535), 16, 16);
          const file = await white.avif({ bitdepth, lossless: true, chromaSubsampling: '4:4:4' }).toBuffer();
          const { image, source } = await readPicture(file);
          expect(source.depth).toBe(16);
          expect(image.data.every((value) => value === 1)).toBe(true);
        }
      },
    },
  },

  transparency: {
    ...everywhere(
      ['png', 'webp', 'avif', 'tiff'],
      yes(async (format) => {
        const bytes = ramps(32, 16, 4);
        const { image, source } = await readPicture(await encodedAs(sharpOf(bytes, 32, 16), format));
        expect(source.hasAlpha).toBe(true);
        expect(image.alpha).toEqual(
          Float32Array.from({ length: 512 }, (_, i) => Math.fround((i % 256) / 255)),
        );
        const read = toSamples(image, 8, 4);
        const visible = [...read].filter((_, i) => (bytes[i | 3] ?? 0) > 0);
        const expected = [...bytes].filter((_, i) => (bytes[i | 3] ?? 0) > 0);
        expect(greatest(visible, expected)).toBe(0);
      }),
    ),
    gif: {
      says: 'on or off',
      run: async (format) => {
        const bytes = Uint8Array.from({ length: 256 }, (_, i) =>
          i % 4 === 3 ? (i % 8 === 3 ? 0 : 255) : 90,
        );
        const image = await readImage(await encodedAs(sharpOf(bytes, 8, 8), format));
        expect([...(image.alpha ?? [])]).toEqual(Array.from({ length: 64 }, (_, i) => i % 2));
      },
    },
  },

  'nothing under transparency is seen': everywhere(
    ['png', 'webp', 'avif', 'tiff', 'gif'],
    yes(async (format) => {
      const hidden = (under: number): Uint8Array =>
        ramps(24, 24, 3).reduce(
          (bytes, value, i) => {
            const clear = Math.floor(i / 3) % 24 > 11;
            bytes[Math.floor(i / 3) * 4 + (i % 3)] = clear ? (under * (i + 1)) % 256 : value;
            bytes[Math.floor(i / 3) * 4 + 3] = clear ? 0 : 255;
            return bytes;
          },
          new Uint8Array(24 * 24 * 4),
        );
      const [black, noise] = await Promise.all(
        [0, 89].map(async (under) => readImage(await encodedAs(sharpOf(hidden(under), 24, 24), format))),
      );
      expect(noise).toEqual(black);
      // The networks see colours there that are close to the neighbouring ones.
      const beside = [...(black?.data.subarray(0, 24) ?? [])];
      expect(Math.abs((beside[12] ?? 0) - (beside[11] ?? 0))).toBeLessThan(0.1);
    }),
  ),

  'EXIF orientation': {
    ...everywhere(
      ['jpeg', 'png', 'webp', 'avif', 'tiff'],
      yes(async (format) => {
        const [red, green, blue, white] = ['255,0,0', '0,255,0', '0,0,255', '255,255,255'];
        // EXIF 2.32, tag 0x0112: the corners of the upright picture.
        const corners = [
          [red, green, blue, white],
          [green, red, white, blue],
          [white, blue, green, red],
          [blue, white, red, green],
          [red, blue, green, white],
          [blue, red, white, green],
          [white, green, blue, red],
          [green, white, red, blue],
        ];
        for (const [i, expected] of corners.entries()) {
          const picture = sharpOf(quarters(32, 16), 32, 16).withMetadata({ orientation: i + 1 });
          const { image, source } = await readPicture(await encodedAs(picture, format));
          // AVIF turns by means of its own, which its decoder applies.
          const orientation = format === 'avif' ? 1 : i + 1;
          expect(source).toMatchObject({ orientation, width: image.width, height: image.height });
          expect([image.width, image.height]).toEqual(i < 4 ? [32, 16] : [16, 32]);
          const at = (x: number, y: number) => {
            const pixel = toInterleaved(image)
              .subarray(3 * (y * image.width + x))
              .subarray(0, 3);
            return [...pixel].map((value) => (value > 127 ? 255 : 0)).join();
          };
          const [right, low] = [image.width - 1, image.height - 1];
          expect([at(0, 0), at(right, 0), at(0, low), at(right, low)]).toEqual(expected);
        }
      }),
    ),
  },

  'ICC profile to sRGB': everywhere(
    ['jpeg', 'png', 'webp', 'avif', 'tiff'],
    yes(async (format) => {
      const colour = { create: { width: 8, height: 8, channels: 3, background: '#6496c8' } } as const;
      const file = await encodedAs(sharp(colour).withIccProfile('p3'), format);
      const stored = await sharp(file, { ignoreIcc: true }).raw().toBuffer();
      expect(greatest(stored.subarray(0, 3), [100, 150, 200])).toBeGreaterThan(5);
      const { image, source } = await readPicture(file);
      expect(source.profile).toBe('other');
      expect(greatest(corner(image), [100, 150, 200])).toBeLessThanOrEqual(3);
    }),
  ),

  'ICC profile to sRGB, 16 bits': everywhere(
    ['png', 'avif', 'tiff'],
    yes(async (format) => {
      const samples = Uint16Array.from({ length: 192 }, (_, i) => [25_700, 38_550, 51_400][i % 3] ?? 0);
      // sharp takes 16-bit pixels without a profile for Display P3, so this tags them without a change.
      const tagged = sharpOf(samples, 8, 8).withIccProfile('p3');
      const deep = { bitdepth: 12, quality: 100, chromaSubsampling: '4:4:4' } as const;
      const file = await (format === 'avif' ? tagged.avif(deep).toBuffer() : encodedAs(tagged, format));
      const { image, source } = await readPicture(file);
      expect(source).toMatchObject({ profile: 'other', depth: 16 });
      const read = [0, 1, 2].map((c) => image.data[64 * c] ?? 0);
      expect(greatest(read, fromDisplayP3([25_700, 38_550, 51_400].map((v) => v / 65_535)))).toBeLessThan(
        0.002,
      );
    }),
  ),

  'sRGB profile: pixels untouched': everywhere(
    ['jpeg', 'png', 'webp', 'avif', 'tiff'],
    yes(async (format) => {
      const bytes = ramps(32, 32, 3);
      const file = await encodedAs(sharpOf(bytes, 32, 32).withIccProfile('srgb'), format);
      const { image, source } = await readPicture(file);
      expect(source.profile).toBe('srgb');
      expect(toInterleaved(image)).toEqual(
        new Uint8Array(await sharp(file, { ignoreIcc: true }).raw().toBuffer()),
      );
    }),
  ),

  'progressive, interlaced': {
    jpeg: yes(async () => {
      const bytes = ramps(64, 48, 3);
      const file = await sharpOf(bytes, 64, 48).jpeg({ quality: 100, progressive: true }).toBuffer();
      expect(greatest(toInterleaved(await readImage(file)), bytes)).toBeLessThan(8);
    }),
    png: yes(async () => {
      const bytes = ramps(64, 48, 3);
      const file = await sharpOf(bytes, 64, 48).png({ progressive: true }).toBuffer();
      expect(toInterleaved(await readImage(file))).toEqual(bytes);
    }),
    gif: yes(async () => {
      const file = await sharpOf(quarters(16, 16), 16, 16).gif({ progressive: true }).toBuffer();
      expect(toInterleaved(await readImage(file))).toEqual(quarters(16, 16));
    }),
  },

  'several frames or pages': {
    ...everywhere(['webp', 'gif'], {
      says: 'the first',
      run: async (format) => {
        const frames = await Promise.all(
          ['#ff0000', '#00ff00'].map((background) =>
            sharp({ create: { width: 8, height: 8, channels: 3, background } })
              .png()
              .toBuffer(),
          ),
        );
        const file = await encodedAs(sharp(frames, { join: { animated: true } }), format);
        const { image, source } = await readPicture(file);
        expect(source.frames).toBe(2);
        expect(image).toMatchObject({ width: 8, height: 8 });
        expect(corner(image)).toEqual([255, 0, 0]);
      },
    }),
    tiff: {
      says: 'the first',
      run: async () => {
        const page = await sharpOf(quarters(8, 8), 8, 8).tiff({ compression: 'none' }).toBuffer();
        const { image, source } = await readPicture(twice(page));
        expect(source.frames).toBe(2);
        expect(toInterleaved(image)).toEqual(quarters(8, 8));
      },
    },
  },

  'cut short': {
    jpeg: {
      says: 'as far as it goes, with a warning',
      run: async () => {
        const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
        const create = { width: 64, height: 64, channels: 3, background: '#000000', noise } as const;
        for (const progressive of [false, true]) {
          const file = await sharp({ create }).jpeg({ progressive }).toBuffer();
          const whole = await readImage(file);
          const cut = file.subarray(0, file.length * 0.6);
          const { image, source } = await readPicture(cut, { name: 'photo.jpg' });
          expect(source.warnings).toEqual([
            'photo.jpg ends before its picture does: what is missing is grey or coarse; fetch or export it again',
          ]);
          expect(image).toMatchObject({ width: 64, height: 64 });
          if (!progressive) expect(image.data.subarray(0, 64 * 16)).toEqual(whole.data.subarray(0, 64 * 16));
          await expect(readImage(cut), 'who does not hear of it').rejects.toThrow(ImageError);
        }
      },
    },
    ...everywhere(['png', 'webp', 'avif', 'tiff', 'gif'], {
      says: 'refused',
      run: async (format) => {
        const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
        const create = { width: 64, height: 64, channels: 3, background: '#000000', noise } as const;
        const file = await encodedAs(sharp({ create }), format);
        for (const part of [0.3, 0.6, 0.9]) {
          const cut = readPicture(file.subarray(0, file.length * part));
          await expect(cut).rejects.toThrow(/^expected a whole picture file for picture but received a .*$/);
        }
      },
    }),
  },
};

testTable('Reading', formats, reading);

/** Display P3 to sRGB by their matrices (both D65) and their common curve. */
function fromDisplayP3(colour: readonly number[]): number[] {
  const linear = colour.map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  const matrix = [
    [1.22494, -0.22494, 0],
    [-0.042057, 1.042057, 0],
    [-0.019638, -0.078636, 1.098274],
  ];
  return matrix
    .map((row) => row.reduce((sum, weight, i) => sum + weight * (linear[i] ?? 0), 0))
    .map((v) => (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055));
}

/** A TIFF file of sharp's whose only page occurs twice. */
function twice(page: Buffer): Buffer {
  const copy = Buffer.concat([page, Buffer.alloc(page.length % 2)]);
  const first = copy.readUInt32LE(4);
  const length = 2 + 12 * copy.readUInt16LE(first) + 4;
  const directory = Buffer.from(copy.subarray(first, first + length));
  copy.writeUInt32LE(copy.length, first + length - 4);
  return Buffer.concat([copy, directory]);
}

/** Two pixels, red and a blue, in a palette, which sharp cannot write. TIFF 6.0, section 5. */
function paletteTiff(): Buffer {
  const entries = [
    ...[
      [256, 2],
      [257, 1],
      [258, 8],
      [259, 1],
      [262, 3],
      [273, 0],
      [277, 1],
      [278, 1],
      [279, 2],
      [320, 0],
    ],
  ];
  const [map, pixels] = [8 + 2 + 12 * entries.length + 4, 8 + 2 + 12 * entries.length + 4 + 3 * 512];
  const file = Buffer.alloc(pixels + 2);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(8, 4);
  file.writeUInt16LE(entries.length, 8);
  entries.forEach(([tag = 0, value = 0], i) => {
    const at = 10 + 12 * i;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(tag === 273 ? 4 : 3, at + 2);
    file.writeUInt32LE(tag === 320 ? 768 : 1, at + 4);
    file.writeUInt32LE(tag === 273 ? pixels : tag === 320 ? map : value, at + 8);
  });
  // All reds, then all greens, then all blues, in 16 bits.
  const colour = (index: number, rgb: readonly number[]) =>
    rgb.forEach((value, c) => {
      file.writeUInt16LE(value * 257, map + 512 * c + 2 * index);
    });
  colour(1, [255, 0, 0]);
  colour(2, [0, 128, 255]);
  file.set([1, 2], pixels);
  return file;
}

function share(samples: Uint16Array, at: number, white: number): number {
  return Math.fround((samples[at] ?? 0) / white);
}
