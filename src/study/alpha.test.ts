import { expect, it } from 'vitest';
import { krippendorffAlpha } from './alpha.ts';

it('is 0.849 for the published example', () => {
  // Krippendorff (2011), section C: 12 units, four observers, a dot for a missing value; its alpha is 0.849.
  const observers = [
    '1 2 3 3 2 1 4 1 2 . . .',
    '1 2 3 3 2 2 4 1 2 5 . 3',
    '. 3 3 3 2 3 4 2 2 5 1 .',
    '1 2 3 3 2 4 4 1 2 5 1 .',
  ];
  const rows = observers.map((row) => row.split(' '));
  const units = Array.from({ length: 12 }, (_, unit) =>
    rows.flatMap((row) => (row[unit] === '.' ? [] : [Number(row[unit])])),
  );
  expect(krippendorffAlpha(units)).toBeCloseTo(0.849, 3);
});

it('is 1 if all agree, and negative if they contradict each other', () => {
  expect(
    krippendorffAlpha([
      [0.1, 0.1],
      [0.9, 0.9],
    ]),
  ).toBe(1);
  // Computed by hand: observed 1, expected 4·(1)·2/(4·3) = 2/3.
  expect(
    krippendorffAlpha([
      [0, 1],
      [1, 0],
    ]),
  ).toBeCloseTo(1 - 3 / 2);
});

it('is undefined for one rater or without differences', () => {
  expect(krippendorffAlpha([])).toBeUndefined();
  expect(krippendorffAlpha([[0.3], [0.4]])).toBeUndefined();
  expect(
    krippendorffAlpha([
      [0.1, 0.1, 0.1],
      [0.1, 0.1],
    ]),
  ).toBeUndefined();
});
