/** Makes a blind study from an evaluation: pictures under random names, and a separate key. Node only. */

import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SettingError, WasserfarbeError } from '../../errors.ts';
import type { EvaluationDocument } from '../../evaluation/document.ts';
import { hashed } from '../../evaluation/node/evaluation-files.ts';
import { outputStem, stemOf } from '../../files/names.ts';
import type { ImageSize } from '../../images/image.ts';
import { encodeImage, readImage, resizeImage } from '../../images/node/image-file.ts';
import { writeFileAtomic } from '../../files/write.ts';
import { explainFileError } from '../../files/read.ts';
import type { Item } from '../api.ts';
import {
  ANSWERS_FILE,
  KEY_FILE,
  type Key,
  LOCK_FILE,
  PICTURES_FOLDER,
  STUDY_FILE,
  type Study,
} from '../format.ts';
import { readAnswers } from './answers.ts';
import { EVALUATION_FILE, lockFolder, readEvaluationWithPictures, readStudy } from './folder.ts';
import { spreadPairs, type Pair } from '../pairs.ts';

export interface MakeStudyOptions {
  /** A folder with `evaluation.json` and its pictures. */
  readonly evaluation: string;
  /** A new or an empty folder. */
  readonly output: string;
  /** Number of pairs of content and style; each is judged for every method. Default 60. */
  readonly pairs?: number;
  /** Seed of the choice of pairs, the raters' orders and the report's intervals. Default 1. */
  readonly seed?: number;
  /** Allows replacing a study without answers. */
  readonly force?: boolean;
  /** Aborting makes this reject with the signal's reason, between two pictures, and leaves nothing behind. */
  readonly signal?: AbortSignal;
}

/**
 * Makes the folder completely or not at all.
 *
 * All pictures are encoded anew, without metadata, and stylised ones get their content's size. A picture thus
 * reveals its method only by its look.
 *
 * @throws SettingError for impossible settings, WasserfarbeError for a bad evaluation or an output folder in
 * use, ImageError for a picture that cannot be read
 */
export async function makeStudy(options: MakeStudyOptions): Promise<Study> {
  const { evaluation: source, pairs = 60, seed = 1, force = false, signal } = options;
  const output = resolve(options.output);
  const evaluation = await readEvaluationWithPictures(source);
  const chosen = spreadPairs(commonPairs(evaluation), pairs, seed);
  // Finds a server that holds the study now, not after the work.
  if ((await checkOutput(output, force)) === 'study') await (await lockFolder(output)).release();
  const temporary = join(dirname(output), `.${basename(output)}.${newId()}.tmp`);
  try {
    const study = await writeStudy(temporary, { source, evaluation, chosen, seed, signal });
    await replace(output, temporary, force);
    return study;
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    if (signal?.aborted) throw cause;
    if (cause instanceof WasserfarbeError || !(cause instanceof Error && 'code' in cause)) throw cause;
    const received = explainFileError(cause);
    throw new WasserfarbeError(
      { expected: 'a place to write', name: '--output', received, where: output },
      { cause },
    );
  }
}

/** The pairs that all methods have painted; only these compare methods on the same pictures. */
function commonPairs({ methods, results }: EvaluationDocument): Pair[] {
  const painted = new Map<string, { pair: Pair; by: Set<string> }>();
  for (const { method, content, style } of results) {
    const name = JSON.stringify([content, style]);
    const entry = painted.get(name) ?? { pair: { content, style }, by: new Set() };
    painted.set(name, { ...entry, by: entry.by.add(method) });
  }
  return [...painted.values()].flatMap(({ pair, by }) =>
    methods.every(({ name }) => by.has(name)) ? [pair] : [],
  );
}

