import { expect, it } from 'vitest';
import { smallEvaluation } from '../../test/helpers/evaluation.ts';
import { textTable } from './table.ts';
import { formatTable } from './table-formats.ts';

it('is Markdown with a row for each method', () => {
  expect(formatTable(smallEvaluation(['a|b', 'theirs']), 'markdown').split('\n')).toEqual([
    '|  | Strokes ↑ | Content loss ↓ | SSIM ↑ | Border error → 1 | Out of range ↓ | Time, style cached ↓ |',
    '|---|---|---|---|---|---|---|',
    '| a\\|b | 0.405 [0.400–0.410] | 1.02 [1.00–1.04] | 0.500 [0.500–0.500] | 1.10 [1.10–1.10] | 0 [0–0] | 100 ms |',
    '| theirs | 0.605 [0.600–0.610] | 1.32 [1.30–1.34] | 0.500 [0.500–0.500] | 1.10 [1.10–1.10] | – | – |',
    '',
    'Medians with 95 % bootstrap intervals; 2 contents × 3 styles, 6 pairs, 64×64.',
  ]);
});

it('is CSV with a line for each number, unrounded, with quotes where they are needed', () => {
  const document = smallEvaluation(['a, "b"', 'theirs']);
  const lines = formatTable(document, 'csv').split('\n');
  const { median, low, high } = document.summary.theirs?.strokes ?? {};
  expect(lines[0]).toBe('method,measure,median,low,high');
  expect(lines).toContain(`theirs,strokes,${median},${low},${high}`);
  expect(lines).toContain('"a, ""b""",secondsStyleCached,0.1,,');
  expect(lines.filter((line) => line.startsWith('theirs,'))).toHaveLength(4);
});

it('is the text of the terminal otherwise', () => {
  expect(formatTable(smallEvaluation(), 'text')).toBe(textTable(smallEvaluation()));
});
