import { describe, expect, it } from 'vitest';
import { cropImage, type RgbImage } from './image.ts';
import { fillBand, fillTransparent, gatherSurroundings } from './transparency.ts';

type Colour = readonly [number, number, number];

/** A picture from a function of place: colour, and alpha 0–1. */
function picture(
  width: number,
  height: number,
  at: (x: number, y: number) => readonly [...Colour, number],
): RgbImage & { alpha: Float32Array } {
  const pixels = width * height;
  const [data, alpha] = [new Float32Array(3 * pixels), new Float32Array(pixels)];
  for (let i = 0; i < pixels; i++) {
    const [r, g, b, a] = at(i % width, Math.floor(i / width));
    data[i] = r;
    data[pixels + i] = g;
    data[2 * pixels + i] = b;
    alpha[i] = a;
  }
  return { width, height, data, alpha };
}

function filled(image: RgbImage): RgbImage {
  const copy = { ...image, data: image.data.slice() };
  fillTransparent(copy);
  return copy;
}

const colourAt = ({ width, height, data }: RgbImage, x: number, y: number): number[] =>
  [0, 1, 2].map((c) => data[(c * height + y) * width + x] ?? Number.NaN);

/** A red and a blue disc on transparent ground, with random colours under it. */
const discs = (junk: number) =>
  picture(61, 43, (x, y) => {
    if (Math.hypot(x - 15, y - 20) < 9) return [1, 0, 0, 1];
    if (Math.hypot(x - 45, y - 20) < 9) return [0, 0, 1, 1];
    return [(x * junk) % 1, (y * junk) % 1, junk, 0];
  });

describe('fillTransparent', () => {
  it('takes colours from near by, in all directions', () => {
    const image = filled(discs(0.37));
    for (const [x, y] of [
      [0, 0],
      [3, 20],
      [15, 42],
    ] as const) {
      const [r = 0, g, b = 1] = colourAt(image, x, y);
      expect(r).toBeGreaterThan(0.8);
      expect(g).toBeCloseTo(0);
      expect(b).toBeLessThan(0.2);
    }
    expect(colourAt(image, 60, 20)[2]).toBeGreaterThan(0.8);
    const [r = 0, , b = 0] = colourAt(image, 30, 20);
    expect(Math.abs(r - b)).toBeLessThan(0.4);
  });

  it('creates no edges', () => {
    const image = filled(discs(0.37));
    let steepest = 0;
    for (let y = 0; y < 43; y++) {
      for (let x = 1; x < 61; x++) {
        const step = Math.abs((colourAt(image, x, y)[0] ?? 0) - (colourAt(image, x - 1, y)[0] ?? 0));
        steepest = Math.max(steepest, step);
      }
    }
    expect(steepest).toBeLessThan(0.2);
  });

  it('ignores the old colours of invisible pixels', () => {
    expect(filled(discs(0.9))).toEqual(filled(discs(0.1)));
  });

  it('keeps visible pixels, even the faintest', () => {
    const faint = picture(20, 20, (x) => [x / 20, 0.5, 0.25, x < 10 ? 1 / 255 : 1]);
    expect(filled(faint)).toEqual(faint);
    const image = discs(0.37);
    const result = filled(image);
    for (let i = 0; i < image.alpha.length; i++) {
      if (image.alpha[i] === 0) continue;
      expect(result.data[i]).toBe(image.data[i]);
    }
  });

  it('gives hardly visible pixels little weight', () => {
    const image = filled(picture(4, 4, (x) => (x === 0 ? [1, 0, 0, 1] : [0, 1, 0, x === 1 ? 0.001 : 0])));
    expect(colourAt(image, 3, 0)[0]).toBeGreaterThan(0.99);
  });

  it.each([
    [1, 1],
    [1, 9],
    [8, 8],
    [17, 5],
  ])('makes %i×%i fully transparent pixels white', (width, height) => {
    const image = filled(picture(width, height, () => [0.2, 0.3, 0.4, 0]));
    expect(image.data).toEqual(new Float32Array(3 * width * height).fill(1));
  });

  it('finds a single visible pixel from anywhere', () => {
    const image = filled(picture(70, 50, (x, y) => [0.2, 0.6, 0.4, x === 69 && y === 49 ? 1 : 0]));
    expect(colourAt(image, 0, 0).map((value) => Math.round(100 * value))).toEqual([20, 60, 40]);
  });
});

it('fills bands exactly like the whole picture', () => {
  const image = discs(0.37);
  const whole = filled(image);
  for (const height of [8, 16, 40]) {
    const bands = Array.from({ length: Math.ceil(43 / height) }, (_, i) => {
      const top = i * height;
      return { top, band: cropImage(image, { left: 0, top, width: 61, height: Math.min(height, 43 - top) }) };
    });
    const gatherer = gatherSurroundings(image);
    for (const { band, top } of bands.toReversed()) gatherer.add(band, top);
    const around = gatherer.finish();
    for (const { band, top } of bands) {
      fillBand(band, top, around);
      expect(band).toEqual(cropImage(whole, { left: 0, top, width: 61, height: band.height }));
    }
  }
});
