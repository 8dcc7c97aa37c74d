/** Files of an evaluation: its document, and the pictures and models that it names. Node only. */

import { SettingError } from '../../errors.ts';
import { baseName } from '../../files/names.ts';
import { readBytes, readJson } from '../../files/read.ts';
import { sha256 } from '../../weights/sha256.ts';
import { type EvaluationDocument, evaluationSchema } from '../document.ts';

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
  return { file: baseName(path), sha256: await sha256(await readBytes(path, 'a file')) };
}

/**
 * Reads an `evaluation.json`.
 *
 * @throws SettingError if it cannot be read or has another form
 */
export async function readEvaluation(path: string): Promise<EvaluationDocument> {
  const result = evaluationSchema.safeParse(await readJson(path, 'the evaluation'));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new SettingError(
    {
      expected: 'an evaluation that this version can read',
      name: issue?.path.map(String).join('.') || 'the evaluation',
      received: issue?.message ?? 'another form',
      where: path,
    },
    { cause: result.error },
  );
}
