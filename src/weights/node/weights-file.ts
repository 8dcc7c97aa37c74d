/** Weights on disk. Node only. */

import { existsSync } from 'node:fs';
import { WeightsError } from '../../errors.ts';
import { baseName } from '../../files/names.ts';
import { explainFileError, readBytes, readJson } from '../../files/read.ts';
import { openRegular } from '../../files/regular.ts';
import { writeFileAtomic } from '../../files/write.ts';
import { type Foreign, FOREIGN_HEAD_BYTES, foreignFile, namingOf } from '../foreign.ts';
import { type ModelCard, parseModelCard } from '../model-card.ts';
import {
  readSafetensors,
  type SafetensorsContent,
  type SafetensorsOptions,
  type WeightMap,
  writeSafetensors,
} from '../safetensors.ts';
import { sha256 } from '../sha256.ts';

/** A shipped model: its card and its tensors as float32. */
export interface LoadedModel {
  card: ModelCard;
  tensors: WeightMap;
}

/**
 * Reads a `.safetensors` file.
 *
 * @param name what the file is, in errors
 * @throws WeightsError if the file cannot be read or is damaged
 */
export async function readWeights(path: string, name = 'the weights file'): Promise<SafetensorsContent> {
  return readSafetensors(await readBytes(path, name, WeightsError), path);
}

/** A card's data about its weights file, and the remedy if the file is another. */
interface ExpectedFile {
  /** Name of the file in errors. */
  readonly name: string;
  readonly sha256: string;
  readonly remedy: string;
}

/**
 * Reads a `.safetensors` file and checks its checksum; throws like {@link readWeights}, also if it differs.
 */
async function readChecked(path: string, expected: ExpectedFile): Promise<SafetensorsContent> {
  const { name, remedy } = expected;
  const bytes = await readBytes(path, name, WeightsError);
  const received = await sha256(bytes);
  if (received === expected.sha256) return readSafetensors(bytes, path);
  throw new WeightsError({ expected: `SHA-256 ${expected.sha256}`, name, received, where: path, remedy });
}

/**
 * Writes a `.safetensors` file completely or not at all: see `writeFileAtomic`.
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
 * Loads a model: `x.safetensors` and the card `x.json` next to it, whose SHA-256 must be that of the file.
 *
 * @param path the `.safetensors` file
 * @throws WeightsError if one of the two is missing or damaged, or they do not belong together
 */
export async function loadModel(path: string): Promise<LoadedModel> {
  const ending = '.safetensors';
  await refuseForeign(path);
  if (!path.endsWith(ending)) {
    throw new WeightsError({ expected: `a ${ending} file`, name: 'the model', received: path });
  }
  const cardPath = `${path.slice(0, -ending.length)}.json`;
  if (existsSync(path) && !existsSync(cardPath)) throw await withoutCard(path, cardPath);
  const card = parseModelCard(await readJson(cardPath, 'the model card', WeightsError), cardPath);
  const { tensors } = await readChecked(path, {
    name: 'the weights file',
    sha256: card.sha256,
    remedy:
      'the file is damaged or belongs to another model card: reinstall the package or download both again',
  });
  return { card, tensors };
}

/**
 * Names a file of another program by its bytes, whatever its ending.
 *
 * @throws WeightsError if it is one; not for a file that cannot be read
 */
export async function refuseForeign(path: string, name = 'the model'): Promise<void> {
  const foreign = await foreignAt(path);
  if (foreign === undefined) return;
  const { kind: received, remedy } = foreign;
  throw new WeightsError({ expected: 'a safetensors file', name, received, where: path, remedy });
}

/** Whether a file is of another program, by its bytes; not for a file that cannot be read. */
export async function isForeign(path: string): Promise<boolean> {
  return (await foreignAt(path)) !== undefined;
}

async function foreignAt(path: string): Promise<Foreign | undefined> {
  return foreignFile(await readHead(path).catch(() => new Uint8Array()));
}

async function readHead(path: string): Promise<Uint8Array> {
  const { file } = await openRegular(path);
  try {
    const { buffer, bytesRead } = await file.read(
      new Uint8Array(FOREIGN_HEAD_BYTES),
      0,
      FOREIGN_HEAD_BYTES,
      0,
    );
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The error for weights without a card, which may be of another program. */
async function withoutCard(path: string, cardPath: string): Promise<WeightsError> {
  const { tensors } = await readWeights(path);
  const first = [...tensors.keys()].slice(0, 3).join(', ');
  const remedy = namingOf(tensors.keys()) ?? 'train writes one beside each model';
  return new WeightsError({
    expected: `the model card ${baseName(cardPath)} beside it`,
    name: 'the model',
    received: `tensors ${first || 'none'} without one`,
    where: path,
    remedy,
  });
}
