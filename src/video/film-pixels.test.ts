/** Pixels of films against the numbers of the standards. */

import { describe, expect, it } from 'vitest';
import type { RgbImage } from '../images/image.ts';
import { filmFrameOf, pictureFrom } from './film-pixels.ts';

const bt709 = { matrix: 'bt709', fullRange: false };

function flat(width: number, height: number, colour: readonly number[]): RgbImage {
  const pixels = width * height;
  return {
    width,
    height,
    data: Float32Array.from({ length: 3 * pixels }, (_, i) => colour[Math.floor(i / pixels)] ?? 0),
  };
}

/** The places of tight I420 planes. */
function places(width: number, height: number) {
  return [
    { offset: 0, stride: width },
    { offset: width * height, stride: width / 2 },
    { offset: 1.25 * width * height, stride: width / 2 },
  ];
}

describe('filmFrameOf', () => {
  // ITU-R BT.709: 8-bit codes of 100 % colours.
  it.each([
    ['white', [1, 1, 1], [235, 128, 128]],
    ['black', [0, 0, 0], [16, 128, 128]],
    ['red', [1, 0, 0], [63, 102, 240]],
    ['green', [0, 1, 0], [173, 42, 26]],
    ['blue', [0, 0, 1], [32, 240, 118]],
  ])('codes %s as BT.709 does', (_, colour, codes) => {
    const { bytes } = filmFrameOf(flat(2, 2, colour));
    expect([bytes[0], bytes[4], bytes[5]]).toEqual(codes);
  });

  it('is read back as it was, with odd sides grown by their last pixel', () => {
    const image = flat(5, 3, [0.8, 0.3, 0.1]);
    const { bytes, width, height } = filmFrameOf(image);
    expect([width, height]).toEqual([6, 4]);
    const read = pictureFrom('I420', bytes, places(6, 4), { width: 5, height: 3 }, bt709);
    for (const [i, value] of (read?.data ?? []).entries()) {
      expect(Math.abs(value - (image.data[i] ?? 0))).toBeLessThan(0.01);
    }
  });
});

describe('pictureFrom', () => {
  const size = { width: 2, height: 2 };
  /** The first pixel's colour in bytes. */
  const colourOf = (image: RgbImage | undefined) =>
    [0, 4, 8].map((i) => Math.round(255 * (image?.data[i] ?? Number.NaN)));

  it('minds the matrix', () => {
    const red = Uint8Array.of(81, 81, 81, 81, 90, 240);
    const sd = pictureFrom('I420', red, places(2, 2), size, { matrix: 'smpte170m', fullRange: false });
    expect(colourOf(sd)).toEqual([254, 0, 0]);
    expect(colourOf(pictureFrom('I420', red, places(2, 2), size, bt709))).not.toEqual([254, 0, 0]);
  });

  it('takes small films without a matrix for standard definition, and large ones for high', () => {
    const unsaid = { matrix: null, fullRange: null };
    const red = Uint8Array.of(81, 81, 81, 81, 90, 240);
    expect(colourOf(pictureFrom('I420', red, places(2, 2), size, unsaid))).toEqual([254, 0, 0]);
    const wide = new Uint8Array(1.5 * 1280 * 2).fill(128);
    wide.set([63, 63], 0);
    wide[2560] = 102;
    wide[2560 + 640] = 240;
    const read = pictureFrom('I420', wide, places(1280, 2), { width: 1280, height: 2 }, unsaid);
    expect(Math.round(255 * (read?.data[0] ?? 0))).toBeGreaterThan(250);
  });

  it('minds the range, the depth and rows that are longer than the picture', () => {
    const full = Uint8Array.of(255, 255, 0, 255, 255, 0, 128, 128);
    const long = [
      { offset: 0, stride: 3 },
      { offset: 6, stride: 1 },
      { offset: 7, stride: 1 },
    ];
    expect(colourOf(pictureFrom('I420', full, long, size, { matrix: 'bt709', fullRange: true }))).toEqual([
      255, 255, 255,
    ]);
    const words = Uint16Array.of(940, 940, 940, 940, 512, 512, 512, 512, 512, 512, 512, 512);
    const ten = [
      { offset: 0, stride: 4 },
      { offset: 8, stride: 4 },
      { offset: 16, stride: 4 },
    ];
    const read = pictureFrom('I444P10', new Uint8Array(words.buffer), ten, size, bt709);
    expect(colourOf(read)).toEqual([255, 255, 255]);
  });

  it('reads interleaved colour, and RGB in either order', () => {
    const nv12 = Uint8Array.of(63, 63, 63, 63, 102, 240);
    const pair = [
      { offset: 0, stride: 2 },
      { offset: 4, stride: 2 },
    ];
    const [red = 0, green = 255] = colourOf(pictureFrom('NV12', nv12, pair, size, bt709));
    expect(red).toBeGreaterThan(250);
    expect(green).toBeLessThan(5);
    const bgra = Uint8Array.from({ length: 16 }, (_, i) => [10, 20, 30, 255][i % 4] ?? 0);
    expect(colourOf(pictureFrom('BGRA', bgra, [{ offset: 0, stride: 8 }], size, bt709))).toEqual([
      30, 20, 10,
    ]);
  });

  it('reads alpha, which uses all values, unless all is opaque', () => {
    const shown = [
      { offset: 0, stride: 2 },
      { offset: 4, stride: 1 },
      { offset: 5, stride: 1 },
      { offset: 6, stride: 3 },
    ];
    const clear = Uint8Array.of(235, 235, 235, 235, 128, 128, 0, 51, 9, 255, 16, 9);
    const read = pictureFrom('I420A', clear, shown, size, bt709);
    expect(colourOf(read)).toEqual([255, 255, 255]);
    expect([...(read?.alpha ?? [])].map((value) => Math.round(255 * value))).toEqual([0, 51, 255, 16]);
    clear.fill(255, 6);
    expect(pictureFrom('I420A', clear, shown, size, bt709)).not.toHaveProperty('alpha');
    const rgba = Uint8Array.from({ length: 16 }, (_, i) => [10, 20, 30, 16 * i][i % 4] ?? 0);
    const interleaved = pictureFrom('RGBA', rgba, [{ offset: 0, stride: 8 }], size, bt709);
    expect([...(interleaved?.alpha ?? [])].map((value) => Math.round(255 * value))).toEqual([
      48, 112, 176, 240,
    ]);
  });

  it('knows no other formats', () => {
    expect(pictureFrom(null, new Uint8Array(6), [], size, bt709)).toBeUndefined();
    expect(pictureFrom('XYZ', new Uint8Array(6), [], size, bt709)).toBeUndefined();
  });
});
