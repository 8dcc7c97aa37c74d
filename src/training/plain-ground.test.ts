import { describe, expect, it } from 'vitest';
import { get } from '../../test/helpers/plain.ts';
import { stream } from '../random.ts';
import { plainGround } from './plain-ground.ts';

const SIDE = 64;
const plane = SIDE ** 2;

/** A dark striped disc before a bright ground with strong grain. */
function scene(): Float32Array {
  return Float32Array.from({ length: 3 * plane }, (_, i) => {
    const [y, x] = [Math.floor((i % plane) / SIDE), i % SIDE];
    if (inside(x, y)) return x % 6 < 3 ? 0.1 : 0.25;
    return 0.7 + 0.1 * (((x * 7 + y * 13) % 5) / 5);
  });
}

const inside = (x: number, y: number) => Math.hypot(x - 31.5, y - 31.5) < 22;

/** Deviation of the red values of the places that `choose` names. */
function deviation(picture: Float32Array, choose: (x: number, y: number) => boolean): number {
  const values = [...picture.subarray(0, plane)].filter((_, i) => choose(i % SIDE, Math.floor(i / SIDE)));
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
}

describe('plainGround', () => {
  it('flattens the ground and keeps the object, or the other way round', () => {
    const before = scene();
    const seen = new Set<string>();
    for (let seed = 0; seed < 12; seed++) {
      const picture = scene();
      plainGround(picture, SIDE, stream(seed, 'test'));
      const far = (x: number, y: number) => Math.abs(Math.hypot(x - 31.5, y - 31.5) - 22) > 8;
      const kept = (choose: typeof inside) =>
        deviation(picture, (x, y) => far(x, y) && choose(x, y)) /
        deviation(before, (x, y) => far(x, y) && choose(x, y));
      const [object, ground] = [kept(inside), kept((x, y) => !inside(x, y))];
      if (ground < 0.15 && object > 0.99) seen.add('ground');
      if (object < 0.15 && ground > 0.99) seen.add('object');
    }
    expect([...seen].sort()).toEqual(['ground', 'object']);
  });

  it('keeps colours within 0–1 and is a function of its random numbers alone', () => {
    const [a, b] = [scene(), scene()];
    plainGround(a, SIDE, stream(1, 'test'));
    plainGround(b, SIDE, stream(1, 'test'));
    expect(a).toEqual(b);
    expect(a.every((v) => v >= 0 && v <= 1)).toBe(true);
    expect(a.some((v, i) => v !== get(scene(), i))).toBe(true);
  });
});
