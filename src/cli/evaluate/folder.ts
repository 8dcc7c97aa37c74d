/** The folder of an evaluation: reading an earlier one, and writing so that it never mixes two. */

import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { ImageError, WasserfarbeError } from '../../errors.ts';
import { readEvaluation } from '../../evaluation/node/evaluation-files.ts';
import { explainFileError } from '../../files/read.ts';
import type { EvaluateFlags } from './command.ts';
import { UsageError } from '../shared/failure.ts';
import { exists } from '../shared/inputs.ts';

const DOCUMENT = 'evaluation.json';
export const REPORT = 'report.html';
export const PICTURES = 'pictures';

type OutputFlags = Pick<EvaluateFlags, 'output' | 'force' | 'savePictures'>;

/**
 * Refuses a folder with an evaluation unless it may be replaced. Always refuses a folder of pictures
 * that no evaluation has made.
 */
export async function checkFolder({ output, force, savePictures }: OutputFlags): Promise<void> {
  const names = savePictures ? [DOCUMENT, REPORT, PICTURES] : [DOCUMENT, REPORT];
  const there = await Promise.all(names.map((name) => exists(join(output, name))));
  const found = names.filter((_, i) => there[i]);
  const foreign = found.includes(PICTURES) && !(await ownsPictures(output));
  if (found[0] === undefined || (force && !foreign)) return;
  const [expected, remedy] = foreign
    ? ['a folder without other pictures', `move ${PICTURES}/ away, or choose another folder`]
    : ['a folder without an evaluation', 'add --force to write over it'];
  const received = `${output}, which has ${foreign ? PICTURES : found[0]}`;
  throw new ImageError({ expected, name: '--output', received, remedy });
}

/** Refuses inputs in the folder whose pictures of the old evaluation will be removed. */
export async function checkInputs(output: string, paths: readonly string[]): Promise<void> {
  if (!(await ownsPictures(output))) return;
  const doomed = resolve(output, PICTURES);
  const inside = paths.find((path) => `${resolve(path)}${sep}`.startsWith(`${doomed}${sep}`));
  if (inside === undefined) return;
  throw new UsageError({
    expected: 'another folder than that of the inputs',
    name: '--output',
    received: `${output}, whose ${PICTURES}/ would be removed`,
    where: inside,
  });
}

/** Makes the folder and tries to write into it. */
export async function probeFolder(output: string): Promise<void> {
  const probe = join(output, `.probe-${randomUUID()}`);
  await explained(output, async () => {
    await mkdir(output, { recursive: true });
    await writeFile(probe, '');
    await rm(probe);
  });
}

/** Makes a temporary folder for pictures beside their final place, to be renamed when it is complete. */
export async function temporaryPictures(output: string): Promise<string> {
  const temporary = join(output, `.${PICTURES}-${randomUUID()}`);
  await explained(output, () => mkdir(temporary));
  return temporary;
}

export interface Written {
  readonly document: string;
  readonly report: string;
  /** The temporary folder to be moved to its place. */
  readonly pictures: string | undefined;
}

/** Whether an evaluation in the folder claims the `pictures/` beside it. */
async function ownsPictures(output: string): Promise<boolean> {
  const document = await readEvaluation(join(output, DOCUMENT)).catch(() => undefined);
  return document?.pictures === PICTURES;
}

/**
 * Writes all new files under other names first, so that only renames can fail once the old ones are
 * gone. The old document is removed first and the new one comes last, so that a document always
 * belongs to the files beside it.
 */
export async function writeFolder(output: string, { document, report, pictures }: Written): Promise<void> {
  const at = (name: string) => join(output, name);
  await explained(output, async () => {
    const own = await ownsPictures(output);
    const id = randomUUID();
    const [newReport, newDocument] = [at(`.${REPORT}-${id}`), at(`.${DOCUMENT}-${id}`)];
    try {
      await writeFile(newReport, report);
      await writeFile(newDocument, document);
      await rm(at(DOCUMENT), { force: true });
      if (own) await rm(at(PICTURES), { recursive: true, force: true });
      if (pictures !== undefined) await rename(pictures, at(PICTURES));
      await rename(newReport, at(REPORT));
      await rename(newDocument, at(DOCUMENT));
    } finally {
      await rm(newReport, { force: true });
      await rm(newDocument, { force: true });
    }
  });
}

async function explained(output: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    throw new WasserfarbeError(
      {
        expected: 'a folder to write into',
        name: '--output',
        received: explainFileError(cause),
        where: output,
      },
      { cause },
    );
  }
}
