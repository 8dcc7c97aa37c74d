/** The pictures of a report: a few pairs, painted by every method, and details worth enlarging. Node only. */

import type { RgbImage } from '../../images/image.ts';
import { encodeImage, resizeImage } from '../../images/node/image-file.ts';
import { escapeHtml } from './report-css.ts';
import { hue } from './report-plots.ts';
import { pause } from '../../pause.ts';
import { luminance } from '../luminance.ts';
import type { Contestant } from './contestants.ts';
import { eightBits } from '../metrics.ts';
import { readSquare, type Square } from './squares.ts';

/** Side of a picture of the sheet in pixels of the file: sharp on phones, yet few bytes. */
const CELL = 288;
const DETAIL_ROWS = 4;

/**
 * Rows are pairs of content and style; columns are content, style and each method, as in the paper's figure
 * 6.
 */
export async function contactSheetHtml(
  rows: readonly PaintedRow[],
  names: readonly string[],
): Promise<string> {
  const cells: string[] = [head('content'), head('style'), ...names.map((name, i) => head(name, hue(i)))];
  for (const { content, style, outputs } of rows) {
    const title = `${content.stem} in the style of ${style.stem}`;
    cells.push(await cell(content, content.stem), await cell(style, style.stem));
    for (const [i, output] of outputs.entries()) cells.push(await cell(output, `${title}, ${names[i]}`));
  }
  return grid(names.length + 2, cells);
}

/**
 * The same quarter of content and outputs, enlarged, as in the paper's figure 3. The content shows its place.
 */
export async function detailsHtml(rows: readonly PaintedRow[], names: readonly string[]): Promise<string> {
  const cells: string[] = [
    head('content'),
    head('detail of the content'),
    ...names.map((name, i) => head(name, hue(i))),
  ];
  const count = Math.min(DETAIL_ROWS, rows.length);
  for (let k = 0; k < count; k++) {
    const row = rows[Math.floor(((k + 0.5) / count) * rows.length)];
    if (row === undefined) continue;
    const { content, outputs } = row;
    const side = Math.floor(content.width / 4);
    const corner = mostDetailed(content, side);
    const percent = (pixels: number) => `${((100 * pixels) / content.width).toFixed(2)}%`;
    const place = `left:${percent(corner.left)};top:${percent(corner.top)};width:${percent(side)};height:${percent(side)}`;
    const detail = (image: RgbImage | undefined, title: string) =>
      cell(image === undefined ? undefined : part(image, corner, side), title, 90);
    cells.push(await cell(content, content.stem, 80, `<div class="mark" style="${place}"></div>`));
    cells.push(await detail(content, `detail of ${content.stem}`));
    for (const [i, output] of outputs.entries()) cells.push(await detail(output, `detail, ${names[i]}`));
  }
  return grid(names.length + 2, cells);
}

function grid(columns: number, cells: readonly string[]): string {
  return `<div class="scroll"><div class="sheet" style="--columns:${columns};grid-template-columns:repeat(${columns},1fr)">${cells.join('\n')}</div></div>`;
}

function head(text: string, className = ''): string {
  return `<div class="head ${className}">${escapeHtml(text)}</div>`;
}

async function cell(image: RgbImage | undefined, title: string, quality = 80, over = ''): Promise<string> {
  const text = escapeHtml(title);
  if (image === undefined) return '<figure><div class="none">none</div></figure>';
  const small = image.width > CELL ? await resizeImage(image, { longSide: CELL }) : image;
  const data = Buffer.from(await encodeImage(small, 'webp', { quality })).toString('base64');
  return `<figure><img src="data:image/webp;base64,${data}" alt="${text}" title="${text}">${over}</figure>`;
}

const EVALUATED_ROWS = 6;
const GIVEN_ROWS = 12;

/** Files of one row. */
export interface SheetPair {
  readonly content: string;
  readonly style: string;
}

