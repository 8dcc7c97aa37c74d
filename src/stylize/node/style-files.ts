/** Style files on disk: read, checked and written. Node only. */

import { open, readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, deflate } from 'node:zlib';
import { defined } from '../../defined.ts';
import { WeightsError } from '../../errors.ts';
import { writeFileAtomic } from '../../files/write.ts';
import { explainFileError } from '../../files/read.ts';
import {
  decodeStyleFile,
  encodeStyleFile,
  isStyleFile,
  readStyleFileInfo,
  type StyleFileInfo,
  type StyleThumbnail,
} from '../style-file.ts';
import { checkStyleFile } from '../style-file-check.ts';
import { baseName } from '../../files/names.ts';
import { packageManifest } from '../../files/package.ts';
import type { Style, StylizerModel } from '../stylizer.ts';

/** Far above any style: a file of this length is not read into memory. */
const LARGEST_FILE = 2 ** 28;

/**
 * The style of a style file, if `input` is one: known by its content, not by its ending.
 *
 * @param input a path, or the bytes of a file
 * @returns undefined for a file of another kind, and for a path where nothing can be opened: whoever reads it next says why
 * @throws WeightsError if the file is damaged, or another model made it
 */
export async function readStyleFile(
  input: string | Uint8Array,
  model: StylizerModel,
): Promise<Style | undefined> {
  const path = typeof input === 'string' ? input : undefined;
  if (!(typeof input === 'string' ? await isStyleFileAt(input) : isStyleFile(input))) return undefined;
  const bytes = typeof input === 'string' ? await readStyleBytes(input) : input;
  checkStyleFile(readStyleFileInfo(bytes, path), model, path ?? 'painting.style');
  return decodeStyleFile(bytes, path);
}

/**
 * What a style file says of itself: its model, size, source and thumbnail.
 *
 * @throws WeightsError if it cannot be read, is no style file, or is damaged
 */
export async function readStyleInfo(path: string): Promise<StyleFileInfo> {
  return readStyleFileInfo(await readStyleBytes(path), path);
}

/** What {@link writeStyleFile} puts beside the style. */
export interface StyleNotes {
  /** Name or path of the model that encoded it. */
  readonly modelName: string;
  /** Name or path of the picture. */
  readonly source?: string | undefined;
  readonly thumbnail?: StyleThumbnail | undefined;
}

/**
 * Writes a style file, whole or not at all; missing folders are created. Names lose their folders.
 *
 * @throws WeightsError if a value is not finite or the file cannot be written
 */
export async function writeStyleFile(path: string, style: Style, notes: StyleNotes): Promise<void> {
  const { modelName, source, thumbnail } = notes;
  const bytes = await encodeStyleFile(
    style,
    {
      modelName: label(modelName),
      ...(source === undefined ? {} : { source: label(source) }),
      ...defined({ thumbnail }),
      version: packageManifest().version,
    },
    { deflate: deflateFinely },
  );
  try {
    await writeFileAtomic(path, bytes);
  } catch (cause) {
    const received = explainFileError(cause);
    throw new WeightsError({ expected: 'a place to write', name: path, received }, { cause });
  }
}

/** Whether a style file lies at a path, by how it begins; not, where nothing can be opened. */
export async function isStyleFileAt(path: string): Promise<boolean> {
  try {
    const file = await open(path);
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
 * The bytes of what should be a style file; not looked at, but for their number.
 *
 * @throws WeightsError if they cannot be read, or are too many
 */
export async function readStyleBytes(path: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size <= LARGEST_FILE) return await readFile(path);
  } catch (cause) {
    const received = explainFileError(cause);
    throw new WeightsError({ expected: 'a style file', name: path, received }, { cause });
  }
  throw new WeightsError({ expected: 'a style file', name: path, received: 'a far larger file' });
}

/** File names may hold what no terminal should see, and be longer than the format allows. */
function label(path: string): string {
  return baseName(path)
    .replace(/\p{Cc}/gu, ' ')
    .slice(0, 255);
}

/**
 * Filtered: chance matches among noise cost more than they save. Memory level 6: blocks of 4096 bytes, so that each
 * few channels have a Huffman code of their own. A fortieth smaller than the default, in twice the time.
 */
const deflateFinely = (bytes: Uint8Array): Promise<Uint8Array> =>
  promisify<Uint8Array, object, Uint8Array>(deflate)(bytes, {
    level: constants.Z_BEST_COMPRESSION,
    memLevel: 6,
    strategy: constants.Z_FILTERED,
  });
