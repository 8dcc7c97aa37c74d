import { describe, expect, it } from 'vitest';
import { uniform } from '../../test/helpers/numbers.ts';
import { get } from '../../test/helpers/plain.ts';
import { coverage, type Mask, shareMapSize, shareMaps } from './masks.ts';

const mask = (width: number, height: number, value: (x: number, y: number) => number): Mask => ({
  width,
  height,
  data: Float32Array.from({ length: width * height }, (_, i) => value(i % width, Math.floor(i / width))),
});
const picture = { width: 21, height: 13 };
const whole = { top: 0, left: 0, ...picture };

describe('shareMaps', () => {
  it('divides each place by weight and mask, and by the weights alone if no mask shows', () => {
    const left = mask(21, 13, (x) => (x < 10 ? 1 : 0));
    const top = mask(21, 13, (_, y) => (y < 5 ? 0.5 : 0));
    const map = shareMaps([2, 1], [left, top], picture, whole, [1]).get(1) ?? new Float32Array();
    const [rows, columns] = shareMapSize(picture, 1);
    expect([rows, columns]).toEqual([16, 24]);
    const at = (k: number, x: number, y: number) => get(map, (k * rows + y) * columns + x);
    expect([at(0, 3, 2), at(1, 3, 2)].map((v) => v.toFixed(4))).toEqual(['0.8000', '0.2000']);
    expect([at(0, 15, 2), at(1, 15, 2)]).toEqual([0, 1]);
    expect([at(0, 3, 9), at(1, 3, 9)]).toEqual([1, 0]);
    expect(at(0, 15, 9)).toBeCloseTo(2 / 3, 6);
    // The edge of the mask continues beyond the picture.
    expect([at(0, 23, 15), at(0, 2, 15)].map((v) => v.toFixed(4))).toEqual(['0.6667', '1.0000']);
  });

  it('gives a window the part of the whole picture’s maps that it shows, at every stride', () => {
    const masks = [mask(7, 5, (x, y) => ((x * 3 + y * 5) % 7) / 7), undefined];
    const large = { width: 80, height: 64 };
    const strides = [1, 2, 4, 8, 16];
    const full = shareMaps([1, 3], masks, large, { top: 0, left: 0, ...large }, strides);
    const window = { top: 16, left: 32, height: 40, width: 48 };
    const part = shareMaps([1, 3], masks, large, window, strides);
    for (const stride of strides) {
      const [rows, columns] = shareMapSize(window, stride);
      const [, wide] = shareMapSize(large, stride);
      const [own, all] = [part.get(stride), full.get(stride)];
      // The last row of stride 16 shows half of what the whole picture has there.
      const sure = Math.floor(window.height / stride);
      for (let y = 0; y < sure; y++) {
        for (let x = 0; x < columns; x++) {
          const there = (window.top / stride + y) * wide + window.left / stride + x;
          expect(get(own ?? [], y * columns + x)).toBeCloseTo(get(all ?? [], there), 6);
        }
      }
      expect(own).toHaveLength(2 * rows * columns);
    }
  });

  it('sums to 1 everywhere', () => {
    const random = { width: 9, height: 8, data: uniform(1, 72, 0, 1) };
    const maps = shareMaps([1, 2, 3], [random, undefined, random], picture, whole, [1, 4, 8]);
    for (const [stride, map] of maps) {
      const size = map.length / 3;
      const [rows, columns] = shareMapSize(picture, stride);
      expect(size).toBe(rows * columns);
      for (let i = 0; i < size; i++) {
        expect(get(map, i) + get(map, size + i) + get(map, 2 * size + i)).toBeCloseTo(1, 5);
      }
    }
  });
});

describe('coverage', () => {
  const half = mask(21, 13, (x) => (x < 10 ? 1 : 0.25));

  it('is undefined if a style is everywhere', () => {
    expect(coverage([undefined, half], undefined, picture, whole)).toBeUndefined();
  });

  it('is the sum of the masks, 1 at most, times the map', () => {
    const masks = coverage([half, half], undefined, picture, whole) ?? [];
    expect([get(masks, 0), get(masks, 20)]).toEqual([1, 0.5]);
    const mapped =
      coverage(
        [half],
        mask(1, 1, () => 0.5),
        picture,
        whole,
      ) ?? [];
    expect([get(mapped, 0), get(mapped, 20)]).toEqual([0.5, 0.125]);
    const open = coverage([undefined], half, picture, { top: 4, left: 9, height: 1, width: 2 });
    expect(open).toEqual(Float32Array.of(1, 0.25));
  });
});
