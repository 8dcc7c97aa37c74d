/** The tables of docs/pictures.md: a test for each cell, and small pictures for these tests. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './package.ts';
import type { SharpFormat } from './pictures.ts';

/** Text of a table's cell, and its test. */
export interface Cell {
  readonly says: string;
  run(format: SharpFormat): Promise<void>;
}

/** A line of a table: one property of formats. Formats without it are left out and have `–` in the table. */
export type Line = Partial<Record<SharpFormat, Cell>>;

export const yes = (run: Cell['run']): Cell => ({ says: 'yes', run });

/** The same test for several formats. */
export function everywhere(formats: readonly SharpFormat[], cell: Cell): Line {
  return Object.fromEntries(formats.map((format) => [format, cell]));
}

/** Tests that the table under a heading of docs/pictures.md has these lines, and that its cells are true. */
export function testTable(
  heading: string,
  formats: readonly SharpFormat[],
  lines: Readonly<Record<string, Line>>,
): void {
  const table = tableUnder(readFileSync(join(root, 'docs', 'pictures.md'), 'utf8'), heading);
  describe(heading, () => {
    test('has the lines of the table in docs/pictures.md', () => {
      expect([...table.keys()]).toEqual(Object.keys(lines));
      for (const cells of table.values()) expect([...cells.keys()]).toEqual([...formats]);
    });

    for (const [property, line] of Object.entries(lines)) {
      for (const format of formats) {
        const cell = line[format];
        const says = table.get(property)?.get(format);
        test(`${format}: ${property}: ${cell?.says ?? '–'}`, async () => {
          expect(says).toBe(cell?.says ?? '–');
          await cell?.run(format);
        });
      }
    }
  });
}

/** Line → format → cell. */
function tableUnder(text: string, heading: string): Map<string, Map<string, string>> {
  const part = text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = part
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const [head = [], , ...lines] = rows;
  const formats = head.slice(1).map((name) => name.toLowerCase());
  return new Map(
    lines.map(([name = '', ...cells]) => [name, new Map(cells.map((cell, i) => [formats[i] ?? '', cell]))]),
  );
}

/** Sides in pixels; pictures are tested with all pairs of them. */
export const sides = [1, 2, 3, 7, 8, 9, 16, 17, 33];

/** A smooth picture of interleaved bytes: three ramps, and with four channels every value of alpha. */
export function ramps(width: number, height: number, channels: 3 | 4): Uint8Array {
  const bytes = new Uint8Array(channels * width * height);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [(i % width) / width, Math.floor(i / width) / height];
    const colour = [x, y, 1 - (x + y) / 2].map((value) => Math.round(255 * value));
    bytes.set(channels === 4 ? [...colour, i % 256] : colour, channels * i);
  }
  return bytes;
}

/** Largest difference of two lists of one length. */
export function greatest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] ?? 0) - (b[i] ?? 0)));
  return most;
}
