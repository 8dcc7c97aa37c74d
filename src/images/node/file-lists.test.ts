import { expect, describe, it } from 'vitest';
import { holdOut, readList } from './file-lists.ts';

describe('holdOut', () => {
  const names = Array.from({ length: 23 }, (_, i) => `p${i}`);

  it('is a fixed split, spread evenly', () => {
    const { train: kept, held } = holdOut(names, 4);
    expect(held).toEqual(['p4', 'p9', 'p14', 'p19']);
    expect(names.filter((name) => !held.includes(name))).toEqual(kept);
  });

  it.each([0, 1, 7, 11, 12, 22])('holds back exactly %i', (count) => {
    const { train: kept, held } = holdOut(names, count);
    expect([held.length, kept.length]).toEqual([count, 23 - count]);
    expect(new Set([...kept, ...held]).size).toBe(23);
  });

  it('refuses to leave nothing', () => {
    expect(() => holdOut(names, 23)).toThrow(
      'expected more than 23 pictures for a training folder but received 23; lower --holdout-contents or --holdout-styles',
    );
  });
});

it('a list that cannot be read is told by the flag that names it', async () => {
  await expect(readList('gone.txt', '--list')).rejects.toThrow(
    'one picture’s name a line for --list but received no such file (gone.txt)',
  );
});
