/**
 * The work of `wasserfarbe sheet`: row by row, with each picture reduced to its cell
 * as soon as it is painted.
 */

import { extname } from 'node:path';
import { defined } from '../defined.ts';
import sharp, { type Sharp } from 'sharp';
import { ImageError } from '../errors.ts';
import { stemOf } from '../files/names.ts';
import { fromInterleaved, onWhite, type RgbImage, toInterleaved } from '../images/image.ts';
import { readImage, readPicture, resizeImage } from '../images/node/image-file.ts';
import { type ColumnHead, contactSheet, type LabelledImage } from '../images/node/contact-sheet.ts';
import type { Stylizer } from '../stylize/node/stylizer.ts';
import { isStyleFileAt, readStyleInfo } from '../stylize/node/style-files.ts';
import type { Style } from '../stylize/style.ts';
import { writeFileAtomic } from '../files/write.ts';
import { explainFileError } from '../files/read.ts';
import { checkApart } from './shared/apart.ts';
import {
  Exit,
  exitCodes,
  interruption,
  leaveNothing,
  ReportedErrors,
  required,
  UsageError,
} from './shared/failure.ts';
import { loadChosen } from './shared/flags.ts';
import { paintEach } from './shared/paint-each.ts';
import { findPictures, findStyles, PICTURES, STYLES } from './shared/find.ts';
import { existing, exists, warningsOf } from './shared/inputs.ts';
import { type Bar, progressBar } from './shared/progress.ts';
import { paintingChoices, pickOptions } from '../stylize/options.ts';
import type { SheetFlags } from './sheet.ts';
import { say, tell } from './shared/output.ts';
import { visible } from '../visible.ts';

/** Most pixels of a sheet. Beyond, laying out the cells takes gigabytes. */
const LARGEST_SHEET = 2 ** 27;

type Encode = (png: Sharp, quality: number) => Sharp;
const formats: Readonly<Record<string, Encode>> = {
  '.png': (png) => png.png(),
  '.jpg': (png, quality) => png.jpeg({ quality, chromaSubsampling: '4:4:4' }),
  '.jpeg': (png, quality) => png.jpeg({ quality, chromaSubsampling: '4:4:4' }),
  '.webp': (png, quality) => png.webp({ quality }),
};

/** Paints and writes the sheet of all readable pictures. Ends with an error if something failed. */
export async function paintSheet(flags: SheetFlags): Promise<void> {
  const started = performance.now();
  const encode = await checkOutput(flags);
  const reported = new ReportedErrors();
  const { signal, end } = interruption();
  try {
    const sheet = await paintCells(flags, reported, signal);
    const png = await contactSheet({ ...sheet, cellSize: flags.cell });
    const { data, info } = await encode(sharp(png), flags.quality ?? 90)
      .toBuffer({ resolveWithObject: true })
      .catch(unwritable(flags.output));
    signal.throwIfAborted();
    await writeFileAtomic(flags.output, data).catch(unwritable(flags.output));
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const count = `${sheet.rows.length}×${sheet.columns.length} pictures`;
    say(`${visible(flags.output)}  ${count}  ${info.width}×${info.height}  ${seconds} s`);
  } catch (error) {
    leaveNothing(error, signal);
  } finally {
    end();
  }
  reported.end();
}

interface Painted {
  readonly rows: LabelledImage[];
  readonly columns: ColumnHead[];
  readonly cells: RgbImage[][];
}