interface Plan {
  readonly source: string;
  readonly evaluation: EvaluationDocument;
  readonly chosen: readonly Pair[];
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

async function writeStudy(folder: string, plan: Plan): Promise<Study> {
  const { source, evaluation, chosen, seed, signal } = plan;
  const from = (...path: string[]) => join(source, PICTURES_FOLDER, ...path);
  await mkdir(join(folder, PICTURES_FOLDER), { recursive: true });
  const copies = new Map<string, { id: string; size: ImageSize }>();
  const once = async (path: string) => {
    const copy = copies.get(path) ?? (await copyPicture(path, folder));
    copies.set(path, copy);
    return copy;
  };
  const items: Item[] = [];
  const key: Key['items'] = {};
  for (const { content, style } of chosen) {
    const contentCopy = await once(from('contents', `${stemOf(content)}.png`));
    const styleCopy = await once(from('styles', `${stemOf(style)}.png`));
    for (const { name } of evaluation.methods) {
      signal?.throwIfAborted();
      const painted = from(name, `${outputStem(stemOf(content), stemOf(style))}.png`);
      const { id } = await copyPicture(painted, folder, contentCopy.size);
      items.push({ id, content: contentCopy.id, style: styleCopy.id });
      key[id] = { method: name, content, style };
    }
  }
  items.sort((a, b) => (a.id < b.id ? -1 : 1));
  const study: Study = { version: 1, id: newId(), created: new Date().toISOString(), seed, items };
  const methods = evaluation.methods.map(({ name }) => name);
  // The checksum instead of the path, since studies are published with their keys.
  const { sha256 } = await hashed(join(source, EVALUATION_FILE));
  const keyFile: Key = { version: 1, study: study.id, evaluation: sha256, methods, items: key };
  await writeJson(join(folder, KEY_FILE), keyFile);
  await writeJson(join(folder, STUDY_FILE), study);
  return study;
}

async function copyPicture(
  path: string,
  folder: string,
  size?: ImageSize,
): Promise<{ id: string; size: ImageSize }> {
  const stored = await readImage(path);
  const image = size === undefined ? stored : await resizeImage(stored, { size });
  const id = newId();
  await writeFileAtomic(join(folder, PICTURES_FOLDER, `${id}.png`), await encodeImage(image, 'png'));
  return { id, size: { width: image.width, height: image.height } };
}

/** State of the output folder, if a study may replace it; refuses other files, and studies with answers. */
async function checkOutput(output: string, force: boolean): Promise<'nothing' | 'empty' | 'study'> {
  const entries: string[] | undefined = await readdir(output).catch((error: unknown) => {
    const found = explainFileError(error);
    if (found === 'no such file') return undefined;
    throw new SettingError({ expected: 'a folder', name: '--output', received: `${output}: ${found}` });
  });
  if (entries === undefined) return 'nothing';
  if (entries.length === 0) return 'empty';
  const parts: string[] = [STUDY_FILE, KEY_FILE, ANSWERS_FILE, LOCK_FILE, PICTURES_FOLDER];
  const isStudy = entries.includes(STUDY_FILE) && entries.every((entry) => parts.includes(entry));
  const answers = isStudy ? (await readAnswers(output)).length : 0;
  if (isStudy && answers === 0 && force) {
    await readStudy(output);
    return 'study';
  }
  throw new WasserfarbeError({
    expected: 'a new or an empty folder',
    name: '--output',
    received: !isStudy
      ? 'one with other files'
      : answers > 0
        ? `a study with answers (${answers})`
        : 'a study',
    where: output,
    remedy: isStudy && answers === 0 ? 'add --force to replace it' : 'choose another folder',
  });
}

/**
 * Puts the new folder in the place of the old one. Encoding takes long, and the old study may be served or
 * have answers by now. It is therefore checked again while no server can start.
 */
async function replace(output: string, temporary: string, force: boolean): Promise<void> {
  const found = await checkOutput(output, force);
  if (found === 'nothing') return rename(temporary, output);
  const lock = found === 'study' ? await lockFolder(output) : undefined;
  const old = `${temporary}.old`;
  try {
    await checkOutput(output, force);
    await rename(output, old);
    try {
      await rename(temporary, output);
    } catch (error) {
      await rename(old, output);
      throw error;
    }
    await rm(old, { recursive: true });
  } finally {
    // The lock is gone with the old folder, unless that was moved back.
    await lock?.release();
  }
}

async function writeJson(path: string, value: object): Promise<void> {
  await writeFileAtomic(path, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
}

/** 128 random bits, which can neither be guessed nor computed from the seed. */
function newId(): string {
  return randomBytes(16).toString('hex');
}
