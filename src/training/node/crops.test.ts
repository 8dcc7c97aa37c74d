import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { uniform } from '../../../test/helpers/numbers.ts';
import { readImage } from '../../images/node/image-file.ts';
import { stream } from '../../random.ts';
import { crops, indexAt } from './crops.ts';
import type { Pixels } from './picture-cache.ts';

describe('indexAt', () => {
  const places = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);

  it('shows every picture once per epoch, in another order each time', () => {
    const seen = places(21).map((place) => indexAt(7, 1, 'content', place));
    const epochs = [seen.slice(0, 7), seen.slice(7, 14), seen.slice(14, 21)];
    for (const epoch of epochs) expect([...epoch].sort()).toEqual(places(7));
    expect(new Set(epochs.map(String)).size).toBe(3);
  });

  it('is a function of seed, name and place', () => {
    const at = (seed: number, name: string) => places(15).map((place) => indexAt(7, seed, name, place));
    expect(at(1, 'content')).toEqual(at(1, 'content'));
    expect(at(1, 'content')).not.toEqual(at(2, 'content'));
    expect(at(1, 'content')).not.toEqual(at(1, 'style'));
    // The result does not depend on earlier calls.
    const far = () => places(3, 29_997).map((place) => indexAt(7, 1, 'content', place));
    const before = far();
    for (let seed = 0; seed < 12; seed++) indexAt(7, seed, 'other', 3 * seed);
    expect(far()).toEqual(before);
  });

  it('shows the only picture of a folder again and again', () => {
    expect(places(3).map((place) => indexAt(1, 1, 'x', place))).toEqual([0, 0, 0]);
  });
});

