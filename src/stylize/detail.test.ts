import { expect, it } from 'vitest';
import type { RgbImage } from '../images/image.ts';
import { detailMap } from './detail.ts';

const [width, height] = [256, 128];

function drawn(value: (x: number, y: number) => number): RgbImage {
  const plane = Float32Array.from({ length: width * height }, (_, i) =>
    value(i % width, Math.floor(i / width)),
  );
  return { width, height, data: Float32Array.from([...plane, ...plane, ...plane]) };
}

it('is 0 in plain ground, next to nothing in a slope, and high where thin things are', () => {
  expect(Math.max(...detailMap(drawn(() => 0.3)))).toBe(0);
  expect(Math.max(...detailMap(drawn((x) => x / width)))).toBeLessThan(0.2);
  const lines = detailMap(drawn((x) => (x < 128 ? 0.5 : x % 4 < 2 ? 0.2 : 0.8)));
  const at = (x: number) => lines[(64 / 8) * (width / 8) + Math.floor(x / 8)] ?? Number.NaN;
  expect(at(40)).toBeLessThan(0.01);
  expect(at(220)).toBeGreaterThan(0.8);
  expect(at(128)).toBeGreaterThan(at(112));
});
