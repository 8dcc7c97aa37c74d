/** The folder of a study: reading it, and the lock that lets one process at a time serve it. Node only. */

import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';
import { WasserfarbeError } from '../../errors.ts';
import type { EvaluationDocument } from '../../evaluation/document.ts';
import { readEvaluation } from '../../evaluation/node/evaluation-files.ts';
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

export interface Lock {
  /** @throws WasserfarbeError if this process has lost the lock */
  check(): Promise<void>;
  release(): Promise<void>;
}

const holderSchema = z.object({ pid: z.int(), host: z.string(), token: z.string() });
type Holder = z.infer<typeof holderSchema>;

/** Tokens of this process. After a crash in a container, the next process may have the same number. */
const ours = new Set<string>();

/**
 * Takes the folder's lock. A lock left behind by an ended process of this machine is taken over.
 *
 * @throws WasserfarbeError if another process holds it
 */
export async function lockFolder(folder: string): Promise<Lock> {
  const path = join(folder, LOCK_FILE);
  const holder: Holder = { pid: process.pid, host: hostname(), token: randomBytes(12).toString('hex') };
  ours.add(holder.token);
  try {
    // Another starting process may remove the stale lock at the same time; then it is simply tried again.
    for (let attempt = 1; !(await create(path, holder)); attempt++) {
      const other = await read(path);
      if (attempt === 5 || (other !== 'gone' && !isStale(other))) throw held(path, other);
      const aside = `${path}.${holder.token}`;
      await rename(path, aside).catch(unlessMissing);
      await rm(aside, { force: true });
    }
  } catch (error) {
    ours.delete(holder.token);
    throw error;
  }
  const isOurs = async () => {
    const found = await read(path);
    return typeof found === 'object' && found.token === holder.token;
  };
  return {
    async check() {
      if (!(await isOurs())) throw held(path, await read(path));
    },
    async release() {
      if (await isOurs()) await rm(path, { force: true });
      ours.delete(holder.token);
    },
  };
}

async function create(path: string, holder: Holder): Promise<boolean> {
  try {
    await writeFile(path, `${JSON.stringify(holder)}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function read(path: string): Promise<Holder | 'gone' | 'unreadable'> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? 'gone' : 'unreadable';
  }
}

function isStale(holder: Holder | 'unreadable'): boolean {
  // An unreadable lock is just being written, or of unknown origin. The owner decides.
  if (holder === 'unreadable' || holder.host !== hostname()) return false;
  if (holder.pid === process.pid) return !ours.has(holder.token);
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

function held(path: string, holder: Holder | 'gone' | 'unreadable'): WasserfarbeError {
  // Without the other computer's host name, since messages get published.
  const where = typeof holder !== 'object' || holder.host === hostname() ? '' : ' of another computer';
  const by = typeof holder === 'object' ? `process ${holder.pid}${where}` : 'another process';
  return new WasserfarbeError({
    expected: 'a study that nobody else serves',
    name: 'the study folder',
    received: `one in use by ${by}`,
    remedy: `end that process, or delete ${path} if there is none`,
  });
}

function unlessMissing(error: unknown): void {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
