/** The table «Writing» of docs/pictures.md: every cell has a test here and states the tested behaviour. */

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect } from 'vitest';
import {
  everywhere,
  greatest,
  type Line,
  ramps,
  sides,
  testTable,
  yes,
} from '../../../test/helpers/picture-table.ts';
import { type SharpFormat, sharpOf } from '../../../test/helpers/pictures.ts';
import { ImageError } from '../../errors.ts';
import { srgbProfile } from './colour-profile.ts';
import { fromSamples, type RgbImage, toInterleaved } from '../image.ts';
import { encodeImage, type ImageFormat, readImage, readPicture, writeImage } from './image-file.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-table-'));
});

afterAll(() => rm(folder, { recursive: true }));

const corner = (image: RgbImage): number[] => [...toInterleaved(image).subarray(0, 3)];

const formats = ['jpeg', 'png', 'webp', 'avif', 'tiff'] as const;

const writing: Readonly<Record<string, Line>> = {
  'any size from 1×1': everywhere(
    formats,
    yes(async (format) => {
      for (const width of sides) {
        for (const height of sides) {
          const image = fromSamples(ramps(width, height, 4), { width, height }, 255);
          const file = await encodeImage(image, written(format));
          expect(await readImage(file)).toMatchObject({ width, height });
        }
      }
    }),
  ),

  'pixels kept exactly': {
    ...everywhere(
      ['png', 'tiff'],
      yes(async (format) => {
        const bytes = Uint8Array.from({ length: 3 * 64 * 64 }, (_, i) => (i * 7919) % 251);
        const file = await encodeImage(fromSamples(bytes, { width: 64, height: 64 }, 255), written(format));
        expect(toInterleaved(await readImage(file))).toEqual(bytes);
      }),
    ),
    ...everywhere(['jpeg', 'webp', 'avif'], {
      says: 'lossy',
      run: async (format) => {
        const bytes = ramps(64, 64, 3);
        const file = await encodeImage(fromSamples(bytes, { width: 64, height: 64 }, 255), written(format));
        expect(greatest(toInterleaved(await readImage(file)), bytes)).toBeLessThan(16);
      },
    }),
  },

  'tagged sRGB': everywhere(
    formats,
    yes(async (format) => {
      const image = fromSamples(ramps(16, 16, 3), { width: 16, height: 16 }, 255);
      const { icc } = await sharp(await encodeImage(image, written(format))).metadata();
      expect(new Uint8Array(icc ?? [])).toEqual(new Uint8Array(await srgbProfile()));
    }),
  ),

  transparency: {
    ...everywhere(
      ['png', 'webp', 'tiff'],
      yes(async (format) => {
        const image = fromSamples(ramps(32, 16, 4), { width: 32, height: 16 }, 255);
        expect((await readImage(await encodeImage(image, written(format)))).alpha).toEqual(image.alpha);
      }),
    ),
    avif: {
      says: 'within 4/255',
      run: async (format) => {
        for (const bytes of [ramps(32, 16, 4), ramps(64, 64, 4)]) {
          const image = fromSamples(bytes, { width: 32, height: bytes.length / 128 }, 255);
          const { alpha } = await readImage(await encodeImage(image, written(format)));
          expect(greatest(alpha ?? [], image.alpha ?? [])).toBeLessThanOrEqual(4 / 255);
        }
      },
    },
    jpeg: {
      says: 'laid on white',
      run: async (format) => {
        const bytes = Uint8Array.from({ length: 1024 }, (_, i) => [100, 0, 200, 51][i % 4] ?? 0);
        const file = await encodeImage(fromSamples(bytes, { width: 16, height: 16 }, 255), written(format));
        const image = await readImage(file);
        expect(image).not.toHaveProperty('alpha');
        expect(greatest(corner(image), [224, 204, 244])).toBeLessThanOrEqual(2);
      },
    },
  },

  '16 bits a channel': {
    ...everywhere(
      ['png', 'tiff'],
      yes(async (format) => {
        for (const channels of [3, 4]) {
          const samples = Uint16Array.from({ length: 256 * channels }, (_, i) => (i * 7919) % 65_535 || 1);
          const image = fromSamples(samples, { width: 16, height: 16 }, 65_535);
          const file = await encodeImage(image, written(format), { depth: 16 });
          const { image: read, source } = await readPicture(file);
          expect(source).toMatchObject({ depth: 16, profile: 'srgb' });
          expect(read).toEqual(image);
        }
      }),
    ),
    ...everywhere(['jpeg', 'webp', 'avif'], {
      says: 'refused',
      run: async (format) => {
        const image = fromSamples(ramps(4, 4, 3), { width: 4, height: 4 }, 255);
        await expect(encodeImage(image, written(format), { depth: 16 })).rejects.toThrow(
          `expected 8 for depth but received 16 for ${format}; write PNG or TIFF, or 8 bits`,
        );
      },
    }),
  },

  'no metadata by itself': everywhere(
    formats,
    yes(async (format) => {
      const { image } = await readPicture(await photograph());
      const metadata = await sharp(await encodeImage(image, written(format))).metadata();
      expect(metadata).not.toHaveProperty('exif');
      expect(metadata).not.toHaveProperty('xmp');
      expect(metadata.orientation ?? 1).toBe(1);
    }),
  ),

  'EXIF carried over if asked': {
    ...everywhere(
      ['jpeg', 'png', 'webp', 'avif'],
      yes(async (format) => {
        const { image, source } = await readPicture(await photograph());
        const file = await encodeImage(image, written(format), { metadata: source.metadata });
        const { exif, orientation = 1, autoOrient } = await sharp(file).metadata();
        expect(exif?.includes('Acme')).toBe(true);
        expect(exif?.includes('Ada')).toBe(true);
        expect(orientation).toBe(1);
        expect(autoOrient).toMatchObject({ width: 12, height: 16 });
      }),
    ),
    tiff: {
      says: 'no',
      run: async (format) => {
        const { image, source } = await readPicture(await photograph());
        const file = await encodeImage(image, written(format), { metadata: source.metadata });
        expect(file.includes('Acme'.charCodeAt(0)) && Buffer.from(file).includes('Acme')).toBe(false);
      },
    },
  },

  'XMP carried over if asked': everywhere(
    formats,
    yes(async (format) => {
      const { image, source } = await readPicture(await photograph());
      const file = await encodeImage(image, written(format), { metadata: source.metadata });
      const { xmpAsString } = await sharp(file).metadata();
      expect(xmpAsString).toContain('tiff:Artist="Ada"');
      expect(xmpAsString).toContain('tiff:Orientation="1"');
    }),
  ),

  'whole or not at all': everywhere(
    formats,
    yes(async (format) => {
      const image = fromSamples(ramps(8, 8, 3), { width: 8, height: 8 }, 255);
      const path = join(folder, `whole.${format === 'jpeg' ? 'jpg' : format}`);
      await writeImage(image, path);
      const before = await readFile(path);
      const wrong = { width: 9, height: 9, data: new Float32Array(3) };
      await expect(writeImage(wrong, path)).rejects.toThrow(ImageError);
      expect(await readFile(path)).toEqual(before);
      expect((await readdir(folder)).filter((name) => name.includes('tmp'))).toEqual([]);
    }),
  ),
};

testTable('Writing', formats, writing);

/** A source of 16 × 12 pixels with EXIF (GPS and orientation included), XMP and density. */
async function photograph(): Promise<Buffer> {
  return sharpOf(ramps(16, 12, 3), 16, 12)
    .withExif({
      IFD0: { Make: 'Acme', Copyright: 'Ada' },
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '52/1 30/1 0/1' },
    })
    .withXmp(
      '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6" tiff:Artist="Ada"/></rdf:RDF></x:xmpmeta>',
    )
    .withMetadata({ orientation: 6, density: 300 })
    .jpeg()
    .toBuffer();
}

function written(format: SharpFormat): ImageFormat {
  if (format === 'gif') throw new Error('GIF is not written');
  return format;
}
