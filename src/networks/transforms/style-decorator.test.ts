import { expect, it } from 'vitest';
import { expectClose, uniform } from '../../../test/helpers/numbers.ts';
import { at, fill, type Plain, plain } from '../../../test/helpers/plain.ts';
import { evaluate } from '../../graph/evaluate.ts';
import { input } from '../../graph/ops/sources.ts';
import { swapPatches } from './style-decorator.ts';

const [N, C] = [2, 3];
const [H, W, h, w] = [4, 6, 5, 3];
const REACH = 2;

const reach = Array.from({ length: 2 * REACH + 1 }, (_, i) => i - REACH);
const inside = (x: Plain, i: number, j: number) => i >= 0 && j >= 0 && i < x.h && j < x.w;
const mirror = (i: number, size: number) => (i < 0 ? -i : i < size ? i : 2 * (size - 1) - i);

/** The position of the style whose patch is most like the content's at (i, j). */
function nearest(x: Plain, y: Plain, n: number, i: number, j: number): [number, number] {
  let best: [number, number] = [0, 0];
  let most = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < y.h; k++)
    for (let l = 0; l < y.w; l++) {
      let [sum, power] = [0, 0];
      for (const a of reach)
        for (const b of reach)
          for (let c = 0; c < x.c; c++) {
            if (!inside(y, k + a, l + b)) continue;
            const own = at(x, n, c, mirror(i + a, x.h), mirror(j + b, x.w));
            sum += own * at(y, n, c, k + a, l + b);
            power += at(y, n, c, k + a, l + b) ** 2;
          }
      const score = sum / Math.sqrt(power + 1e-7);
      if (score > most) [most, best] = [score, [k, l]];
    }
  return best;
}

it('swaps patches as loops over patches do', () => {
  const feeds = { x: uniform(1, N * C * H * W), y: uniform(2, N * C * h * w) };
  const [x, y] = [plain(N, C, H, W, feeds.x), plain(N, C, h, w, feeds.y)];
  const wanted = fill([N, C, H, W], (n, c, i, j) => {
    let [sum, count] = [0, 0];
    for (const a of reach)
      for (const b of reach) {
        // The patch in the middle of which is (i − a, j − b) covers (i, j) by its position (a, b).
        if (!inside(x, i - a, j - b)) continue;
        const [k, l] = nearest(x, y, n, i - a, j - b);
        if (!inside(y, k + a, l + b)) continue;
        sum += at(y, n, c, k + a, l + b);
        count++;
      }
    return sum / count;
  });
  const made = swapPatches(input('x', [N, C, H, W]), input('y', [N, C, h, w]));
  expect(made.shape).toEqual([N, C, H * W]);
  expectClose(evaluate({ made }, feeds).made, wanted.data, 1e-6);
});

it('gives a picture back that is its own style', () => {
  const x = input('x', [1, C, 7, 6]);
  const feeds = { x: uniform(3, C * 42) };
  expectClose(evaluate({ y: swapPatches(x, x) }, feeds).y, feeds.x, 1e-6);
});
