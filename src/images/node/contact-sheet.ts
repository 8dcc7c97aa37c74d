/** Contact sheets: every style against every content in one picture. Node only. */

import sharp, { type OverlayOptions } from 'sharp';
import { SettingError } from '../../errors.ts';
import { onWhite, outputSize, type RgbImage, toInterleaved } from '../image.ts';

/** A picture at the edge of the sheet, with its label. */
export interface LabelledImage {
  label: string;
  image: RgbImage;
}

/** The head of a column: a picture with a label above it, or the label alone. */
export interface ColumnHead {
  label: string;
  image?: RgbImage;
}

/** Contents of a contact sheet. */
export interface ContactSheet {
  /** Down the left side. */
  rows: readonly LabelledImage[];
  /** Across the top. If no column has a picture, there are only labels. */
  columns: readonly ColumnHead[];
  /** `cells[row][column]`. */
  cells: readonly (readonly RgbImage[])[];
  /** Side in pixels of the square that each picture is fitted into, at least 16. Default 192. */
  cellSize?: number;
}

const gap = 4;

/**
 * Draws a contact sheet on white. Column pictures (if there are any) run across the top with their labels
 * above, row pictures down the left with their labels turned next to them; the cells are in the middle.
 * Labels that are too long are cut.
 *
 * @returns a PNG file
 * @throws SettingError if the cells are not rows × columns, or the cell size is impossible
 */
export async function contactSheet(sheet: ContactSheet): Promise<Uint8Array> {
  const { rows, columns, cells, cellSize = 192 } = sheet;
  checkSheet(rows.length, columns.length, cells, cellSize);
  const fontSize = Math.max(11, Math.round(cellSize / 13));
  const strip = Math.ceil(fontSize * 1.4);
  // Place 0 is the picture at the edge; the strip of labels comes before it.
  const start = (place: number): number => gap + strip + gap + place * (cellSize + gap);
  const pictured = columns.some(({ image }) => image !== undefined);
  const top = (row: number): number => start(pictured ? row + 1 : row);
  const size = { width: start(columns.length + 1), height: top(rows.length) };

  const labels = [
    ...columns.map(({ label }, column) => {
      const position = `x="${start(column + 1) + cellSize / 2}" y="${gap + fontSize}"`;
      return svgText(label, position, cellSize, fontSize);
    }),
    ...rows.map(({ label }, row) => {
      const position = `transform="translate(${gap + fontSize} ${top(row) + cellSize / 2}) rotate(-90)"`;
      return svgText(label, position, cellSize, fontSize);
    }),
  ];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">${labels.join('')}</svg>`;

  const pictures = await Promise.all([
    ...columns.flatMap(({ image }, column) =>
      image === undefined ? [] : [overlay(image, start(column + 1), start(0), cellSize)],
    ),
    ...rows.map(({ image }, row) => overlay(image, start(0), top(row), cellSize)),
    ...cells.flatMap((line, row) =>
      line.map((image, column) => overlay(image, start(column + 1), top(row), cellSize)),
    ),
  ]);
  return (
    sharp({ create: { ...size, channels: 3, background: '#ffffff' } })
      .composite([...pictures, { input: Buffer.from(svg), left: 0, top: 0 }])
      // Compositing has added an opaque alpha channel.
      .removeAlpha()
      .png()
      .toBuffer()
  );
}

/** A picture fitted into the square at `left`, `top`, centred. */
async function overlay(
  image: RgbImage,
  left: number,
  top: number,
  cellSize: number,
): Promise<OverlayOptions> {
  const { width, height } = outputSize(image, { longSide: cellSize });
  const raw = { width: image.width, height: image.height, channels: 3 } as const;
  const input = await sharp(toInterleaved(onWhite(image)), { raw })
    .resize(width, height, { fit: 'fill', kernel: 'lanczos3' })
    .raw()
    .toBuffer();
  return {
    input,
    raw: { width, height, channels: 3 },
    left: left + Math.floor((cellSize - width) / 2),
    top: top + Math.floor((cellSize - height) / 2),
  };
}

function svgText(label: string, position: string, room: number, fontSize: number): string {
  // Letters of a sans-serif are on average no wider than 0.6 of the font size.
  const fitting = Math.max(1, Math.floor(room / (fontSize * 0.6)));
  const letters = [...label];
  const cut = letters.length > fitting ? `${letters.slice(0, fitting - 1).join('')}…` : label;
  const style = `font-family="sans-serif" font-size="${fontSize}" text-anchor="middle" fill="#222222"`;
  return `<text ${position} ${style}>${escapeXml(cut)}</text>`;
}

function escapeXml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  // XML has no place for these even when they are escaped.
  const known = text.replace(/\p{Cc}/gu, ' ').replace(/[\p{Cs}\ufffe\uffff]/gu, '\ufffd');
  return known.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

function checkSheet(rows: number, columns: number, cells: ContactSheet['cells'], cellSize: number): void {
  const fault = cells.find((line) => line.length !== columns);
  if (cells.length !== rows || fault !== undefined) {
    const received = fault === undefined ? `${cells.length} rows` : `a row of ${fault.length}`;
    throw new SettingError({ expected: `${rows} rows of ${columns} pictures`, name: 'cells', received });
  }
  if (!Number.isSafeInteger(cellSize) || cellSize < 16) {
    const expected = 'a whole number of pixels, 16 or more';
    throw new SettingError({ expected, name: 'cellSize', received: `${cellSize}` });
  }
}
