import { describe, expect, it } from 'vitest';
import { expectClose, finiteDifferences, uniform } from '../../test/helpers/numbers.ts';
import { get } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import { calmLoss } from './calm.ts';

const [N, H, W] = [1, 16, 40];
const output = input('output', [N, 3, H, W]);
const content = input('content', [N, 3, H, W]);
const loss = calmLoss(output, content);
const size = N * 3 * H * W;
const feeds = { output: uniform(1, size, 0, 1), content: uniform(2, size, 0.4, 0.5) };

/** The definition in loops. */
function expected(fed: Readonly<Record<string, ArrayLike<number>>>): number {
  const block = (side: number, data: ArrayLike<number>, n: number, y: number, x: number) => {
    const mean = (c: number) => {
      let sum = 0;
      for (let i = 0; i < side * side; i++)
        sum += get(data, ((n * 3 + c) * H + side * y + Math.floor(i / side)) * W + side * x + (i % side));
      return sum / side ** 2;
    };
    const [r, g, b] = [mean(0), mean(1), mean(2)];
    const luma = 0.299 * r + 0.587 * g + 0.114 * b;
    return [5 * luma, 20 * (r - luma), 20 * (b - luma)];
  };
  const squared = (side: number, data: ArrayLike<number>, n: number, a: number[], b: number[]) => {
    const [p, q] = [block(side, data, n, a[0] ?? 0, a[1] ?? 0), block(side, data, n, b[0] ?? 0, b[1] ?? 0)];
    return p.reduce((sum, v, i) => sum + (v - get(q, i)) ** 2, 0);
  };
  let total = 0;
  const compared = [
    [4, 1],
    [4, 2],
    [4, 4],
    [8, 1],
    [8, 2],
    [8, 4],
  ] as const;
  for (const [side, down, right] of compared.flatMap(([side, d]) => [
    [side, d, 0] as const,
    [side, 0, d] as const,
  ])) {
    const [rows, columns] = [H / side - down, W / side - right];
    if (rows <= 0 || columns <= 0) continue;
    let sum = 0;
    for (let n = 0; n < N; n++) {
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          const other = [y + down, x + right];
          const [tolerance, weight] = side === 4 ? [0.1, 4] : [0.25, 1];
          const alike = Math.exp(-squared(side, fed.content ?? [], n, [y, x], other) / tolerance ** 2);
          sum += weight * alike * squared(side, fed.output ?? [], n, [y, x], other);
        }
      }
    }
    total += sum / (N * rows * columns);
  }
  return total;
}

describe('calm loss', () => {
  it('is the weighed squared difference of blocks', () => {
    expectClose(evaluate({ loss }, feeds).loss, [expected(feeds)], 1e-6);
  });

  it('has the gradient of plain code for the output, none for the content', () => {
    const [own, other] = gradients(loss, [output, content]);
    if (own === undefined || other === undefined) throw new Error('no gradient');
    const values = evaluate({ own, other }, feeds);
    const differences = finiteDifferences(expected, feeds, 'output');
    expectClose(values.own, differences, 1e-5);
    expect(values.other.every((v) => v === 0)).toBe(true);
  });

  it('minds a glow on a flat sky, and nothing across an edge of the content', () => {
    const halves = (left: number, right: number) =>
      Float32Array.from({ length: size }, (_, i) => (i % W < 16 ? left : right));
    const of = (painting: Float32Array, photo: Float32Array) =>
      get(evaluate({ loss }, { output: painting, content: photo }).loss, 0);
    expect(of(halves(0.2, 0.8), halves(0.5, 0.5))).toBeGreaterThan(1);
    expect(of(halves(0.2, 0.8), halves(0.1, 0.9))).toBeLessThan(1e-6);
    expect(of(halves(0.4, 0.4), halves(0.5, 0.5))).toBeLessThan(1e-9);
  });

  it('leaves soft texture of the content free to ripple, plain ground not', () => {
    const ripples = (low: number, high: number) =>
      Float32Array.from({ length: size }, (_, i) => ((i % W) % 8 < 4 ? low : high));
    const of = (photo: Float32Array) =>
      get(evaluate({ loss }, { output: ripples(0.4, 0.6), content: photo }).loss, 0);
    expect(of(ripples(0.5, 0.55))).toBeLessThan(of(ripples(0.5, 0.505)) / 100);
  });

  it('minds ripples of 8 pixels on a flat sky, and leaves strokes of 4', () => {
    const stripes = (period: number) =>
      Float32Array.from({ length: size }, (_, i) => ((i % W) % period < period / 2 ? 0.4 : 0.6));
    const flat = new Float32Array(size).fill(0.5);
    const of = (painting: Float32Array) =>
      get(evaluate({ loss }, { output: painting, content: flat }).loss, 0);
    expect(of(stripes(8))).toBeCloseTo(4, 1);
    expect(of(stripes(4))).toBeLessThan(1e-9);
  });
});
