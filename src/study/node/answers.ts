/**
 * The answers on disk: a file of one line per rating that only grows. A rating is on disk before it is
 * acknowledged. Node only.
 */

import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { WasserfarbeError } from '../../errors.ts';
import { explainFileError } from '../../files/read.ts';
import { readRegular } from '../../files/regular.ts';
import type { Rating } from '../api.ts';
import { ANSWERS_FILE, type Answer, answerSchema, parseAs } from '../format.ts';
import { lockFolder } from './folder.ts';

/** The answers of a study that is being served. */
export interface AnswerStore {
  /** The valid ratings, by item. */
  ratingsOf(rater: string): ReadonlyMap<string, Rating>;
  /**
   * Resolves when the rating is on disk. A repeated rating, as after a lost reply, adds nothing. Another
   * rating of the item replaces the first and is marked as a revision.
   *
   * @throws WasserfarbeError if it cannot be written, or another process has taken the study over
   */
  save(rater: string, item: string, rating: Rating): Promise<void>;
  close(): Promise<void>;
}

/**
 * All answers in the order in which they were given. Reads only. Half a line at the end is ignored: a process
 * died while writing it and never acknowledged it.
 *
 * @throws WasserfarbeError for a damaged line
 */
export async function readAnswers(folder: string): Promise<Answer[]> {
  return (await readLines(join(folder, ANSWERS_FILE))).answers;
}

/**
 * Opens the answers for writing, by one process at a time. Half a line at the end is cut off before the next
 * one is added.
 *
 * @throws WasserfarbeError if another process serves the study, for a damaged line, or a file that cannot be
 * written
 */
export async function openAnswers(folder: string): Promise<AnswerStore> {
  const path = join(folder, ANSWERS_FILE);
  const lock = await lockFolder(folder).catch(unwritable(folder));
  try {
    const { answers, bytes } = await readLines(path);
    const file = await open(path, 'a').catch(unwritable(path));
    const known = new Map<string, Map<string, Rating>>();
    for (const { rater, item, content, style } of answers)
      ratings(known, rater).set(item, { content, style });
    let size = bytes;
    // Data beyond `size`, if any, are half a line.
    let torn = true;

    const append = async (rater: string, item: string, { content, style }: Rating): Promise<void> => {
      const own = ratings(known, rater);
      const before = own.get(item);
      if (before?.content === content && before.style === style) return;
      await lock.check();
      const answer: Answer = { time: new Date().toISOString(), rater, item, content, style };
      const line = `${JSON.stringify(before === undefined ? answer : { ...answer, revision: true })}\n`;
      try {
        if (torn) await file.truncate(size);
        torn = true;
        await file.appendFile(line);
        await file.sync();
        torn = false;
      } catch (cause) {
        unwritable(path)(cause);
      }
      size += Buffer.byteLength(line);
      own.set(item, { content, style });
    };

    let last: Promise<void> = Promise.resolve();
    return {
      ratingsOf: (rater) => ratings(known, rater),
      save(rater, item, rating) {
        // Ratings are saved one after another, even if the one before failed.
        const saved = last.then(() => append(rater, item, rating));
        last = saved.catch(() => {});
        return saved;
      },
      async close() {
        await last;
        await file.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function ratings(known: Map<string, Map<string, Rating>>, rater: string): Map<string, Rating> {
  const own = known.get(rater) ?? new Map<string, Rating>();
  known.set(rater, own);
  return own;
}

const NEW_LINE = 0x0a;

/** The whole lines, and their number of bytes. */
async function readLines(path: string): Promise<{ answers: Answer[]; bytes: number }> {
  const file = await readRegular(path).catch((cause: unknown) => {
    if (explainFileError(cause) === 'no such file') return new Uint8Array();
    throw unreadable(path, cause);
  });
  const bytes = file.lastIndexOf(NEW_LINE) + 1;
  const lines = new TextDecoder().decode(file.subarray(0, bytes)).split('\n').slice(0, -1);
  return { answers: lines.map((line, i) => parseLine(line, `${path}, line ${i + 1}`)), bytes };
}

function parseLine(line: string, where: string): Answer {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    throw new WasserfarbeError(
      { expected: 'JSON', name: 'an answer', received: 'something else', where },
      { cause },
    );
  }
  return parseAs(answerSchema, json, 'an answer', where);
}

function unreadable(path: string, cause: unknown): WasserfarbeError {
  const received = explainFileError(cause);
  return new WasserfarbeError(
    { expected: 'a file that can be read', name: 'the answers', received, where: path },
    { cause },
  );
}

/** For `.catch`: turns a file system error into a WasserfarbeError. */
function unwritable(path: string): (cause: unknown) => never {
  return (cause) => {
    if (cause instanceof WasserfarbeError) throw cause;
    const received = explainFileError(cause);
    throw new WasserfarbeError(
      { expected: 'a place to write', name: 'the answers', received, where: path },
      { cause },
    );
  };
}
