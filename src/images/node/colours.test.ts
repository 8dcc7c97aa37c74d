/** Colours said outside ICC profiles: converted to sRGB as Chromium does, or one line that says why not. */

import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { sharpOf } from '../../../test/helpers/pictures.ts';
import {
  chrm,
  cicp,
  gama,
  P3,
  pngChunk,
  tiffOf,
  withChunks,
  withNclx,
} from '../../../test/helpers/tagged.ts';
import { ImageError } from '../../errors.ts';
import { openBands } from './band-reader.ts';
import { inspectImage, readImage, readPicture } from './image-file.ts';

const RED = [220, 40, 40] as const;
const GREY = [148, 148, 148] as const;

/** One colour, so that coders leave it as it is. */
function plain(colour: readonly number[]): Uint8Array {
  return Uint8Array.from({ length: 3 * 16 * 16 }, (_, i) => colour[i % 3] ?? 0);
}

async function pngOf(colour: readonly number[], ...chunks: Uint8Array[]): Promise<Uint8Array> {
  return withChunks(await sharpOf(plain(colour), 16, 16).png().toBuffer(), ...chunks);
}

async function avifOf(colour: readonly number[], primaries: number, transfer: number): Promise<Uint8Array> {
  const avif = await sharpOf(plain(colour), 16, 16)
    .avif({ lossless: false, quality: 100, chromaSubsampling: '4:4:4' })
    .toBuffer();
  return withNclx(avif, primaries, transfer);
}

/** The colour of a file, read whole and in bands, which must be the same. */
async function colourOf(file: Uint8Array): Promise<number[]> {
  const whole = await readImage(file);
  const bands = await openBands(file);
  const band = await bands.read(3, 2);
  await bands.close();
  const at = ({ width, height, data }: typeof whole) =>
    [0, 1, 2].map((c) => Math.round(255 * (data[c * width * height + 5] ?? Number.NaN)));
  expect(at(band)).toEqual(at(whole));
  return at(whole);
}

async function expectColour(file: Uint8Array, colour: readonly number[], tolerance = 2): Promise<void> {
  const found = await colourOf(file);
  for (const [c, value] of colour.entries()) {
    expect(Math.abs((found[c] ?? Number.NaN) - value), `${found} for ${colour}`).toBeLessThanOrEqual(
      tolerance,
    );
  }
}

/** What Chromium 156 shows of these files. */
describe('the colours of a browser', () => {
  it.each([
    ['Display P3', 12, 13, RED, [240, 0, 21]],
    ['BT.2020', 9, 13, RED, [255, 0, 25]],
    ['linear', 1, 8, RED, [239, 110, 110]],
    ['gamma 2.2', 1, 4, [16, 16, 16], [7, 7, 7]],
    ['the curve of cameras, shown as sRGB', 1, 1, RED, RED],
    ['unspecified', 2, 2, RED, RED],
    ['sRGB', 1, 13, RED, RED],
    ['PQ, white at 203 cd/m²', 12, 16, GREY, [187, 187, 187]],
    ['PQ, beyond white', 9, 16, [200, 180, 90], [255, 175, 0]],
    ['HLG', 9, 18, [160, 160, 160], [135, 135, 135]],
    ['HLG, a colour', 9, 18, [40, 60, 200], [0, 40, 177]],
  ] as const)('nclx and cICP: %s', async (_, primaries, transfer, stored, shown) => {
    // A step of AVIF's is up to 12.92 steps in linear light.
    await expectColour(await avifOf(stored, primaries, transfer), shown, transfer === 8 ? 4 : 3);
    if (transfer === 1) return;
    await expectColour(await pngOf(stored, cicp(primaries, transfer)), shown, 2);
  });

  it('cICP of the curve of cameras: a display of BT.1886', async () => {
    await expectColour(await pngOf([20, 20, 20], cicp(1, 1)), [7, 7, 7]);
  });

  it.each([
    ['linear', [gama(1)], RED, [239, 110, 110]],
    ['gamma 1.8', [gama(0.55556)], [100, 100, 100], [119, 119, 119]],
    ['the usual gamma alone: sRGB', [gama(0.45455)], [16, 16, 16], [16, 16, 16]],
    ['gamma and the primaries of P3', [gama(0.45455), chrm(...P3)], RED, [241, 0, 10]],
    ['sRGB counts more than gamma', [gama(1), pngChunk('sRGB', Uint8Array.of(0))], RED, RED],
    ['cICP counts more than sRGB', [pngChunk('sRGB', Uint8Array.of(0)), cicp(12, 13)], RED, [240, 0, 21]],
    ['a gamma of 0', [gama(0)], RED, RED],
  ] as const)('gAMA and cHRM: %s', async (_, chunks, stored, shown) => {
    await expectColour(await pngOf(stored, ...chunks), shown, 2);
  });

  it('cICP counts more than a profile', async () => {
    const tagged = await sharpOf(plain(RED), 16, 16).withIccProfile('p3').png().toBuffer();
    const { icc = Buffer.alloc(0) } = await sharp(tagged).metadata();
    const iccp = pngChunk('iCCP', Buffer.concat([Buffer.from('p3\0\0'), deflateSync(icc)]));
    await expectColour(await pngOf(RED, cicp(1, 13), iccp), RED, 0);
    await expectColour(await pngOf(RED, gama(1), iccp), [240, 0, 21]);
  });

  it('transparency stays as it is, and 16 bits are kept', async () => {
    const samples = Uint16Array.from(
      { length: 4 * 64 },
      (_, i) => [56_540, 10_280, 10_280, 32_896][i % 4] ?? 0,
    );
    const png = withChunks(await sharpOf(samples, 8, 8).png().toBuffer(), cicp(12, 13));
    const { image, source } = await readPicture(png);
    expect(source.depth).toBe(16);
    expect(image.alpha?.[0]).toBeCloseTo(32_896 / 65_535, 5);
    expect(255 * (image.data[0] ?? 0)).toBeCloseTo(240, 0);
  });
});

