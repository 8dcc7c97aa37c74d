import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { SettingError } from '../../errors.ts';
import { fromInterleaved, type RgbImage } from '../image.ts';
import { contactSheet, type LabelledImage } from './contact-sheet.ts';

type Rgb = readonly [number, number, number];

function plain(width: number, height: number, colour: Rgb): RgbImage {
  return fromInterleaved(
    Uint8Array.from({ length: 3 * width * height }, (_, index) => colour[index % 3] ?? 0),
    width,
    height,
  );
}

const grey = (level: number): RgbImage => plain(8, 8, [level, level, level]);
const rows: LabelledImage[] = [
  { label: 'row 0', image: plain(8, 8, [200, 0, 0]) },
  { label: 'row 1', image: plain(8, 8, [0, 200, 0]) },
];
const columns: LabelledImage[] = [
  { label: 'column 0', image: plain(8, 8, [0, 0, 200]) },
  { label: 'column 1', image: plain(16, 8, [0, 200, 200]) },
  { label: 'column 2', image: plain(8, 16, [200, 0, 200]) },
];
const cells = [
  [grey(10), grey(20), grey(30)],
  [grey(110), grey(120), grey(130)],
];

async function decode(png: Uint8Array) {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number): number[] => {
    const start = (y * info.width + x) * info.channels;
    return [...data.subarray(start, start + 3)];
  };
  /** Number of pixels in a rectangle that are darker than middle grey. */
  const ink = (left: number, top: number, width: number, height: number): number => {
    let dark = 0;
    for (let y = top; y < top + height; y++) {
      for (let x = left; x < left + width; x++) if ((at(x, y)[0] ?? 255) < 128) dark++;
    }
    return dark;
  };
  return { at, ink, info };
}

// With cells of 64 pixels, letters have 11 and their strip 16: pictures start at 4 + 16 + 4.
const cellSize = 64;
const start = (place: number): number => 24 + place * 68;

