import { describe, expect, it } from 'vitest';
import { stream, uniformInt } from '../random.ts';
import { cut } from './tile-windows.ts';

describe('cut', () => {
  it('leaves an axis whole that is short enough', () => {
    expect(cut(100, 100, 40, 8)).toEqual({ length: 100, spans: [{ start: 0, from: 0, to: 100 }] });
  });

  it('takes no more and no longer windows than needed', () => {
    expect(cut(1000, 600, 40, 8)).toEqual({
      length: 544,
      spans: [
        { start: 0, from: 0, to: 496 },
        { start: 456, from: 496, to: 1000 },
      ],
    });
  });

  it('covers any axis once, with windows that reach a halo beyond their part', () => {
    const random = stream(1, 'cut');
    for (let k = 0; k < 3000; k++) {
      const align = [8, 16][uniformInt(random, 0, 1)] ?? 8;
      const halo = align * uniformInt(random, 1, 6);
      const longest = 2 * halo + 2 * align + uniformInt(random, 0, 700);
      const size = uniformInt(random, 1, 5000);
      const { length, spans } = cut(size, longest, halo, align);
      expect(length).toBeLessThanOrEqual(longest);
      let next = 0;
      for (const [i, { start, from, to }] of spans.entries()) {
        const place = `${size} by ${longest}, halo ${halo}, align ${align}, span ${i}`;
        expect(from, place).toBe(next);
        expect(to, place).toBeGreaterThan(from);
        expect(start % align, place).toBe(0);
        expect(start + length, place).toBeLessThanOrEqual(size);
        expect(from - start, place).toBeGreaterThanOrEqual(start === 0 ? 0 : halo);
        expect(start + length - to, place).toBeGreaterThanOrEqual(start + length === size ? 0 : halo);
        next = to;
      }
      expect(next).toBe(size);
    }
  });
});
