import { expect, it } from 'vitest';
import { evenStarts, stylesAt } from './schedule.ts';

it('evenStarts shares a clip among styles', () => {
  expect(evenStarts(1, 9)).toEqual([0]);
  expect(evenStarts(3, 9)).toEqual([0, 3, 6]);
});

it.each([
  [0, [{ style: 0, weight: 1 }]],
  [3.9, [{ style: 0, weight: 1 }]],
  [4, [{ style: 0, weight: 1 }]],
  [
    4.5,
    [
      { style: 0, weight: 0.75 },
      { style: 1, weight: 0.25 },
    ],
  ],
  [6, [{ style: 1, weight: 1 }]],
  [100, [{ style: 1, weight: 1 }]],
])('after %s seconds the styles are %o', (seconds, parts) => {
  expect(stylesAt(seconds, [0, 4], 2)).toEqual(parts);
});

it('changes at once without a fade', () => {
  expect(stylesAt(4, [0, 4], 0)).toEqual([{ style: 1, weight: 1 }]);
});

it('fades quickly enough to be whole at the end of a part', () => {
  const starts = [0, 0.4, 0.8];
  expect(stylesAt(0.8, starts, 1)).toEqual([{ style: 1, weight: 1 }]);
  expect(stylesAt(0.79, starts, 1)[1]?.weight).toBeCloseTo(0.975, 3);
  expect(stylesAt(1.3, starts, 1)).toEqual([{ style: 2, weight: 1 }]);
});
