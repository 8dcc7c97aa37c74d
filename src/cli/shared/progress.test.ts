import { describe, expect, it } from 'vitest';
import { workAhead, WorkBehind } from './progress.ts';

const soon = () => new Promise((resolve) => setTimeout(resolve, 1));

describe('work ahead', () => {
  it('is handed out in order, and no more of it is begun than allowed', async () => {
    const begun: number[] = [];
    const work = async (item: number): Promise<number> => {
      begun.push(item);
      // Later items end earlier.
      for (let i = item; i < 5; i++) await soon();
      return 10 * item;
    };
    const seen: number[][] = [];
    for await (const [item, working] of workAhead([0, 1, 2, 3, 4], 2, work)) {
      seen.push([item, begun.length, await working]);
    }
    expect(seen).toEqual([
      [0, 3, 0],
      [1, 4, 10],
      [2, 5, 20],
      [3, 5, 30],
      [4, 5, 40],
    ]);
  });

  it('fails at its await, and silently if it is not awaited', async () => {
    const work = async (item: number): Promise<number> => {
      if (item > 0) throw new Error(`${item}`);
      return item;
    };
    for await (const [item, working] of workAhead([0, 1, 2], 2, work)) {
      if (item === 1) {
        await expect(working).rejects.toThrow('1');
        break;
      }
    }
    await soon();
  });
});

it('work behind never exceeds its limit, and is waited for', async () => {
  const behind = new WorkBehind(2);
  let [now, most, done] = [0, 0, 0];
  for (let i = 0; i < 6; i++) {
    await behind.add(async () => {
      most = Math.max(most, ++now);
      await soon();
      now--;
      done++;
    });
  }
  expect(done).toBeLessThan(6);
  await behind.end();
  expect({ most, done }).toEqual({ most: 2, done: 6 });
});