describe('crops', () => {
  const fixed = (
    width: number,
    height: number,
    value: (x: number, y: number, c: number) => number,
  ): Pixels => {
    const data = new Uint8Array(width * height * 3);
    for (let i = 0; i < data.length; i++) {
      data[i] = value(Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3);
    }
    return { data, width, height };
  };
  const many = (pixels: Pixels, size: number, low: number, high: number, count = 200, mirror = true) =>
    crops(new Array<Pixels>(count).fill(pixels), stream(3, 'crops'), {
      size,
      regionMin: low,
      regionMax: high,
      mirror,
    });

  it('are the same for the same stream', () => {
    const pixels = fixed(50, 40, (x, y, c) => (x * 7 + y * 11 + c * 50) % 256);
    expect(many(pixels, 16, 20, 40, 5)).toEqual(many(pixels, 16, 20, 40, 5));
    expect(many(pixels, 16, 20, 40, 5)).not.toEqual(
      crops(new Array<Pixels>(5).fill(pixels), stream(4, 'crops'), {
        size: 16,
        regionMin: 20,
        regionMax: 40,
        mirror: true,
      }),
    );
  });

  it('leave a constant picture constant and stay within 0–1, larger and smaller', () => {
    const flat = fixed(33, 47, (_x, _y, c) => [255, 128, 0][c] ?? 0);
    for (const size of [8, 16, 64]) {
      const values = many(flat, size, 5, 33, 20);
      const wrong = values.filter((value, i) => {
        const c = Math.floor(i / (size * size)) % 3;
        return Math.abs(value - ([255, 128, 0][c] ?? 0) / 255) > 1e-5;
      });
      expect(wrong).toHaveLength(0);
    }
    const noise = fixed(33, 47, (x, y) => ((x * 37 + y * 91) % 2) * 255);
    const values = many(noise, 16, 5, 33, 20);
    expect(values.every((v) => v >= 0 && v <= 1 + 1e-6)).toBe(true);
  });

  it('show regions of the asked-for range, anywhere in the picture, half of them mirrored', () => {
    // A ramp along x: the slope of a crop gives the side of its region, the level its place.
    const pixels = fixed(200, 100, (x) => x);
    const size = 16;
    const values = many(pixels, size, 30, 60);
    const found = Array.from({ length: 200 }, (_, k) => {
      const row = values.subarray(k * 3 * size * size, k * 3 * size * size + size);
      const slope = (((row[12] ?? 0) - (row[3] ?? 0)) / 9) * 255;
      const middle = (((row[7] ?? 0) + (row[8] ?? 0)) / 2) * 255;
      return { side: Math.abs(slope) * size, mirrored: slope < 0, middle };
    });
    const sides = found.map((f) => f.side);
    expect(Math.min(...sides)).toBeGreaterThan(29.9);
    expect(Math.min(...sides)).toBeLessThan(32);
    expect(Math.max(...sides)).toBeLessThan(60.1);
    expect(Math.max(...sides)).toBeGreaterThan(58);
    const mirrored = found.filter((f) => f.mirrored).length;
    expect(mirrored).toBeGreaterThan(70);
    expect(mirrored).toBeLessThan(130);
    expect(Math.min(...found.map((f) => f.middle))).toBeLessThan(30);
    expect(Math.max(...found.map((f) => f.middle))).toBeGreaterThan(170);
    for (const { side, middle } of found) {
      expect(middle - side / 2).toBeGreaterThan(-1.5);
      expect(middle + side / 2).toBeLessThan(200.5);
    }
  });

  it('are not mirrored if they are not to be', () => {
    const pixels = fixed(200, 100, (x) => x);
    const values = many(pixels, 16, 30, 60, 40, false);
    for (let k = 0; k < 40; k++) expect(values[768 * k + 12]).toBeGreaterThan(values[768 * k + 3] ?? 1);
  });

  it('are the pixels of the picture where the region has their size', () => {
    const pixels = fixed(61, 47, (x, y, c) => [x, y, 200][c] ?? 0);
    const values = many(pixels, 16, 16, 16, 40).map((value) => value * 255);
    for (const value of values) expect(Math.abs(value - Math.round(value))).toBeLessThan(1e-4);
    const lefts = Array.from({ length: 40 }, (_, k) =>
      Math.round(Math.min(...values.slice(768 * k, 768 * k + 16))),
    );
    expect(new Set(lefts).size).toBeGreaterThan(15);
    expect(Math.max(...lefts)).toBeLessThanOrEqual(61 - 16);
  });

  it('take no more than a small picture has', () => {
    const pixels = fixed(20, 30, (x) => x * 10);
    const size = 8;
    const values = many(pixels, size, 50, 90, 10);
    for (let k = 0; k < 10; k++) {
      const row = values.subarray(k * 3 * size * size, k * 3 * size * size + size);
      const side = Math.abs((((row[5] ?? 0) - (row[2] ?? 0)) / 3) * 25.5) * size;
      expect(Math.abs(side - 20)).toBeLessThan(0.2);
    }
  });

  it('average away detail finer than a pixel of the crop', () => {
    const stripes = fixed(64, 64, (x) => (x % 3 === 0 ? 255 : 0));
    const values = many(stripes, 16, 64, 64, 3);
    for (const value of values) expect(Math.abs(value - 1 / 3)).toBeLessThan(0.12);
  });

  it.each([
    [96, 40],
    [96, 64],
    [30, 64],
  ])('look as sharp as the pictures of users: %i to %i pixels', async (from, size) => {
    const noise = uniform(5, from * from * 3, 0, 255);
    const pixels = fixed(from, from, (x, y, c) => Math.round(noise[(y * from + x) * 3 + c] ?? 0));
    const { data } = pixels;
    const raw = { width: from, height: from, channels: 3 } as const;
    const png = await sharp(data, { raw }).png().toBuffer();
    const { data: wanted } = await readImage(png, { size: { width: size, height: size } });
    const sharpness = (values: Float32Array) =>
      values.reduce(
        (total, v, i) => (i % size === 0 ? total : total + Math.abs(v - (values[i - 1] ?? 0))),
        0,
      ) / values.length;
    const ratio = sharpness(many(pixels, size, from, from, 1)) / sharpness(wanted);
    expect(Math.abs(ratio - 1)).toBeLessThan(0.05);
  });

  it('give the picture itself at its own size', () => {
    const pixels = fixed(16, 16, (x, y, c) => (x * 3 + y * 5 + c * 60) % 256);
    const values = many(pixels, 16, 16, 16, 4);
    const { data } = pixels;
    for (let k = 0; k < 4; k++) {
      const plane = values.subarray(k * 768, (k + 1) * 768);
      const straight = (i: number) => {
        const [c, y, x] = [Math.floor(i / 256), Math.floor(i / 16) % 16, i % 16];
        return [(data[(y * 16 + x) * 3 + c] ?? 0) / 255, (data[(y * 16 + 15 - x) * 3 + c] ?? 0) / 255];
      };
      const off = [0, 1].map((side) =>
        Math.max(...plane.map((v, i) => Math.abs(v - (straight(i)[side] ?? 0)))),
      );
      expect(Math.min(...off)).toBeLessThan(1e-5);
    }
  });
});
