import { describe, expect, it } from 'vitest';
import { uniform } from '../../test/helpers/numbers.ts';
import { get } from '../../test/helpers/plain.ts';
import type { RgbImage } from '../images/image.ts';
import {
  artefacts,
  borderJump,
  clippedShare,
  FRAME,
  gridExcess,
  nyquistShare,
  outsideShare,
  SMALLEST_SIDE,
  tracesOf,
} from './artefacts.ts';
import { luminance } from './luminance.ts';

/** Blurred noise: detail at all scales, as in photographs. */
function natural(seed: number, side: number): RgbImage {
  const data = new Float32Array(3 * side * side).fill(0.5);
  for (let period = 2; period <= side / 4; period *= 2) {
    const cells = Math.ceil(side / period) + 2;
    const random = uniform(seed + period, 3 * cells * cells, -0.06, 0.06);
    // Shifted, so that no scale starts on the grid.
    const shift = (period * 3) / 7;
    for (let i = 0; i < data.length; i++) {
      const c = Math.floor(i / side ** 2);
      const [x, y] = [((i % side) + shift) / period, ((Math.floor(i / side) % side) + shift) / period];
      const [left, top] = [Math.floor(x), Math.floor(y)];
      const at = (dx: number, dy: number) => get(random, (c * cells + top + dy) * cells + left + dx);
      const [u, v] = [x - left, y - top];
      data[i] =
        (data[i] ?? 0) +
        (1 - v) * ((1 - u) * at(0, 0) + u * at(1, 0)) +
        v * ((1 - u) * at(0, 1) + u * at(1, 1));
    }
  }
  return { width: side, height: side, data };
}

/** Adds to all three channels. */
function plus(image: RgbImage, value: (x: number, y: number) => number): RgbImage {
  const { width, height } = image;
  const data = image.data.map((v, i) => v + value(i % width, Math.floor(i / width) % height));
  return { ...image, data };
}

const image = natural(1, 160);
const ratios = (output: RgbImage) => artefacts(tracesOf(output), tracesOf(image));
const flat = (value: number, side: number): RgbImage => ({
  width: side,
  height: side,
  data: new Float32Array(3 * side * side).fill(value),
});

it('a picture has no artefacts against itself, and neither has a copy of other contrast', () => {
  expect(ratios(image)).toEqual({ border: 1, checkerboard: 1, grid: 1 });
  const { border, checkerboard, grid } = ratios({ ...image, data: image.data.map((v) => 0.2 + 0.6 * v) });
  expect(border).toBeCloseTo(1, 1);
  expect(checkerboard).toBeCloseTo(1, 1);
  expect(grid).toBeCloseTo(1, 1);
});

it('a flat picture has finite traces', () => {
  const traces = artefacts(tracesOf(flat(0.5, 80)), tracesOf(flat(0.2, 80)));
  for (const value of Object.values(traces)) expect(value).toBeCloseTo(1, 6);
});

describe('border error', () => {
  const framed = (width: number, by: number) =>
    plus(image, (x, y) => (Math.min(x, y, 159 - x, 159 - y) < width ? by : 0));

  it('rises with a brighter frame or one of other contrast, but not with changes inside', () => {
    expect(ratios(framed(8, 0.2)).border).toBeGreaterThan(2);
    expect(ratios(framed(8, 0.4)).border).toBeGreaterThan(ratios(framed(8, 0.2)).border);
    const noise = uniform(3, 160 * 160, -0.3, 0.3);
    const rough = plus(image, (x, y) => (Math.min(x, y, 159 - x, 159 - y) < 8 ? get(noise, y * 160 + x) : 0));
    expect(ratios(rough).border).toBeGreaterThan(1.5);
    expect(ratios(framed(80, 0.2)).border).toBeCloseTo(1, 3);
  });

  it('is the plain definition', () => {
    const side = SMALLEST_SIDE;
    const small = { width: side, height: side, data: uniform(4, 3 * side * side, 0, 1) };
    const describeBlock = (left: number, top: number) => {
      const pixels = Array.from({ length: FRAME ** 2 }, (_, k) => {
        const i = (top + Math.floor(k / FRAME)) * side + left + (k % FRAME);
        return [0, 1, 2].map((c) => get(small.data, c * side * side + i));
      });
      const means = [0, 1, 2].map((c) => pixels.reduce((s, p) => s + get(p, c), 0) / pixels.length);
      const greys = pixels.map((p) => 0.299 * get(p, 0) + 0.587 * get(p, 1) + 0.114 * get(p, 2));
      const mean = greys.reduce((a, b) => a + b) / greys.length;
      const variance = greys.reduce((a, b) => a + (b - mean) ** 2, 0) / greys.length;
      return [...means, Math.sqrt(variance)];
    };
    // One block per side: the fourth of seven.
    const jump = (a: number, b: number) => {
      const places = (ring: number) => [
        [24, 8 * ring],
        [24, 48 - 8 * ring],
        [8 * ring, 24],
        [48 - 8 * ring, 24],
      ];
      const squares = places(a).map((place, i) => {
        const [p, q] = [place, places(b)[i] ?? []].map(([x = 0, y = 0]) => describeBlock(x, y));
        return (p ?? []).reduce((s, v, k) => s + (v - get(q ?? [], k)) ** 2, 0);
      });
      return Math.sqrt(squares.reduce((s, v) => s + v, 0) / 4);
    };
    expect(borderJump(small)).toBeCloseTo((jump(0, 1) + 1 / 255) / (jump(1, 2) + 1 / 255), 9);
  });

  it('needs room', () => {
    expect(() => borderJump(flat(0, 55))).toThrow('expected a picture of at least 56 pixels');
  });
});

