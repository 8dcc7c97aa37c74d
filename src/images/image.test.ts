import { describe, expect, test } from 'vitest';
import { ImageError, SettingError } from '../errors.ts';
import {
  cropImage,
  fromInterleaved,
  fromSamples,
  middleSquare,
  onWhite,
  outputSize,
  type RgbImage,
  toInterleaved,
  toSamples,
} from './image.ts';

const bytes = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 255]);

describe('interleaved bytes', () => {
  test('become planes, red before green before blue, 0–1', () => {
    const planes = [1, 4, 7, 10, 13, 16, 2, 5, 8, 11, 14, 17, 3, 6, 9, 12, 15, 255];
    const data = new Float32Array(planes.map((byte) => byte / 255));
    expect(fromInterleaved(bytes, 3, 2)).toEqual({ width: 3, height: 2, data });
  });

  test('come back from planes', () => {
    expect(toInterleaved(fromInterleaved(bytes, 2, 3))).toEqual(bytes);
    const all = Uint8Array.from({ length: 768 }, (_, index) => index % 256);
    expect(toInterleaved(fromInterleaved(all, 16, 16))).toEqual(all);
  });

  test('are clamped and rounded to nearest', () => {
    const values = [-0.5, 0, 0.49 / 255, 0.51 / 255, 100.49 / 255, 100.51 / 255, 1, 1.5, Number.NaN];
    const image: RgbImage = { width: 3, height: 1, data: new Float32Array(values) };
    expect([...toInterleaved(image)]).toEqual([0, 1, 255, 0, 100, 255, 0, 101, 0]);
    const extremes = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 254.6 / 255];
    expect([...toInterleaved({ width: 1, height: 1, data: new Float32Array(extremes) })]).toEqual([
      0, 255, 255,
    ]);
  });

  test.each([
    [17, 3, 2],
    [18, 2, 2],
    [0, 0, 0],
    [6, -1, -2],
    [9, 1.5, 2],
  ])('%d values for %d×%d pixels are an ImageError', (length, width, height) => {
    const received = `a picture but received ${length} values for ${width}×${height} pixels`;
    expect(() => fromInterleaved(new Uint8Array(length), width, height)).toThrow(
      new ImageError(`expected three or four values for each pixel for ${received}`),
    );
    expect(() => toInterleaved({ width, height, data: new Float32Array(length) })).toThrow(
      new ImageError(`expected three values for each pixel for ${received}`),
    );
  });
});

describe('alpha', () => {
  const rgba = new Uint8Array([10, 20, 30, 0, 40, 50, 60, 128, 70, 80, 90, 255]);
  const image = fromInterleaved(rgba, 3, 1);

  test('is a plane of its own', () => {
    expect(image.alpha).toEqual(new Float32Array([0, 128 / 255, 1]));
    expect(image.data).toEqual(
      fromInterleaved(
        rgba.filter((_, i) => i % 4 < 3),
        3,
        1,
      ).data,
    );
    expect(toSamples(image, 8, 4)).toEqual(rgba);
    expect(toInterleaved(image)).toEqual(rgba.filter((_, i) => i % 4 < 3));
  });

  test('is 1 if it is requested from an opaque picture', () => {
    const opaque = fromInterleaved(new Uint8Array([1, 2, 3]), 1, 1);
    expect([...toSamples(opaque, 8, 4)]).toEqual([1, 2, 3, 255]);
    expect([...toSamples(opaque, 16, 4)]).toEqual([257, 514, 771, 65_535]);
  });

  test('of another size is an ImageError', () => {
    const wrong = { ...image, alpha: new Float32Array(2) };
    expect(() => toSamples(wrong, 8, 4)).toThrow(
      new ImageError('expected one value for each pixel for alpha but received 2 values for 3×1 pixels'),
    );
  });

  test('moves with its pixels', () => {
    const wide = fromInterleaved(
      Uint8Array.from({ length: 48 }, (_, i) => i),
      4,
      3,
    );
    const part = cropImage(wide, { left: 1, top: 1, width: 2, height: 2 });
    expect([...toSamples(part, 8, 4)]).toEqual([...range(20, 28), ...range(36, 44)]);
    expect([...toSamples(middleSquare(wide, 1), 8, 4)]).toEqual(range(20, 24));
  });

  test('is laid on white', () => {
    const laid = onWhite(image);
    expect(laid).not.toHaveProperty('alpha');
    expect([...toInterleaved(laid)]).toEqual([255, 255, 255, 147, 152, 157, 70, 80, 90]);
    expect(onWhite(laid)).toBe(laid);
  });
});