export interface PaintedRow {
  readonly content: Square;
  readonly style: Square;
  /** One for each method, in their order; undefined if a folder of pictures has none. */
  readonly outputs: readonly (RgbImage | undefined)[];
}

/**
 * The pairs that a report shows. `chosen` has the content numbers of each style. From evaluated pictures six
 * pairs are taken, spread evenly over styles and contents. Without `chosen` every content and every style
 * appears, up to twelve pairs.
 */
export function sheetPairs(
  contents: readonly string[],
  styles: readonly string[],
  chosen?: readonly (readonly number[])[],
): SheetPair[] {
  const pair = (c: number, s: number) => ({ content: contents[c] ?? '', style: styles[s] ?? '' });
  if (chosen === undefined) {
    const rows = Math.min(GIVEN_ROWS, Math.max(contents.length, styles.length));
    return Array.from({ length: rows }, (_, i) => pair(i % contents.length, i % styles.length));
  }
  const used = chosen.flatMap((list, s) => (list.length > 0 ? [{ s, list }] : []));
  const rows = Math.min(EVALUATED_ROWS, used.length);
  return Array.from({ length: rows }, (_, i) => {
    const { s, list } = used[Math.floor(((i + 0.5) / rows) * used.length)] ?? { s: 0, list: [] };
    const target = Math.floor(((i + 0.5) / rows) * contents.length);
    const nearest = list.reduce(
      (best, c) => (Math.abs(c - target) < Math.abs(best - target) ? c : best),
      list[0] ?? 0,
    );
    return pair(nearest, s);
  });
}

/** Paints the rows, at the size of the evaluation. */
export async function paintSheet(
  contestants: readonly Contestant[],
  pairs: readonly SheetPair[],
  size: number,
  signal?: AbortSignal,
): Promise<PaintedRow[]> {
  const rows: PaintedRow[] = [];
  for (const files of pairs) {
    const [content, style] = [await readSquare(files.content, size), await readSquare(files.style, size)];
    const outputs: (RgbImage | undefined)[] = [];
    for (const { method, folder } of contestants) {
      await pause(signal);
      const there = folder?.has(content.stem, style.stem) ?? true;
      outputs.push(there ? eightBits(await (await method.prepare(style))(content)) : undefined);
    }
    rows.push({ content, style, outputs });
  }
  return rows;
}

/** Left and top of a square part. */
export interface Corner {
  readonly left: number;
  readonly top: number;
}

/**
 * The most detailed part of a square picture: `side` pixels square, with the greatest sum of absolute
 * differences of luminance. Candidates lie on a grid of quarters of the part, at least an eighth of the
 * picture away from its border.
 */
export function mostDetailed(image: RgbImage, side: number): Corner {
  const { width, height, values } = luminance(image);
  const edge = (x: number, y: number) => {
    const i = y * width + x;
    const here = values[i] ?? 0;
    return Math.abs((values[i + 1] ?? here) - here) + Math.abs((values[i + width] ?? here) - here);
  };
  const step = Math.max(1, Math.floor(side / 4));
  const margin = Math.max(1, Math.floor(Math.min(width, height) / 8));
  let best = { left: margin, top: margin, detail: -1 };
  for (let top = margin; top + side <= height - margin; top += step) {
    for (let left = margin; left + side <= width - margin; left += step) {
      let detail = 0;
      for (let y = top; y < top + side; y += 2)
        for (let x = left; x < left + side; x += 2) detail += edge(x, y);
      if (detail > best.detail) best = { left, top, detail };
    }
  }
  return { left: best.left, top: best.top };
}

/** The square part of `side` pixels at a corner. */
export function part({ width, height, data }: RgbImage, { left, top }: Corner, side: number): RgbImage {
  const square = new Float32Array(3 * side * side);
  for (let row = 0; row < 3 * side; row++) {
    const from = (Math.floor(row / side) * height + top + (row % side)) * width + left;
    square.set(data.subarray(from, from + side), row * side);
  }
  return { width: side, height: side, data: square };
}
