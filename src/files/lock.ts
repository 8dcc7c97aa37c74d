/** Locks of folders: one process at a time works in each. Node only. */

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';
import { WasserfarbeError } from '../errors.ts';
import { readRegular } from './regular.ts';

/** A lock that this process holds. */
export interface Lock {
  /** @throws WasserfarbeError if this process has lost the lock */
  check(): Promise<void>;
  release(): Promise<void>;
}

/** What a lock is for, in the words of its error. */
export interface LockWords {
  /** For "expected", such as `a study that nobody else serves`. */
  readonly expected: string;
  /** For "for", such as `the study folder`. */
  readonly name: string;
}

const holderSchema = z.object({
  pid: z.int(),
  host: z.string(),
  token: z.string(),
  /** When the process began, in the system's own count. Numbers of processes come again. */
  began: z.string().optional(),
});
type Holder = z.infer<typeof holderSchema>;

/** Tokens of this process. After a crash in a container, the next process may have the same number. */
const ours = new Set<string>();

/**
 * Takes the lock that is the file `path`. One left behind by an ended process of this machine is taken over.
 *
 * @throws WasserfarbeError if another process holds it, or this one already; the system's error if the file
 *   cannot be written
 */
export async function takeLock(path: string, words: LockWords): Promise<Lock> {
  const began = beginningOf(process.pid);
  const holder: Holder = {
    ...{ pid: process.pid, host: hostname(), token: randomBytes(12).toString('hex') },
    ...(began === undefined ? {} : { began }),
  };
  ours.add(holder.token);
  try {
    // Another starting process may remove the stale lock at the same time; then it is simply tried again.
    for (let attempt = 1; !(await create(path, holder)); attempt++) {
      const other = await read(path);
      if (attempt === 5 || (other !== 'gone' && !isStale(other))) throw held(path, other, words);
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
      if (!(await isOurs())) throw held(path, await read(path), words);
    },
    async release() {
      if (await isOurs()) await rm(path, { force: true });
      ours.delete(holder.token);
    },
  };
}

/** A lock appears with its content, so that a process killed here leaves none that nobody understands. */
async function create(path: string, holder: Holder): Promise<boolean> {
  const content = `${JSON.stringify(holder)}\n`;
  const whole = `${path}.${holder.token}.new`;
  try {
    await writeFile(whole, content, { flag: 'wx' });
    await link(whole, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    // Some file systems have no links.
    if (['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(String(codeOf(error)))) {
      return createPlainly(path, content);
    }
    throw error;
  } finally {
    await rm(whole, { force: true });
  }
}

async function createPlainly(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function read(path: string): Promise<Holder | 'gone' | 'unreadable'> {
  try {
    return holderSchema.parse(JSON.parse(new TextDecoder().decode(await readRegular(path))));
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? 'gone' : 'unreadable';
  }
}

function isStale(holder: Holder | 'unreadable'): boolean {
  // An unreadable lock is just being written, or of unknown origin. The owner decides.
  if (holder === 'unreadable' || holder.host !== hostname()) return false;
  if (holder.pid === process.pid) return !ours.has(holder.token);
  const began = beginningOf(holder.pid);
  if (began !== undefined && holder.began !== undefined && began !== holder.began) return true;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

/** The start of a process in ticks since the machine's; undefined where the system does not tell. */
function beginningOf(pid: number): string | undefined {
  try {
    // The second field, a name in brackets, may contain spaces. The start is the 22nd.
    return readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')[19];
  } catch {
    return undefined;
  }
}

function held(path: string, holder: Holder | 'gone' | 'unreadable', words: LockWords): WasserfarbeError {
  // Without the other computer's host name, since messages get published.
  const where = typeof holder !== 'object' || holder.host === hostname() ? '' : ' of another computer';
  const by = typeof holder === 'object' ? `process ${holder.pid}${where}` : 'another process';
  return new WasserfarbeError({
    ...words,
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