describe('samples of 16 bits', () => {
  test('come back from planes exactly', () => {
    const samples = Uint16Array.from({ length: 65_536 * 3 }, (_, i) => Math.floor(i / 3));
    const image = fromSamples(samples, { width: 256, height: 256 }, 65_535);
    expect(toSamples(image, 16, 3).every((value, i) => value === samples[i])).toBe(true);
  });

  test('are clamped and rounded to nearest', () => {
    const values = [-0.5, 0, 0.49 / 65_535, 0.51 / 65_535, 1, 1.5, Number.NaN, 0.5, Number.POSITIVE_INFINITY];
    const image: RgbImage = { width: 3, height: 1, data: new Float32Array(values) };
    expect([...toSamples(image, 16, 3)]).toEqual([0, 1, 0, 0, 65_535, 32_768, 0, 65_535, 65_535]);
  });
});

/** Whole numbers from `start` to below `end`. */
function range(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

describe('outputSize', () => {
  const landscape = { width: 300, height: 200 };
  const portrait = { width: 200, height: 300 };

  test('is the size itself without a request', () => {
    expect(outputSize({ ...landscape }, {})).toEqual(landscape);
  });

  test('sets the short side', () => {
    expect(outputSize(landscape, { shortSide: 100 })).toEqual({ width: 150, height: 100 });
    expect(outputSize(portrait, { shortSide: 400 })).toEqual({ width: 400, height: 600 });
  });

  test('sets the long side', () => {
    expect(outputSize(landscape, { longSide: 100 })).toEqual({ width: 100, height: 67 });
    expect(outputSize(portrait, { longSide: 100 })).toEqual({ width: 67, height: 100 });
  });

  test('sets the requested side exactly for any picture', () => {
    for (let side = 1; side <= 1000; side++) {
      expect(outputSize({ width: side, height: 777 }, { longSide: 513 })).toHaveProperty(
        side > 777 ? 'width' : 'height',
        513,
      );
    }
  });

  test('never goes below 1', () => {
    expect(outputSize({ width: 10_000, height: 2 }, { longSide: 10 })).toEqual({ width: 10, height: 1 });
    expect(outputSize({ width: 2, height: 10_000 }, { longSide: 10 })).toEqual({ width: 1, height: 10 });
  });

  test('takes both sides as given', () => {
    expect(outputSize(landscape, { size: { width: 7, height: 9 } })).toEqual({ width: 7, height: 9 });
  });

  test('refuses two requests and impossible sides', () => {
    expect(() => outputSize(landscape, { shortSide: 1, longSide: 2 })).toThrow(
      new SettingError(
        'expected one of shortSide, longSide and size for the picture size but received shortSide and longSide',
      ),
    );
    const whole = 'expected a whole number of pixels, 1 or more for';
    expect(() => outputSize(landscape, { shortSide: 0 })).toThrow(`${whole} shortSide but received 0`);
    expect(() => outputSize(landscape, { longSide: 1.5 })).toThrow(`${whole} longSide but received 1.5`);
    expect(() => outputSize(landscape, { size: { width: -1, height: 1 } })).toThrow(`${whole} size.width`);
    expect(() => outputSize(landscape, { size: { width: 1, height: Number.NaN } })).toThrow(
      `${whole} size.height`,
    );
  });
});

test('middleSquare cuts the middle and drops an odd pixel right or below', () => {
  const [width, height] = [5, 4];
  const data = Float32Array.from({ length: 3 * width * height }, (_, i) => i);
  const square = middleSquare({ width, height, data }, 2);
  const corner = (c: number) => c * 20 + 1 * width + 1;
  expect(square).toEqual({
    width: 2,
    height: 2,
    data: Float32Array.from(
      [0, 1, 2].flatMap((c) => [0, 1, width, width + 1].map((step) => corner(c) + step)),
    ),
  });
});
