import { expect, it } from 'vitest';
import type { Answer, Key, Study } from './format.ts';
import { reportStudy, krippendorffAlpha } from './report.ts';
import { reportText } from './report-text.ts';

const study: Study = {
  version: 1,
  id: 'study',
  created: '2025-01-31T00:00:00Z',
  seed: 1,
  items: ['a0', 'a1', 'b0', 'b1'].map((id) => ({ id, content: `c${id[1]}`, style: 's' })),
};
const key: Key = {
  version: 1,
  study: 'study',
  evaluation: '',
  methods: ['alpha', 'beta', 'unrated'],
  items: Object.fromEntries(
    study.items.map(({ id, content, style }) => [
      id,
      { method: id.startsWith('a') ? 'alpha' : 'beta', content, style },
    ]),
  ),
};
const answer = (rater: string, item: string, content: number, style: number): Answer => ({
  time: '2025-01-31T00:00:00Z',
  rater,
  item,
  content,
  style,
});
const anna = [
  answer('Anna', 'a0', 0.2, 0.8),
  answer('Anna', 'a1', 0.4, 0.6),
  answer('Anna', 'b0', 1, 0),
  answer('Anna', 'b1', 0.8, 0.2),
];

it('agrees with means by hand, counts the last rating, and resamples pairs for one rater', () => {
  const changed: Answer = { ...answer('Anna', 'a0', 0.6, 0.9), revision: true };
  const report = reportStudy(study, key, [...anna, changed]);
  expect(report).toMatchObject({ items: 4, pairs: 2, ratings: 4, revisions: 1 });
  expect(report.raters).toEqual({ finished: 1, unfinished: 0 });
  expect(report.interval.resampled).toBe('pairs');
  expect(report.agreement).toEqual({ content: null, style: null });
  const [first, second] = report.methods;
  expect(report.methods.map(({ method, ratings }) => [method, ratings])).toEqual([
    ['alpha', 2],
    ['beta', 2],
  ]);
  expect(first?.content.mean).toBeCloseTo((0.6 + 0.4) / 2);
  expect(first?.style.mean).toBeCloseTo((0.9 + 0.6) / 2);
  expect(first?.both.mean).toBeCloseTo((0.75 + 0.5) / 2);
  expect(second?.both.mean).toBeCloseTo(0.5);
  // With two pairs, a quarter of the draws is twice the first one, and a quarter twice the second.
  expect([first?.content.low, first?.content.high]).toEqual([0.4, 0.6]);
});

it('resamples raters if there are several, and counts unfinished ones separately', () => {
  const report = reportStudy(study, key, [...anna, answer('Berta', 'a0', 0.8, 0.8)]);
  expect(report.raters).toEqual({ finished: 1, unfinished: 1 });
  expect(report.interval.resampled).toBe('raters');
  // Anna gave 0.2 and 0.4, Berta 0.8: all together 1.4 / 3, Anna alone 0.3, Berta alone 0.8.
  expect(report.methods[0]?.content.mean).toBeCloseTo(1.4 / 3);
  expect(report.methods[0]?.content.low).toBeCloseTo(0.3);
  expect(report.methods[0]?.content.high).toBeCloseTo(0.8);
  // One unit with 0.2 and 0.8: observed and expected disagreement are equal.
  expect(report.agreement.content).toBeCloseTo(0);
  expect(report.agreement.style).toBeNull();
});

it('writes a table with the figures of the paper', () => {
  const text = reportText(reportStudy(study, key, anna));
  expect(text).toContain('4 ratings of 4 pictures (2 pairs) by 1 rater, 0 of them unfinished');
  expect(text).toMatch(/^alpha +0\.30 \[0\.20, 0\.40\] +0\.70 \[0\.60, 0\.80\] +0\.50 \[0\.50, 0\.50\] +2$/m);
  expect(text).toMatch(/The paper's own figures.*\n {2}AdaIN +0\.50\n {2}SANet +0\.67\n {2}paper +0\.79$/);
});

it('refuses answers of another study, and none', () => {
  expect(() => reportStudy(study, key, [])).toThrow('expected ratings for the study but received none');
  expect(() => reportStudy(study, key, [answer('Anna', 'x', 0, 0)])).toThrow(
    'an answer about x, which the study does not have',
  );
  expect(() => reportStudy(study, { ...key, study: 'other' }, anna)).toThrow('which the key does not have');
});

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
