import { expect, it } from 'vitest';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { evaluate } from '../graph/evaluate.ts';
import type { RgbImage } from '../images/image.ts';
import { detailMap, detailSize, enlargedMap, mapInput } from './detail.ts';

const [width, height] = [256, 128];

function drawn(value: (x: number, y: number) => number): RgbImage {
  const plane = Float32Array.from({ length: width * height }, (_, i) =>
    value(i % width, Math.floor(i / width)),
  );
  return { width, height, data: Float32Array.from([...plane, ...plane, ...plane]) };
}

it('is 0 in plain ground, next to nothing in a slope, and high at thin things', () => {
  expect(Math.max(...detailMap(drawn(() => 0.3)))).toBe(0);
  expect(Math.max(...detailMap(drawn((x) => x / width)))).toBeLessThan(0.2);
  const lines = detailMap(drawn((x) => (x < 128 ? 0.5 : x % 4 < 2 ? 0.2 : 0.8)));
  const at = (x: number) => lines[(64 / 8) * (width / 8) + Math.floor(x / 8)] ?? Number.NaN;
  expect(at(40)).toBeLessThan(0.01);
  expect(at(220)).toBeGreaterThan(0.8);
  expect(at(128)).toBeGreaterThan(at(112));
});

it.each([
  [64, 48],
  [61, 43],
  [9, 70],
])('is enlarged to a picture of %i×%i as the graph does it', (width, height) => {
  const size = detailSize({ width, height });
  const map = uniform(1, size.width * size.height, 0, 1);
  const { large } = evaluate({ large: mapInput('map', { width, height }) }, { map });
  expectClose(enlargedMap(map, { width, height }), large, 1e-6);
});