describe('one line of warning', () => {
  it.each([
    [
      'light beyond white',
      [cicp(9, 16)],
      /^photo is brighter than sRGB can be \(cICP 9\/16\): its light is reduced$/,
    ],
    [
      'numbers without a meaning',
      [cicp(3, 13)],
      /^photo names colours that are not known here \(cICP 3\/13\): its/,
    ],
    ['a range of video', [cicp(12, 13, 0, 0)], /not known here \(cICP 12\/13\)/],
    ['primaries without a curve', [chrm(...P3)], /not known here \(cHRM without a curve\)/],
    ['primaries in one place', [gama(0.6), chrm(0.3, 0.3, 0.6, 0.3, 0.6, 0.3, 0.6, 0.3)], /not known here/],
  ] as const)('%s', async (_, chunks, line) => {
    const file = await pngOf(RED, ...chunks);
    const { source, image } = await readPicture(file, { name: 'photo' });
    expect(source.warnings).toEqual([expect.stringMatching(line)]);
    expect((await inspectImage(file, { name: 'photo' })).warnings).toEqual(source.warnings);
    expect(image.data.every(Number.isFinite)).toBe(true);
    const told: string[] = [];
    await readImage(file, { name: 'photo', onWarning: (text) => told.push(text) });
    expect(told).toEqual(source.warnings);
  });

  it('Adobe RGB in EXIF, without a profile', async () => {
    const exif = Buffer.concat([
      Buffer.from('Exif\0\0II*\0\x08\0\0\0', 'latin1'),
      // Each directory has one entry: the next one, and then the index R03.
      Buffer.from('\x01\0\x69\x87\x04\0\x01\0\0\0\x1a\0\0\0\0\0\0\0', 'latin1'),
      Buffer.from('\x01\0\x05\xa0\x04\0\x01\0\0\0\x2c\0\0\0\0\0\0\0', 'latin1'),
      Buffer.from('\x01\0\x01\0\x02\0\x04\0\0\0R03\0\0\0\0\0', 'latin1'),
    ]);
    const jpeg = await sharpOf(plain(RED), 16, 16).jpeg().toBuffer();
    const app1 = Buffer.from([0xff, 0xe1, 0, exif.length + 2]);
    const file = Buffer.concat([jpeg.subarray(0, 2), app1, exif, jpeg.subarray(2)]);
    const { source } = await readPicture(file, { name: 'photo' });
    expect(source.warnings).toEqual([expect.stringMatching(/^photo names Adobe RGB in its EXIF/)]);
  });
});

describe('TIFF', () => {
  const luma = Math.round(0.299 * 220 + 0.587 * 40 + 0.114 * 40);
  const ycbcr = plain([luma, 128 + Math.round((40 - luma) / 1.772), 128 + Math.round((220 - luma) / 1.402)]);

  it.each([
    [
      'with all tags',
      {
        530: ['short', 1, 1],
        529: ['fraction', 0.299, 0.587, 0.114],
        532: ['fraction', 0, 255, 128, 255, 128, 255],
      },
    ],
    ['with the least', { 530: ['short', 1, 1] }],
  ] as const)('YCbCr becomes RGB, %s', async (_, tags) => {
    for (const little of [true, false]) {
      await expectColour(tiffOf(16, 16, ycbcr, { 262: ['short', 6], ...tags }, { little }), RED, 1);
    }
  });

  it('YCbCr of the range of video', async () => {
    const narrow = plain(
      [16 + (94 * 219) / 255, 128 - (30 * 112) / 127, 128 + (90 * 112) / 127].map(Math.round),
    );
    const tags = {
      262: ['short', 6],
      530: ['short', 1, 1],
      532: ['fraction', 16, 235, 128, 240, 128, 240],
    } as const;
    await expectColour(tiffOf(16, 16, narrow, tags), RED, 2);
  });

  it('JPEG inside of TIFF is left to its decoder', async () => {
    const tiff = await sharpOf(plain(RED), 16, 16).tiff({ compression: 'jpeg', quality: 100 }).toBuffer();
    await expectColour(tiff, RED, 2);
  });

  it.each([
    ['YCbCr with fewer colours', { 262: ['short', 6] }, 'YCbCr colours reduced 2×2; convert it to RGB first'],
    ['CIELab', { 262: ['short', 8] }, 'CIELab colours; convert it to RGB first'],
    ['ICCLab', { 262: ['short', 9] }, 'ICCLab colours; convert it to RGB first'],
    ['12 bits', { 258: ['short', 12, 12, 12] }, '12 bits a channel; convert it to 8 or 16 bits first'],
  ] as const)('%s is refused in one line', async (_, tags, received) => {
    const reading = readImage(tiffOf(16, 16, ycbcr, tags), { name: 'scan' });
    const error = await reading.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ImageError);
    expect(error).toMatchObject({
      message: `expected a TIFF file in RGB, greyscale or CMYK for scan but received ${received}`,
    });
  });

  it('white and primaries without a profile give a line, unless they are those of sRGB', async () => {
    const warnings = async (red: number) => {
      const xy = [red, 0.33, 0.3, 0.6, 0.15, 0.06] as const;
      const tags = { 318: ['fraction', 0.3127, 0.329], 319: ['fraction', ...xy] } as const;
      return (await readPicture(tiffOf(16, 16, plain(RED), tags))).source.warnings;
    };
    expect(await warnings(0.64)).toEqual([]);
    expect(await warnings(0.68)).toEqual([expect.stringMatching(/names its white, primaries or curve/)]);
  });
});
