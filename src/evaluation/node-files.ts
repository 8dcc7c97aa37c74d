/** Files of an evaluation: text and checksums. Node only. */

import { readFile } from 'node:fs/promises';
import { SettingError } from '../errors.ts';
import { explainFileError } from '../weights/node.ts';
import { sha256 } from '../weights/sha256.ts';
import { baseName } from './pictures.ts';

/** A file as a document names it: without its folder. */
export interface NamedFile {
  readonly file: string;
  readonly sha256: string;
}

/**
 * Base name and checksum of a file.
 *
 * @throws SettingError if it cannot be read
 */
export async function hashed(path: string): Promise<NamedFile> {
  return { file: baseName(path), sha256: await sha256(await bytesOf(path, 'a file')) };
}

/**
 * The JSON value in a file; `name` says what it should be in errors.
 *
 * @throws SettingError if it cannot be read or is no JSON
 */
export async function readJson(path: string, name: string): Promise<unknown> {
  const text = new TextDecoder().decode(await bytesOf(path, name));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SettingError(
      { expected: 'JSON text', name, received: 'something else', where: path },
      { cause },
    );
  }
}

async function bytesOf(path: string, name: string): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(path).catch((cause: unknown) => {
    const received = explainFileError(cause);
    throw new SettingError({ expected: 'a file that can be read', name, received, where: path }, { cause });
  });
}
