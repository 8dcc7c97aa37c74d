/** Style files on disk. Node only. */

import { WeightsError } from '../../errors.ts';
import { pathOf } from '../../files/paths.ts';
import { explainFileError } from '../../files/read.ts';
import { openRegular } from '../../files/regular.ts';
import { writeFileAtomic } from '../../files/write.ts';
import type { StyleFile } from '../calls.ts';
import { isStyleFile, readStyleFileInfo, type StyleFileInfo } from '../style-file.ts';

/** Far above the size of any style. A larger file is not read into memory. */
const LARGEST_FILE = 2 ** 28;

/**
 * The bytes of a style file, if `input` is one. The content decides, not the ending.
 *
 * @param input a path, or the bytes of a file
 * @returns undefined for a file of another kind, and for a path where nothing can be opened: the next reader
 *   says why
 * @throws WeightsError if it cannot be read
 */
export async function readStyleFile(input: string | Uint8Array): Promise<StyleFile | undefined> {
  if (typeof input !== 'string') return isStyleFile(input) ? { bytes: input } : undefined;
  return (await isStyleFileAt(input)) ? { bytes: await readStyleBytes(input), name: input } : undefined;
}

/**
 * The information in a style file: its model, size, source and thumbnail.
 *
 * @throws WeightsError if it cannot be read, is no style file, or is damaged; SettingError for a URL of
 *   another kind
 */
export async function readStyleInfo(place: string | URL): Promise<StyleFileInfo> {
  const path = pathOf(place, 'the style file');
  return readStyleFileInfo(await readStyleBytes(path), path);
}

/**
 * Writes the bytes of a style file, whole or not at all; missing folders are created.
 *
 * @throws WeightsError if the file cannot be written
 */
export async function writeStyleFile(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFileAtomic(path, bytes);
  } catch (cause) {
    const received = explainFileError(cause);
    throw new WeightsError({ expected: 'a place to write', name: path, received }, { cause });
  }
}

/** Whether a path holds a style file, judged by its beginning; false if nothing can be opened. */
export async function isStyleFileAt(path: string): Promise<boolean> {
  try {
    const { file } = await openRegular(path);
    try {
      const { buffer, bytesRead } = await file.read(new Uint8Array(8), 0, 8, 0);
      return isStyleFile(buffer.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}

/**
 * The bytes of a file that should be a style file. Only their number is checked.
 *
 * @throws WeightsError if they cannot be read, or are too many
 */
export async function readStyleBytes(path: string): Promise<Uint8Array> {
  try {
    const { file, stats } = await openRegular(path);
    try {
      if (stats.size <= LARGEST_FILE) return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (cause) {
    const received = explainFileError(cause);
    throw new WeightsError({ expected: 'a style file', name: path, received }, { cause });
  }
  throw new WeightsError({ expected: 'a style file', name: path, received: 'a far larger file' });
}
