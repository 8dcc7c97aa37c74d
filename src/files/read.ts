/** Files read whole. Node only. */

import { SettingError, type WasserfarbeError } from '../errors.ts';
import { IrregularFile, readRegular } from './regular.ts';

const wordsOfCode: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'a folder',
  ENOTDIR: 'a path through a file that is no folder',
  EEXIST: 'a path through a file that is no folder',
  EACCES: 'a path without permission',
  EPERM: 'a path without permission',
  EROFS: 'a disk that cannot be written',
  ENOSPC: 'a full disk',
  EDQUOT: 'a full disk',
  ELOOP: 'links that lead in a circle',
  ENAMETOOLONG: 'a path that is too long',
  ERR_INVALID_ARG_VALUE: 'a path with a zero byte in it',
};

/** What a disk that is full, broken or read-only answers. */
const diskCodes = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS'];
/** libvips has no codes, only lines. */
const diskLines = /^system error: (No space left on device|Disk quota exceeded)|: write error$/m;

/** Node puts this character in place of bytes that are not UTF-8. No file is found under such a name. */
const REPLACED = '\uFFFD';

/** Cause of a failed file access, in a few words for "but received": `no such file`, `a folder`, … */
export function explainFileError(error: unknown): string {
  return knownFileError(error) ?? codeOf(error);
}

/** As {@link explainFileError}; undefined for other errors than those of files. */
export function knownFileError(error: unknown): string | undefined {
  if (error instanceof IrregularFile) return error.message;
  const code = codeOf(error);
  if (code === 'ENOENT' && isMisnamed(error))
    return 'a name that is not UTF-8, so that it must be renamed first';
  return wordsOfCode[code];
}

/** Whether a disk is to blame for an error, or for its cause: one that is full, broken or read-only. */
export function isDiskFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return diskCodes.includes(codeOf(error)) || diskLines.test(error.message) || isDiskFault(error.cause);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function isMisnamed(error: unknown): boolean {
  return error instanceof Error && 'path' in error && String(error.path).includes(REPLACED);
}

/** The class of the errors that are thrown if a file cannot be read. */
type Refusal = new (...problem: ConstructorParameters<typeof WasserfarbeError>) => WasserfarbeError;

/**
 * The bytes of a file.
 *
 * @param name the name in error messages
 * @throws SettingError, or an error of the given class, if it cannot be read
 */
export async function readBytes(
  path: string,
  name: string,
  Refused: Refusal = SettingError,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readRegular(path);
  } catch (cause) {
    const received = explainFileError(cause);
    throw new Refused({ expected: 'a file that can be read', name, received, where: path }, { cause });
  }
}

/** The JSON value in a file. Throws like {@link readBytes}, also if the file holds no JSON. */
export async function readJson(
  path: string,
  name: string,
  Refused: Refusal = SettingError,
): Promise<unknown> {
  const bytes = await readBytes(path, name, Refused);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new Refused({ expected: 'JSON text', name, received: 'something else', where: path }, { cause });
  }
}
