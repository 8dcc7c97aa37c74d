/** Reading what a study consists of, and the evaluation it is made from. Node only. */

import { join } from 'node:path';
import { WasserfarbeError } from '../../errors.ts';
import type { EvaluationDocument } from '../../evaluation/document.ts';
import { readEvaluation } from '../../evaluation/node/evaluation-files.ts';
import { readJson } from '../../files/read.ts';
import { KEY_FILE, type Key, keySchema, parseAs, STUDY_FILE, type Study, studySchema } from '../format.ts';

/** In a folder that `wasserfarbe evaluate` has written. */
export const EVALUATION_FILE = 'evaluation.json';

/** @throws WasserfarbeError if the folder holds no study, or a damaged one */
export async function readStudy(folder: string): Promise<Study> {
  const path = join(folder, STUDY_FILE);
  return parseAs(studySchema, await readJson(path, 'the study'), 'the study', path);
}

/** Not for the server. @throws WasserfarbeError if the key is missing or damaged */
export async function readKey(folder: string): Promise<Key> {
  const path = join(folder, KEY_FILE);
  return parseAs(keySchema, await readJson(path, 'the key'), 'the key', path);
}

/** @throws WasserfarbeError if the folder holds no evaluation, or one without pictures */
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
