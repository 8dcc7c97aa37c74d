/** The folder of a study: reading it, and the lock that lets one process at a time serve it. Node only. */

import { join } from 'node:path';
import { WasserfarbeError } from '../../errors.ts';
import type { EvaluationDocument } from '../../evaluation/document.ts';
import { readEvaluation } from '../../evaluation/node/evaluation-files.ts';
import { type Lock, takeLock } from '../../files/lock.ts';
import { readJson } from '../../files/read.ts';
import {
  KEY_FILE,
  type Key,
  keySchema,
  parseAs,
  STUDY_FILE,
  type Study,
  studySchema,
  LOCK_FILE,
} from '../format.ts';

/** File name in a folder written by `wasserfarbe evaluate`. */
export const EVALUATION_FILE = 'evaluation.json';

/** Reads a study. @throws WasserfarbeError if the folder holds none, or a damaged one */
export async function readStudy(folder: string): Promise<Study> {
  const path = join(folder, STUDY_FILE);
  return parseAs(studySchema, await readJson(path, 'the study'), 'the study', path);
}

/** Reads the key, which the server must not. @throws WasserfarbeError if the key is missing or damaged */
export async function readKey(folder: string): Promise<Key> {
  const path = join(folder, KEY_FILE);
  return parseAs(keySchema, await readJson(path, 'the key'), 'the key', path);
}

/** Reads an evaluation. @throws WasserfarbeError if the folder holds none, or one without pictures */
export async function readEvaluationWithPictures(folder: string): Promise<EvaluationDocument> {
  const evaluation = await readEvaluation(join(folder, EVALUATION_FILE));
  if (evaluation.pictures !== undefined) return evaluation;
  throw new WasserfarbeError({
    expected: 'an evaluation with its pictures',
    name: '--evaluation',
    received: 'one without',
    where: folder,
    remedy: 'run it again as wasserfarbe evaluate … --save-pictures',
  });
}

/**
 * Takes the lock of a study's folder.
 *
 * @throws like `takeLock`
 */
export function lockFolder(folder: string): Promise<Lock> {
  const words = { expected: 'a study that nobody else serves', name: 'the study folder' };
  return takeLock(join(folder, LOCK_FILE), words);
}
