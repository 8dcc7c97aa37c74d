import { expect, it } from 'vitest';
import { drawnImage } from '../../../test/helpers/pictures.ts';
import type { Method } from './contestants.ts';
import { timeMethods } from './timing.ts';

it('alternates methods, leaves out the warm-up, and gives medians with and without the style', async () => {
  let now = 0;
  let turn = 0;
  const order: string[] = [];
  const method = (name: string, encode: number, paint: number): Method => ({
    async prepare() {
      order.push(name);
      // The warm-up is slow, and one later turn is disturbed.
      const factor = turn++ < 4 || turn === 9 ? 100 : 1;
      now += encode * factor;
      return async (content) => {
        now += paint * factor;
        return content;
      };
    },
    dispose: async () => {},
  });
  const square = { ...drawnImage(1, 4, 4), stem: 'x' };
  const methods = new Map([
    ['a', method('a', 1, 2)],
    ['b', method('b', 3, 5)],
  ]);
  const times = await timeMethods(methods, square, square, { rounds: 5, clock: () => now });
  expect(Object.fromEntries(times)).toEqual({
    a: { styleCached: 2, styleEncoded: 3 },
    b: { styleCached: 5, styleEncoded: 8 },
  });
  expect(order.join('')).toBe('ab'.repeat(7));
});

it('ends when it is aborted', async () => {
  const square = { ...drawnImage(1, 4, 4), stem: 'x' };
  const method: Method = { prepare: async () => async (content) => content, dispose: async () => {} };
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(timeMethods(new Map([['a', method]]), square, square, { signal })).rejects.toThrow('enough');
});
