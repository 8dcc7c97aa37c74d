/** Reading pictures too large for memory band by band: decoded once into a temporary file. Node only. */

import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ImageError, SettingError } from '../../errors.ts';
import { explainFileError } from '../../files/read.ts';
import { bytesOnDisk, decodeToFile, type Inspected, takesTwoSteps } from './decode.ts';
import {
  cropImage,
  fromSamples,
  type ImageSize,
  outputSize,
  type RgbImage,
  type SizeRequest,
} from '../image.ts';
import { type InspectOptions, inspectFile, nameOf, type PictureSource } from './inspect.ts';
import type { FileInput } from './file-input.ts';
import { checkMemory, checkRequest, limitsOf } from './limits.ts';
import { storedArea, turnedSize, turnSamples } from './metadata.ts';
import { checkNames } from './option-names.ts';
import { openDecodable } from './heic.ts';
import { checkSpace, openPixelFile, type PixelFile } from './pixel-file.ts';
import { removeTemporary, temporaryPath } from '../../files/temporary.ts';
import { BLOCK, fillBand, gatherSurroundings, type Surroundings } from '../transparency.ts';

/** A picture whose rows can be read in bands. */
export interface Bands extends ImageSize {
  /** Whether any pixel is not opaque; if so, all bands have alpha. */
  readonly hasAlpha: boolean;
  /**
   * Rows `top` to `top + height` over the picture's whole width. In any order, any number of times,
   * overlapping or not.
   *
   * @throws SettingError if they are not rows of the picture
   */
  read(top: number, height: number): Promise<RgbImage>;
  /** Frees the picture's resources. May be called twice. */
  close(): Promise<void>;
}

/** Bands of a picture file. */
export interface FileBands extends Bands {
  /** Description of the file. Its `warnings` are complete, and its size is that of the file. */
  readonly source: PictureSource;
}

/** Options of {@link openBands}. */
export interface OpenBandsOptions extends SizeRequest, InspectOptions {
  /**
   * Folder for the temporary file: width × height × 3 or 4 bytes, twice that for 16 bits. Default: the
   * system's, which lies in memory on some machines.
   */
  readonly temporaryFolder?: string;
}

/** Number of bytes of pixels that are examined at a time in the search for transparent parts. */
const CHUNK = 4 * 2 ** 20;

/**
 * Opens a picture file to be read in bands, with the same pixels as from `readPicture`. It is decoded here,
 * once, into a temporary file whose name is removed before this returns (on Windows: at `close`). Memory does
 * not grow with the picture for baseline JPEG, plain PNG and TIFF; decoders of other formats hold the whole
 * picture while they work.
 *
 * @param input a path or `file:` URL, or the bytes of a picture file in any form
 * @throws ImageError like `readPicture`, or if there is no room for the temporary file; SettingError for an
 * impossible size or limit
 */
export async function openBands(input: FileInput, options: OpenBandsOptions = {}): Promise<FileBands> {
  checkNames(options, 'openBands');
  checkRequest(options);
  const file = await openDecodable(input, nameOf(input, options), limitsOf(options));
  try {
    const inspected = { file, ...(await inspectFile(file, options)) };
    const warnings: string[] = [];
    const size = outputSize(inspected.source, options);
    const { name, width, height, decoderBytes } = inspected.source;
    checkMemory(decoderBytes, name, `${width}×${height} pixels`, 'convert it to TIFF or plain PNG first');
    const stored = turnedSize(size, inspected.source.orientation);
    const { pixels, white } = await spool(inspected, stored, options, (line) => warnings.push(line));
    const source = { ...inspected.source, warnings: [...inspected.source.warnings, ...warnings] };
    try {
      const { convert } = inspected.decoding;
      return { ...(await bandsIn(pixels, white, source.orientation, convert)), source };
    } catch (error) {
      await pixels.close();
      throw error;
    }
  } finally {
    await file.close();
  }
}

/** Bands of a picture in memory. */
export function bandsOf(image: RgbImage): Bands {
  const { width, height } = image;
  return {
    width,
    height,
    hasAlpha: image.alpha !== undefined,
    async read(top, rows) {
      checkRows(top, rows, height);
      return cropImage(image, { left: 0, top, width, height: rows });
    },
    close: async () => {},
  };
}

