import { describe, expect, it } from 'vitest';
import { uniform } from '../../test/helpers/numbers.ts';
import { drawnImage } from '../../test/helpers/pictures.ts';
import { get } from '../../test/helpers/plain.ts';
import type { RgbImage } from '../images/image.ts';
import { luminance } from './luminance.ts';
import { ssimAgainst } from './ssim.ts';

const ssim = (a: RgbImage, b: RgbImage): number => ssimAgainst(luminance(b))(luminance(a));

describe('SSIM', () => {
  it('is 1 for a picture and itself, and refuses another size', () => {
    const image = drawnImage(1, 20, 16);
    expect(ssim(image, image)).toBeCloseTo(1, 12);
    expect(() => ssim(drawnImage(1, 16, 20), image)).toThrow(/expected an output of the content’s size/);
  });

  it('is the plain definition, window by window', () => {
    const [a, b] = [drawnImage(7, 15, 13), drawnImage(8, 15, 13)];
    const grey =
      ({ data }: RgbImage) =>
      (i: number) =>
        0.299 * get(data, i) + 0.587 * get(data, i + 195) + 0.114 * get(data, i + 390);
    const [x, y] = [grey(a), grey(b)];
    let total = 0;
    for (let top = 0; top < 3; top++) {
      for (let left = 0; left < 5; left++) {
        let [weight, mx, my] = [0, 0, 0];
        const each = (f: (g: number, i: number) => void) => {
          for (let r = 0; r < 11; r++)
            for (let c = 0; c < 11; c++)
              f(Math.exp(-((r - 5) ** 2 + (c - 5) ** 2) / 4.5), (top + r) * 15 + left + c);
        };
        each((g, i) => {
          weight += g;
          mx += g * x(i);
          my += g * y(i);
        });
        mx /= weight;
        my /= weight;
        let [vx, vy, cov] = [0, 0, 0];
        each((g, i) => {
          vx += (g / weight) * (x(i) - mx) ** 2;
          vy += (g / weight) * (y(i) - my) ** 2;
          cov += (g / weight) * (x(i) - mx) * (y(i) - my);
        });
        total += ((2 * mx * my + 1e-4) * (2 * cov + 9e-4)) / ((mx ** 2 + my ** 2 + 1e-4) * (vx + vy + 9e-4));
      }
    }
    expect(ssim(a, b)).toBeCloseTo(total / 15, 8);
  });

  it('falls with noise and needs room for its window', () => {
    const image = drawnImage(9, 20, 20);
    const noisy = { ...image, data: image.data.map((v, i) => v + 0.2 * get(uniform(1, 1200), i)) };
    expect(ssim(image, noisy)).toBeLessThan(0.99);
    expect(() => ssim(drawnImage(1, 10, 20), drawnImage(1, 10, 20))).toThrow('at least 11 pixels');
  });
});
