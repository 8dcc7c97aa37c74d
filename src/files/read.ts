/** Files read whole. Node only. */

import { readFile } from 'node:fs/promises';
import { SettingError, type WasserfarbeError } from '../errors.ts';

const wordsOfCode: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'a folder',
  ENOTDIR: 'a path through a file that is no folder',
  EEXIST: 'a path through a file that is no folder',
  EACCES: 'a path without permission',
  ENOSPC: 'a full disk',
};

/** Cause of a failed file access, in a few words for "but received": `no such file`, `a folder`, … */
export function explainFileError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return wordsOfCode[code] ?? code;
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
    return await readFile(path);
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
