/** The pictures of a report: contact sheet and enlarged details, embedded as WebP. Node only. */

import type { RgbImage } from '../../images/image.ts';
import { encodeImage, resizeImage } from '../../images/node/image-file.ts';
import { escapeHtml } from './html.ts';
import { hue } from './report-plots.ts';
import { mostDetailed, type PaintedRow, part } from './sample-pairs.ts';

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
