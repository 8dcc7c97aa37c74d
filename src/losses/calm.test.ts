import { describe, expect, it } from 'vitest';
import { expectClose, finiteDifferences, uniform } from '../../test/helpers/numbers.ts';
import { get } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import { calmLoss } from './calm.ts';

const [N, H, W] = [2, 16, 40];
const output = input('output', [N, 3, H, W]);
const content = input('content', [N, 3, H, W]);
const loss = calmLoss(output, content);
const size = N * 3 * H * W;
const feeds = { output: uniform(1, size, 0, 1), content: uniform(2, size, 0.4, 0.5) };

/** The definition in loops. */
function expected(fed: Readonly<Record<string, ArrayLike<number>>>): number {
  const block = (data: ArrayLike<number>, n: number, y: number, x: number) => {
    const mean = (c: number) => {
      let sum = 0;
      for (let i = 0; i < 64; i++)
        sum += get(data, ((n * 3 + c) * H + 8 * y + Math.floor(i / 8)) * W + 8 * x + (i % 8));
      return sum / 64;
    };
    const [r, g, b] = [mean(0), mean(1), mean(2)];
    const luma = 0.299 * r + 0.587 * g + 0.114 * b;
    return [5 * luma, 20 * (r - luma), 20 * (b - luma)];
  };
  const squared = (data: ArrayLike<number>, n: number, a: number[], b: number[]) => {
    const [p, q] = [block(data, n, a[0] ?? 0, a[1] ?? 0), block(data, n, b[0] ?? 0, b[1] ?? 0)];
    return p.reduce((sum, v, i) => sum + (v - get(q, i)) ** 2, 0);
  };
  let total = 0;
  for (const [down, right] of [1, 2, 4].flatMap((d) => [
    [d, 0],
    [0, d],
  ])) {
    const [rows, columns] = [H / 8 - (down ?? 0), W / 8 - (right ?? 0)];
    if (rows <= 0 || columns <= 0) continue;
    let sum = 0;
    for (let n = 0; n < N; n++) {
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) {
          const other = [y + (down ?? 0), x + (right ?? 0)];
          const alike = Math.exp(-squared(fed.content ?? [], n, [y, x], other) / 0.25 ** 2);
          sum += alike * squared(fed.output ?? [], n, [y, x], other);
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
});
