import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { root } from '../test/helpers/package.ts';
import { pages, renderTable1, renewTables } from './tables.ts';

describe.each(pages)('%s', (page) => {
  it('shows the committed results: `npm run tables` would change nothing', async () => {
    const text = await readFile(`${root}/${page}`, 'utf8');
    expect(text).toMatch(/<!-- table: \w+ -->\n\|/);
    expect(text).toBe(await renewTables(text));
  });
});

it('renewTables replaces the text between its markers and refuses unknown names', async () => {
  const text = 'before\n<!-- table: table1 -->\nold\n<!-- end -->\nafter\n';
  const renewed = await renewTables(text);
  expect(renewed).toMatch(/^before\n<!-- table: table1 -->\n\| method .*<!-- end -->\nafter\n$/s);
  expect(renewed).not.toContain('old');
  await expect(renewTables('<!-- table: none -->\n<!-- end -->')).rejects.toThrow('no table is called none');
});

it('renderTable1 gives ratios to AdaIN, next to the paper’s in its own width', () => {
  const row = (method: string, time: number) => ({
    method,
    gflop: 100,
    mean: 4 * time,
    meanRatio: time + 0.01,
    styleEncoded: 2 * time,
    styleCached: time,
  });
  const rows = [row('AdaIN', 1), row('SANet', 1.5), row('Wasserfarbe', 1.1)];
  const groups = [
    { width: 'paper', size: 64, rows },
    { width: 'slim', size: 64, rows },
  ] as const;
  const lines = renderTable1({ pictures: 3, load: 0, machine: 'a machine', groups }).split('\n');
  expect(lines[3]).toBe(
    '| SANet | paper | 64² | 100 | 6.00 (1.51) | 3.00 (1.50) | 1.50 (1.50) | 0.078 (2.05) |',
  );
  expect(lines[7]).toBe('| Wasserfarbe | slim | 64² | 100 | 4.40 (1.11) | 2.20 (1.10) | 1.10 (1.10) |  |');
});
