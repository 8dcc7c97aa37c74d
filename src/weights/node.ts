/** Weights on disk. Node only. */

import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WeightsError } from '../errors.ts';
import { type ModelCard, parseModelCard } from './model-card.ts';
import {
  readSafetensors,
  type SafetensorsContent,
  type SafetensorsOptions,
  type WeightMap,
  writeSafetensors,
} from './safetensors.ts';
import { sha256 } from './sha256.ts';

/** A shipped model: its card and its tensors as float32. */
export interface LoadedModel {
  card: ModelCard;
  tensors: WeightMap;
}

const wordsOfCode: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'a folder',
  ENOTDIR: 'a path through a file that is no folder',
  EEXIST: 'a path through a file that is no folder',
  EACCES: 'a path without permission',
  ENOSPC: 'a full disk',
};

/**
 * Reads a `.safetensors` file.
 *
 * @throws WeightsError if the file cannot be read or is damaged
 */
export async function readWeights(path: string): Promise<SafetensorsContent> {
  return readSafetensors(await readBytes(path, 'the weights file'), path);
}

/** What a card says of its weights file, and what to do where the file is another. */
export interface ExpectedFile {
  /** What errors call the file. */
  readonly name: string;
  readonly sha256: string;
  readonly remedy: string;
}

/** Reads a `.safetensors` file whose checksum is known; throws as {@link readWeights}, and where it has another. */
export async function readChecked(path: string, expected: ExpectedFile): Promise<SafetensorsContent> {
  const bytes = await readBytes(path, 'the weights file');
  const received = await sha256(bytes);
  if (received === expected.sha256) return readSafetensors(bytes, path);
  const { name, remedy } = expected;
  throw new WeightsError({ expected: `SHA-256 ${expected.sha256}`, name, received, where: path, remedy });
}

/**
 * Writes a `.safetensors` file, whole or not at all: see {@link writeFileAtomic}.
 *
 * @throws WeightsError if the tensors cannot be stored or the file cannot be written
 */
export async function writeWeights(
  path: string,
  tensors: WeightMap,
  options: SafetensorsOptions = {},
): Promise<void> {
  const bytes = writeSafetensors(tensors, options);
  try {
    await writeFileAtomic(path, bytes);
  } catch (cause) {
    const received = explainFileError(cause);
    throw new WeightsError(
      { expected: 'a place to write', name: 'the weights file', received, where: path },
      { cause },
    );
  }
}

/**
 * Loads a model: `x.safetensors` and the card `x.json` beside it, whose SHA-256 must be that of the file.
 *
 * @param path the `.safetensors` file
 * @throws WeightsError if one of the two is missing or damaged, or they do not belong together
 */
export async function loadModel(path: string): Promise<LoadedModel> {
  const ending = '.safetensors';
  if (!path.endsWith(ending)) {
    throw new WeightsError({ expected: `a ${ending} file`, name: 'the model', received: path });
  }
  const cardPath = `${path.slice(0, -ending.length)}.json`;
  const card = parseModelCard(await readJson(cardPath, 'the model card'), cardPath);
  const { tensors } = await readChecked(path, {
    name: 'the weights file',
    sha256: card.sha256,
    remedy:
      'the file is damaged or belongs to another model card: reinstall the package or download both again',
  });
  return { card, tensors };
}

/**
 * Writes a file whole or not at all: a temporary file in the same folder is flushed to disk, then renamed over
 * `path`, so that neither a crash nor a full disk leaves half a file, and readers see the old or the new one.
 * Missing folders are created. The temporary file is removed on failure.
 *
 * @throws the system's error (`ENOSPC`, `EACCES`, …), for the caller to put into its own words
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  // Random, so that two writers of one file do not share a temporary file.
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      // Without it, some file systems rename before the data are on disk.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** What stands at a path, or in the way, in a few words for "but received": `no such file`, `a folder`, … */
export function explainFileError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return wordsOfCode[code] ?? code;
}

/** Reads and parses a JSON file; `name` is what errors call it. */
export async function readJson(path: string, name: string): Promise<unknown> {
  const bytes = await readBytes(path, name);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new WeightsError(
      { expected: 'JSON text', name, received: 'something else', where: path },
      { cause },
    );
  }
}

async function readBytes(path: string, name: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    const received = explainFileError(cause);
    throw new WeightsError({ expected: 'a file that can be read', name, received, where: path }, { cause });
  }
}