async function paintCells(
  flags: SheetFlags,
  reported: ReportedErrors,
  signal: AbortSignal,
): Promise<Painted> {
  const { recursive = false } = flags;
  const [contents, styles] = await Promise.all([
    findPictures(required(flags.content, PICTURES, '--content'), { recursive, except: flags.output }),
    findStyles(required(flags.style, STYLES, '--style'), { recursive, except: flags.output }),
  ]);
  for (const error of [...contents.errors, ...styles.errors]) reported.add(error);
  for (const line of [...contents.notices, ...styles.notices]) reported.notice(line);
  await checkApart([flags.output], [...contents.files, ...styles.files]);
  checkSize(contents.files.length, styles.files.length, flags.cell);
  const stylizer = await loadChosen(flags);
  let bar: Bar | undefined;
  try {
    const prepared: Style[] = [];
    const columns: ColumnHead[] = [];
    for (const file of styles.files) {
      await trying(reported, signal, async () => {
        const style = await prepare(file, stylizer, flags, signal);
        for (const line of await warningsOf(file)) reported.warn(line);
        columns.push(await columnHead(file, flags.cell));
        prepared.push(style);
      });
    }
    const total = contents.files.length * prepared.length;
    if (total > 0 && process.stderr.isTTY) {
      bar = await progressBar(total, 'pictures');
      reported.print = bar.log;
    }
    const rows: LabelledImage[] = [];
    const cells: RgbImage[][] = [];
    for (const [i, file] of contents.files.entries()) {
      // Contents are the outer loop: one of them is in memory, and the network is compiled for its size once.
      const read = await trying(reported, signal, () => readPicture(file, { shortSide: flags.size }));
      if (read === undefined || prepared.length === 0) continue;
      const { image: content, source } = read;
      for (const line of source.warnings) reported.warn(line);
      const line: RgbImage[] = [];
      const options = { ...pickOptions(flags, paintingChoices), signal };
      for await (const painted of paintEach(stylizer, content, prepared, options)) {
        if ('error' in painted) reported.add(painted.error);
        const picture = 'error' in painted ? undefined : painted.picture;
        const cell = picture && (await trying(reported, signal, () => reduced(picture, flags.cell)));
        line.push(cell ?? blank);
        bar?.update(i * prepared.length + line.length);
      }
      rows.push({ label: stemOf(file), image: await reduced(content, flags.cell) });
      cells.push(line);
    }
    if (rows.length === 0) throw new Exit(reported.exitCode || exitCodes.failure);
    return { rows, columns, cells };
  } finally {
    bar?.stop();
    reported.print = tell;
    await stylizer.dispose();
  }
}

function prepare(file: string, stylizer: Stylizer, { styleSize }: SheetFlags, signal: AbortSignal) {
  return stylizer.prepareStyle(file, defined({ size: styleSize, signal }));
}

/** The head of a style's column: its picture, or the thumbnail of its file, or only a name. */
async function columnHead(file: string, cell: number): Promise<ColumnHead> {
  const label = stemOf(file);
  if (!(await isStyleFileAt(file))) {
    return { label, image: new SmallPicture((await readPicture(file, { longSide: cell })).image) };
  }
  const { thumbnail } = await readStyleInfo(file);
  if (thumbnail === undefined) return { label };
  const image = await readImage(thumbnail.bytes, { longSide: cell, name: `the thumbnail of ${file}` });
  return { label, image: new SmallPicture(image) };
}

/** The result of `work`; undefined if it fails, which is reported. An interruption is rethrown. */
async function trying<T>(
  reported: ReportedErrors,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    signal.throwIfAborted();
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    reported.add(error);
    return undefined;
  }
}

async function reduced(image: RgbImage, cell: number): Promise<RgbImage> {
  return new SmallPicture(await resizeImage(image, { longSide: cell }));
}

/** A picture kept as bytes, in a quarter of the memory. Its float32 values are computed on demand. */
class SmallPicture implements RgbImage {
  readonly width: number;
  readonly height: number;
  readonly #bytes: Uint8Array;

  constructor(image: RgbImage) {
    this.width = image.width;
    this.height = image.height;
    this.#bytes = toInterleaved(onWhite(image));
  }

  get data(): Float32Array {
    return fromInterleaved(this.#bytes, this.width, this.height).data;
  }
}

/** Placeholder for a picture that could not be painted. */
const blank: RgbImage = { width: 1, height: 1, data: new Float32Array(3).fill(1) };

/** Chooses the encoder of the sheet. It runs before the work, so that none is lost. */
async function checkOutput({ output, force }: SheetFlags): Promise<Encode> {
  const encode = formats[extname(output).toLowerCase()];
  if (encode === undefined) {
    const expected = 'the ending .png, .jpg or .webp';
    throw new UsageError({ expected, name: '--output', received: output });
  }
  if (force || !(await exists(output))) return encode;
  throw existing(output);
}

function checkSize(rows: number, columns: number, cell: number): void {
  const pixels = (rows + 1) * (columns + 1) * cell ** 2;
  if (pixels <= LARGEST_SHEET) return;
  const fitting = Math.floor(cell * Math.sqrt(LARGEST_SHEET / pixels));
  throw new UsageError({
    expected: `cells for a sheet of at most ${Math.round(LARGEST_SHEET / 1e6)} megapixels`,
    name: '--cell',
    received: `${cell} for ${rows}×${columns} pictures`,
    remedy: `set it to ${fitting} or less, or paint fewer`,
  });
}

/**
 * For `.catch`: names the reason why a sheet cannot be written, e.g. that it exceeds
 * WebP's 16383 pixels a side.
 */
function unwritable(output: string): (cause: unknown) => never {
  return (cause) => {
    const received = explainFileError(cause).split('\n', 1)[0] ?? '';
    throw new ImageError({ expected: 'a sheet that can be written', name: output, received }, { cause });
  };
}
