import { expect, it } from 'vitest';
import { smallEvaluation } from '../../test/helpers/evaluation.ts';
import { numberText, textTable } from './table.ts';

it('has metrics down, methods across, and names the judges', () => {
  expect(textTable(smallEvaluation()).split('\n')).toEqual([
    '                     ours                 theirs',
    'Strokes ↑            0.405 [0.400–0.410]  0.605 [0.600–0.610]',
    'Content loss ↓       1.02 [1.00–1.04]     1.32 [1.30–1.34]',
    'SSIM ↑               0.500 [0.500–0.500]  0.500 [0.500–0.500]',
    'Border error → 1     1.10 [1.10–1.10]     1.10 [1.10–1.10]',
    'Out of range ↓       0 [0–0]              –',
    'Time, style cached   100 ms               –',
    'Time, style encoded  150 ms               –',
    '',
    '                  ours',
    'Strokes ↑         0.669 [0.668–0.671] 0/6',
    'Content loss ↓    0.774 [0.772–0.776] 0/6',
    'SSIM ↑            1.00 [1.00–1.00] 0/6',
    'Border error → 1  1.00 [1.00–1.00] 0/6',
    '',
    'multiples of theirs, pair by pair: geometric means, 95 % bootstrap intervals, in how many pairs the value is higher; * where pairs have values of 0 or less: 1 + median difference over the median of theirs',
    '',
    'medians, 95 % bootstrap intervals; judged by vgg.safetensors; strokes seen by eye.safetensors; 2 contents × 3 styles, 6 pairs, 64×64',
    'device cpu, 2 threads, some',
  ]);
});

it('gives times as multiples of the fastest', () => {
  const document = smallEvaluation();
  const timing = { styleCached: 0.25, styleEncoded: 0.3 };
  const methods = document.methods.map((method, i) => (i === 1 ? { ...method, timing } : method));
  expect(textTable({ ...document, methods })).toContain('250 ms (2.50×)');
});

it.each([
  [0, '0'],
  [1234.5, '1235'],
  [12.345, '12.3'],
  [0.012345, '0.0123'],
  [0.00001234, '1.2e−5'],
  [1, '1.00'],
])('writes %s as %s', (value, text) => {
  expect(numberText(value)).toBe(text);
});
