import { describe, expect, it } from 'vitest';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { get } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import { shifted, shiftLoss } from './shift.ts';

const [N, C, H, W] = [1, 3, 102, 103];
const painting = input('painting', [N, C, H, W]);
const moved = input('moved', [N, C, H, W]);
const loss = shiftLoss(painting, moved);
const size = N * C * H * W;
const feeds = { painting: uniform(1, size, 0, 1), moved: uniform(2, size, 0, 1) };

/** The definition in loops. */
function expected(fed: Readonly<Record<string, ArrayLike<number>>>): number {
  let [sum, count] = [0, 0];
  for (let plane = 0; plane < N * C; plane++) {
    for (let y = 48; y < H - 48 - 3; y++) {
      for (let x = 48; x < W - 48 - 5; x++) {
        const a = get(fed.painting ?? [], (plane * H + y + 3) * W + x + 5);
        sum += (a - get(fed.moved ?? [], (plane * H + y) * W + x)) ** 2;
        count++;
      }
    }
  }
  return (50 * sum) / count;
}

describe('shift loss', () => {
  it('is the squared difference of what is the same place', () => {
    expectClose(evaluate({ loss }, feeds).loss, [expected(feeds)], 1e-6);
  });

  it('has the gradient of plain code for both paintings', () => {
    const [own, other] = gradients(loss, [painting, moved]);
    if (own === undefined || other === undefined) throw new Error('no gradient');
    const values = evaluate({ own, other }, feeds);
    // The only places compared are few; the rest has no gradient at all.
    const at = (y: number, x: number) => (H + y) * W + x;
    for (const [name, index, gradient] of [
      ['painting', at(51, 53), values.own],
      ['moved', at(48, 48), values.other],
      ['moved', at(10, 10), values.other],
    ] as const) {
      const nudged = (by: number) => {
        const data = Float64Array.from(feeds[name]);
        data[index] = get(data, index) + by;
        return expected({ ...feeds, [name]: data });
      };
      expect(get(gradient, index)).toBeCloseTo((nudged(1e-3) - nudged(-1e-3)) / 2e-3, 4);
    }
    expect(get(values.own, at(51, 53))).not.toBe(0);
  });

  it('is zero for whatever moves with the picture, not for what stays in place', () => {
    const picture = input('picture', [N, C, H, W]);
    const flat = evaluate({ loss: shiftLoss(picture, shifted(picture)) }, { picture: feeds.painting });
    expect(get(flat.loss, 0)).toBe(0);
    const weave = Float32Array.from({ length: size }, (_, i) => ((i % W) % 8 < 4 ? 0.4 : 0.6));
    const stays = evaluate({ loss: shiftLoss(picture, picture) }, { picture: weave });
    expect(get(stays.loss, 0)).toBeGreaterThan(0.1);
  });
});