async function spool(
  inspected: Inspected,
  stored: ImageSize,
  { temporaryFolder }: OpenBandsOptions,
  onWarning: (line: string) => void,
): Promise<{ pixels: PixelFile; white: number }> {
  const path = temporaryPath('.v', temporaryFolder);
  const between = temporaryPath('.tif', temporaryFolder);
  try {
    await checkSpace(path, bytesOnDisk(inspected, stored), inspected.source.name);
    await createPrivate(path);
    if (takesTwoSteps(inspected, stored)) await createPrivate(between);
    const white = await decodeToFile(inspected, stored, path, between, { onWarning });
    return { pixels: await openPixelFile(path), white };
  } finally {
    // An open file stays readable without a name, and vanishes with the process.
    await Promise.all([removeTemporary(path), removeTemporary(between)]);
  }
}

/** Other users of the machine must not see the picture. libvips keeps the permissions of an existing file. */
async function createPrivate(path: string): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
    const problem = { expected: 'a place for temporary files', name: dirname(path) };
    throw new ImageError({ ...problem, received: explainFileError(cause) }, { cause });
  });
  await file.close();
}

async function bandsIn(
  pixels: PixelFile,
  white: number,
  orientation: number,
  convert: Inspected['decoding']['convert'],
): Promise<Bands> {
  const { width, height } = turnedSize(pixels, orientation);
  const readRows = async (top: number, rows: number): Promise<RgbImage> => {
    const area = storedArea(pixels, orientation, { top, height: rows });
    const samples = turnSamples(await pixels.read(area), area, orientation);
    const band = fromSamples(samples, { width, height: rows }, white);
    convert?.(band.data);
    return band;
  };
  const { hasAlpha, around } = await lookThrough({ width, height }, pixels.channels, readRows);
  let closing: Promise<void> | undefined;
  return {
    width,
    height,
    hasAlpha,
    async read(top, rows) {
      checkRows(top, rows, height);
      if (closing !== undefined) throw closed();
      if (!hasAlpha) return withoutAlpha(await readRows(top, rows));
      if (around === undefined) return readRows(top, rows);
      // Colours under transparency are made of whole blocks.
      const first = Math.floor(top / BLOCK) * BLOCK;
      const end = Math.min(height, Math.ceil((top + rows) / BLOCK) * BLOCK);
      const band = await readRows(first, end - first);
      fillBand(band, first, around);
      return cropImage(band, { left: 0, top: top - first, width, height: rows });
    },
    close: () => {
      closing ??= pixels.close();
      return closing;
    },
  };
}

/** Finds whether any pixel is not opaque, and the colours for pixels that are fully transparent. */
async function lookThrough(
  size: ImageSize,
  channels: number,
  readRows: (top: number, rows: number) => Promise<RgbImage>,
): Promise<{ hasAlpha: boolean; around: Surroundings | undefined }> {
  if (channels === 3) return { hasAlpha: false, around: undefined };
  const rows = Math.max(1, Math.floor(CHUNK / (4 * size.width) / BLOCK)) * BLOCK;
  const gatherer = gatherSurroundings(size);
  let [hasAlpha, hasClear] = [false, false];
  for (let top = 0; top < size.height; top += rows) {
    const band = await readRows(top, Math.min(rows, size.height - top));
    hasAlpha ||= band.alpha?.some((value) => value < 1) ?? false;
    hasClear ||= band.alpha?.includes(0) ?? false;
    gatherer.add(band, top);
  }
  return { hasAlpha, around: hasClear ? gatherer.finish() : undefined };
}

function withoutAlpha({ width, height, data }: RgbImage): RgbImage {
  return { width, height, data };
}

function checkRows(top: number, rows: number, height: number): void {
  const whole = Number.isSafeInteger(top) && Number.isSafeInteger(rows);
  if (whole && top >= 0 && rows >= 1 && top + rows <= height) return;
  const received = `${rows} from ${top}`;
  throw new SettingError({ expected: `rows from 0 to ${height}`, name: 'a band', received });
}

function closed(): SettingError {
  return new SettingError({ expected: 'an open picture', name: 'a band', received: 'a closed one' });
}