describe('checkerboard', () => {
  it('rises with a checkerboard, with stripes, and with one whose sign changes', () => {
    const board = (x: number, y: number) => ((x + y) % 2 === 0 ? 0.05 : -0.05);
    expect(ratios(plus(image, board)).checkerboard).toBeGreaterThan(5);
    expect(ratios(plus(image, (x) => (x % 2 === 0 ? 0.05 : -0.05))).checkerboard).toBeGreaterThan(3);
    const patches = (x: number, y: number) => board(x, y) * (((x >> 4) + (y >> 4)) % 3 === 0 ? 1 : -1);
    expect(ratios(plus(image, patches)).checkerboard).toBeGreaterThan(5);
  });

  it('falls with blur', () => {
    const blurred = natural(1, 160);
    const { data } = blurred;
    for (let i = 0; i + 161 < data.length; i++) {
      data[i] = (get(data, i) + get(data, i + 1) + get(data, i + 160) + get(data, i + 161)) / 4;
    }
    expect(ratios(blurred).checkerboard).toBeLessThan(0.5);
  });

  it('is the plain definition, and counts all energy at the Nyquist frequency', () => {
    const small = { width: 9, height: 7, data: uniform(5, 3 * 63, 0, 1) };
    const grey = luminance(small);
    const taps = [1, -4, 6, -4, 1];
    const at = (x: number, y: number) => get(grey.values, y * 9 + x);
    let [across, down] = [0, 0];
    for (let y = 0; y < 7; y++)
      for (let x = 0; x < 5; x++)
        across += (taps.reduce((s, t, k) => s + t * at(x + k, y), 0) / 16) ** 2 / (5 * 7);
    for (let y = 0; y < 3; y++)
      for (let x = 0; x < 9; x++)
        down += (taps.reduce((s, t, k) => s + t * at(x, y + k), 0) / 16) ** 2 / (3 * 9);
    const mean = grey.values.reduce((a, b) => a + b) / 63;
    const variance = grey.values.reduce((a, b) => a + (b - mean) ** 2, 0) / 63;
    const floor = 1e-8;
    expect(nyquistShare(grey)).toBeCloseTo((across + down + floor) / (variance + floor), 9);
    const stripes = luminance(plus(flat(0.5, 64), (x) => (x % 2 === 0 ? 0.3 : -0.3)));
    expect(nyquistShare(stripes)).toBeCloseTo(1, 3);
  });
});

describe('grid', () => {
  it('is about 1 without a grid and rises with periods of 8, 4 and 2, but no others', () => {
    expect(gridExcess(luminance(image))).toBeCloseTo(1, 0);
    const wave = (period: number) =>
      plus(image, (x, y) => ((x % period === 0 ? 1 : 0) + (y % period === 0 ? 1 : 0)) * 0.02);
    for (const period of [8, 4, 2]) expect(ratios(wave(period)).grid, `${period}`).toBeGreaterThan(10);
    for (const period of [5, 7, 11]) expect(ratios(wave(period)).grid, `${period}`).toBeLessThan(1.6);
  });

  it('is the plain definition', () => {
    const grey = luminance({ width: 67, height: 66, data: uniform(6, 3 * 67 * 66, 0, 1) });
    // One block, at column (67 − 64) / 2 and row (66 − 64) / 2, both rounded down.
    const power = (period: number, dx: number, dy: number) => {
      const tiles = Math.floor(64 / period);
      const sums = Array.from({ length: period ** 2 }, () => 0);
      for (let y = 0; y < tiles * period; y++)
        for (let x = 0; x < tiles * period; x++) {
          const i = (y + 1) * 67 + x + 1;
          const cell = (y % period) * period + (x % period);
          sums[cell] = get(sums, cell) + get(grey.values, i + dx + 67 * dy) - get(grey.values, i);
        }
      const means = sums.map((s) => s / tiles ** 2);
      const mean = means.reduce((a, b) => a + b) / period ** 2;
      return (tiles ** 2 * means.reduce((a, b) => a + (b - mean) ** 2, 0)) / period ** 2;
    };
    const both = (period: number) => power(period, 1, 0) + power(period, 0, 1);
    const floor = 1e-8;
    const wanted = (both(8) + floor) / (Math.sqrt(both(7) * both(9)) + floor);
    expect(gridExcess(grey)).toBeCloseTo(wanted, 9);
  });

  it('is 1 for a picture without a whole block', () => {
    expect(gridExcess(luminance(natural(2, 64)))).toBe(1);
  });
});

describe('clipping', () => {
  const three = (red: number[], green: number[], blue: number[]): RgbImage => ({
    width: red.length,
    height: 1,
    data: Float32Array.from([...red, ...green, ...blue]),
  });

  it('counts pixels with a channel at an end, after rounding', () => {
    expect(clippedShare(three([0, 0.5, 0.5, 1], [0.5, 0.5, 1, 1], [0.5, 0.5, 0.5, 1]))).toBe(0.75);
  });

  it('counts pixels of the network’s output that clamping changes by more than rounding does', () => {
    const image = three([-0.001, 0.5, 0.5, Number.NaN], [0.5, 1.01, 0.5, 0.5], [0.5, 0.5, 1.001, 0.5]);
    expect(outsideShare(image)).toBe(0.5);
  });
});
