import { describe, expect, it } from 'vitest';
import { drawnImage } from '../../test/helpers/pictures.ts';
import { cropImage, type RgbImage } from '../images/image.ts';
import { resampleImage } from '../images/resample.ts';
import { surface } from './surface.ts';

const flat = (width: number, height: number, value: number): RgbImage => ({
  width,
  height,
  data: new Float32Array(3 * width * height).fill(value),
});

const whole = ({ width, height }: RgbImage) => ({ top: 0, left: 0, width, height });

function apart(a: RgbImage, b: RgbImage): { mean: number; most: number } {
  let [sum, most] = [0, 0];
  for (const [i, value] of a.data.entries()) {
    const difference = Math.abs(value - (b.data[i] ?? Number.NaN));
    sum += difference;
    most = Math.max(most, difference);
  }
  return { mean: sum / a.data.length, most };
}

/** Waves of some 20 pixels, like the strokes of a painting. */
function strokes(width: number, height: number): RgbImage {
  const data = new Float32Array(3 * width * height);
  for (let i = 0; i < data.length; i++) {
    const [c, x, y] = [Math.floor(i / (width * height)), i % width, Math.floor(i / width) % height];
    data[i] = 0.5 + 0.3 * Math.sin(x / 3 + c) * Math.cos((x + y) / 7);
  }
  return { width, height, data };
}

describe.each([3, 8])('a painting enlarged %i times', (times) => {
  const painting = strokes(60, 44);
  const content = drawnImage(2, 60 * times, 44 * times);
  const small = resampleImage(content, painting);

  it('is the same at the ends of its windows', () => {
    const made = surface(painting, small, content, 0.7);
    const all = made(content, whole(content));
    const window = { top: 17, left: 31, width: 93, height: 71 };
    const part = made(cropImage(content, window), window);
    expect(apart(part, cropImage(all, window)).most).toBeLessThan(1e-6);
  });

  it('is the painting again when it is reduced', () => {
    const made = surface(painting, small, content, 0)(content, whole(content));
    const { mean } = apart(resampleImage(made, painting), painting);
    expect(mean).toBeLessThan(3 / 255);
    // Plain enlarging comes no closer: from further away the marks of the brush are not seen.
    expect(apart(made, resampleImage(painting, content)).mean).toBeGreaterThan(0.7 * mean);
  });

  it('has as much of the content’s own detail as is asked for', () => {
    const [none, half, all] = [0, 0.5, 1].map((detail) =>
      surface(painting, small, content, detail)(content, whole(content)),
    );
    if (!none || !half || !all) throw new Error('three pictures');
    expect(apart(none, all).mean).toBeGreaterThan(0.01);
    const middle = { ...half, data: none.data.map((v, i) => (v + (all.data[i] ?? 0)) / 2) };
    expect(apart(half, middle).most).toBeLessThan(1e-5);
  });

  it('has marks of a brush in plain paint, a few steps of 255 and none on the whole', () => {
    // Large enough for the chance of single dabs to even out.
    const ground = flat(180, 132, 0.4);
    const large = flat(180 * times, 132 * times, 0.4);
    const made = surface(ground, ground, large, 0)(large, whole(large));
    const mean = made.data.reduce((sum, v) => sum + v, 0) / made.data.length;
    expect(mean).toBeCloseTo(0.4, 3);
    const deviation = Math.sqrt(made.data.reduce((sum, v) => sum + (v - mean) ** 2, 0) / made.data.length);
    expect(deviation).toBeGreaterThan(1 / 255);
    expect(deviation).toBeLessThan(9 / 255);
  });
});

it('carries paint over edges along the strokes, nearly within the range of both sides', () => {
  const edge = {
    ...flat(64, 64, 0),
    data: Float32Array.from({ length: 3 * 64 * 64 }, (_, i) => (i % 64 < 32 ? 0.2 : 0.8)),
  };
  const size = { width: 640, height: 640 };
  const content = flat(640, 640, 0.5);
  const made = surface(edge, flat(64, 64, 0.5), size, 0)(content, whole(content));
  const at = (x: number, y: number) => made.data[y * 640 + x] ?? Number.NaN;
  const row = (x: number) => Array.from({ length: 640 }, (_, y) => at(x, y));
  // A ragged edge: at one distance from it the paint belongs now to one side, now to the other.
  expect(Math.max(...row(320)) - Math.min(...row(320))).toBeGreaterThan(0.15);
  expect(Math.max(...row(120)) - Math.min(...row(120))).toBeLessThan(0.3);
  expect(made.data.every((value) => value > -0.1 && value < 1.1)).toBe(true);
});