describe('contactSheet', () => {
  test('is a PNG with all places and gaps', async () => {
    const png = await contactSheet({ rows, columns, cells, cellSize });
    expect(await sharp(png).metadata()).toMatchObject({ format: 'png', channels: 3 });
    const { info } = await decode(png);
    expect([info.width, info.height]).toEqual([start(4), start(3)]);
  });

  test('puts columns across the top, rows down the left, cells between', async () => {
    const { at } = await decode(await contactSheet({ rows, columns, cells, cellSize }));
    const middle = (column: number, row: number) => at(start(column) + 32, start(row) + 32);
    expect(middle(0, 0)).toEqual([255, 255, 255]);
    expect([1, 2, 3].map((column) => middle(column, 0))).toEqual([
      [0, 0, 200],
      [0, 200, 200],
      [200, 0, 200],
    ]);
    expect([1, 2].map((row) => middle(0, row))).toEqual([
      [200, 0, 0],
      [0, 200, 0],
    ]);
    const levels = [1, 2].map((row) => [1, 2, 3].map((column) => middle(column, row)[0]));
    expect(levels).toEqual([
      [10, 20, 30],
      [110, 120, 130],
    ]);
  });

  test('leaves out the top row if columns have only labels', async () => {
    const bare = columns.map(({ label }) => ({ label }));
    const { at, ink, info } = await decode(await contactSheet({ rows, columns: bare, cells, cellSize }));
    expect([info.width, info.height]).toEqual([start(4), start(2)]);
    expect(at(start(0) + 32, start(1) + 32)).toEqual([0, 200, 0]);
    expect(at(start(2) + 32, start(0) + 32)[0]).toBe(20);
    expect(ink(start(1), 4, 64, 16)).toBeGreaterThan(20);
  });

  test('leaves gaps of 4 white pixels', async () => {
    const { at } = await decode(await contactSheet({ rows, columns, cells, cellSize }));
    const line = Array.from({ length: 6 }, (_, index) => at(start(2) - 5 + index, start(1) + 32)[0]);
    expect(line).toEqual([10, 255, 255, 255, 255, 20]);
    const across = Array.from({ length: 6 }, (_, index) => at(start(1) + 32, start(2) - 5 + index)[0]);
    expect(across).toEqual([10, 255, 255, 255, 255, 110]);
  });

  test('fits pictures into the middle of their square without distortion', async () => {
    const { at } = await decode(await contactSheet({ rows, columns, cells, cellSize }));
    const wide = [15, 16, 47, 48].map((y) => at(start(2), start(0) + y)[0]);
    expect(wide).toEqual([255, 0, 0, 255]);
    const tall = [15, 16, 47, 48].map((x) => at(start(3) + x, start(0))[1]);
    expect(tall).toEqual([255, 0, 0, 255]);
  });

  test('writes the labels above the columns and beside the rows', async () => {
    const { ink } = await decode(await contactSheet({ rows, columns, cells, cellSize }));
    expect(ink(0, 0, start(1) - 4, start(0))).toBe(0);
    for (const column of [1, 2, 3]) expect(ink(start(column), 0, cellSize, start(0))).toBeGreaterThan(20);
    for (const row of [1, 2]) expect(ink(0, start(row), start(0), cellSize)).toBeGreaterThan(20);
    // The label is turned: it is longer than the strip is high.
    const inked = Array.from({ length: cellSize }, (_, y) => ink(0, start(1) + y, start(0), 1) > 0);
    expect(inked.lastIndexOf(true) - inked.indexOf(true)).toBeGreaterThan(20);
    const blank = (items: LabelledImage[]) => items.map(({ image }) => ({ image, label: '' }));
    const empty = await decode(
      await contactSheet({ rows: blank(rows), columns: blank(columns), cells, cellSize }),
    );
    expect(empty.ink(0, 0, start(4), start(0)) + empty.ink(0, 0, start(0), start(3))).toBe(0);
  });

  test('takes any text as a label and cuts overlong labels', async () => {
    const labels = ['<b> & "', 'a\tb\nc\0d', 'W'.repeat(5000)];
    const odd = columns.map(({ image }, index) => ({ image, label: labels[index] ?? '' }));
    const { ink } = await decode(await contactSheet({ rows, columns: odd, cells, cellSize }));
    for (const column of [1, 2]) expect(ink(start(column), 0, cellSize, start(0))).toBeGreaterThan(15);
    expect(ink(0, 0, start(1), start(0))).toBe(0);
  });

  test('shows white through transparent pictures', async () => {
    const clear = { ...grey(10), alpha: new Float32Array(64) };
    const seen = [[clear, ...(cells[0]?.slice(1) ?? [])], cells[1] ?? []];
    const { at } = await decode(await contactSheet({ rows, columns, cells: seen, cellSize }));
    expect(at(start(1) + 32, start(1) + 32)).toEqual([255, 255, 255]);
    expect(at(start(2) + 32, start(1) + 32)).toEqual([20, 20, 20]);
  });

  test('has cells of 192 pixels by default', async () => {
    const { info } = await decode(await contactSheet({ rows: [], columns: columns.slice(0, 1), cells: [] }));
    expect(info.width).toBe(4 + 21 + 4 + 2 * 196);
  });

  test('refuses cells that are not rows × columns, and impossible sizes', async () => {
    const few = contactSheet({ rows, columns, cells: cells.slice(1) });
    const expected = 'expected 2 rows of 3 pictures for cells but received';
    await expect(few).rejects.toThrow(new SettingError(`${expected} 1 rows`));
    const short = contactSheet({ rows, columns, cells: [cells[0] ?? [], [grey(1)]] });
    await expect(short).rejects.toThrow(new SettingError(`${expected} a row of 1`));
    for (const wrong of [15, 64.5]) {
      const small = contactSheet({ rows, columns, cells, cellSize: wrong });
      const size = `expected a whole number of pixels, 16 or more for cellSize but received ${wrong}`;
      await expect(small).rejects.toThrow(new SettingError(size));
    }
  });
});
