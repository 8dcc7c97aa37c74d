import { describe, expect, it } from 'vitest';
import { expectClose, finiteDifferences, uniform } from '../../test/helpers/numbers.ts';
import { at, get, plain } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import { moved, STEADINESS_BORDER, steadinessLoss } from './steadiness.ts';

const [N, C, H, W] = [3, 1, 66, 67];
const shape = [N, C, H, W];
const SHIFTS = [
  [3, 5],
  [5, 2],
  [3, 5],
] as const;
const painting = input('painting', shape);
const again = input('again', shape);
const loss = steadinessLoss(painting, again);
const count = N * C * H * W;

function expected(fed: Readonly<Record<string, ArrayLike<number>>>): number {
  const [own, other] = [plain(N, C, H, W, fed.painting ?? []), plain(N, C, H, W, fed.again ?? [])];
  let [sum, places] = [0, 0];
  for (const [n, [down, right]] of SHIFTS.entries())
    for (let i = STEADINESS_BORDER; i < H - STEADINESS_BORDER; i++)
      for (let j = STEADINESS_BORDER; j < W - STEADINESS_BORDER; j++, places++)
        sum += (at(own, n, 0, i, j) - at(other, n, 0, (i + down) % H, (j + right) % W)) ** 2;
  return sum / places;
}

describe('steadiness', () => {
  it('compares each place with where it has moved', () => {
    const feeds = { painting: uniform(1, count), again: uniform(2, count) };
    expectClose(evaluate({ loss }, feeds).loss, [expected(feeds)], 1e-6);
  });

  it('is 0 for a painter that moves along, and not for a pattern that stays', () => {
    const feeds = { painting: uniform(3, count), again: new Float32Array(count) };
    const still = { loss: steadinessLoss(painting, moved(painting, again)) };
    expect(get(evaluate(still, feeds).loss, 0)).toBe(0);
    for (const tilt of [0, 1, -1]) {
      const row = (i: number) => Math.floor(i / W) % H;
      const weave = Float32Array.from({ length: count }, (_, i) => ((i % W) + tilt * row(i) + 8 * H) % 8);
      expect(get(evaluate({ loss }, { painting: weave, again: weave }).loss, 0)).toBeGreaterThan(0.1);
    }
  });

  it('adds the noise of a camera', () => {
    const feeds = { painting: new Float32Array(count), again: new Float32Array(count).fill(1) };
    expectClose(
      evaluate({ x: moved(painting, again) }, feeds).x?.slice(0, 9) ?? [],
      Array(9).fill(2 / 255),
      1e-6,
    );
  });

  it('has the gradient of plain code', () => {
    const [gradient] = gradients(loss, [again]);
    if (gradient === undefined) throw new Error('no gradient');
    const feeds = { painting: uniform(1, count), again: uniform(2, count) };
    const found = evaluate({ gradient }, feeds).gradient;
    expectClose(found, finiteDifferences(expected, feeds, 'again'), 1e-6);
  });
});
