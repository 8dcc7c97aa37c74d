/** Locks of folders: one process at a time works in each. Node only. */

import { randomBytes } from 'node:crypto';
import { constants, readFileSync } from 'node:fs';
import { link, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';
import { WasserfarbeError } from '../errors.ts';
import { openRegular, readRegular } from './regular.ts';

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

export interface LockOptions {
  /**
   * Whether the lock is touched every few seconds. Another computer may then take it over once that has
   * stopped. Not for processes that block JavaScript for long, as trainings do: they would lose it alive.
   */
  readonly touched?: boolean;
  /** Hears that another process has taken a touched lock over, as after a pause of more than a minute. */
  onLost?(error: WasserfarbeError): void;
}

const TOUCH_MS = 10_000;
/** Milliseconds without a touch after which the lock of another computer counts as left behind. */
const LEFT_MS = 60_000;

const holderSchema = z.object({
  pid: z.int(),
  host: z.string(),
  token: z.string(),
  /** When the process began, in the system's own count. Numbers of processes come again. */
  began: z.string().optional(),
  touched: z.boolean().optional(),
});
type Holder = z.infer<typeof holderSchema>;

/** Tokens of this process. After a crash in a container, the next process may have the same number. */
const ours = new Set<string>();

/**
 * Takes the lock that is the file `path`. One left behind by an ended process of this machine is taken over,
 * and so is one of another machine that is no longer touched, if it ever was.
 *
 * @throws WasserfarbeError if another process holds it, or this one already; the system's error if the file
 *   cannot be written
 */
export async function takeLock(
  path: string,
  words: LockWords,
  { touched = false, onLost }: LockOptions = {},
): Promise<Lock> {
  const began = beginningOf(process.pid);
  const holder: Holder = {
    ...{ pid: process.pid, host: hostname(), token: randomBytes(12).toString('hex') },
    ...(began === undefined ? {} : { began }),
    ...(touched ? { touched } : {}),
  };
  ours.add(holder.token);
  try {
    // Another starting process may replace a stale lock at the same time; then it is simply tried again.
    for (let attempt = 1; ; attempt++) {
      const tried = await create(path, holder);
      if (tried === 'made') break;
      const other = await read(path);
      // An unreadable lock is just being written, or of unknown origin. The owner decides.
      if (attempt === 5 || other === 'unreadable') throw held(path, other, words);
      if (other === 'gone') continue;
      if (!(await isStale(path, other, tried.now))) throw held(path, other, words);
      if (await replace(path, other, holder)) break;
    }
  } catch (error) {
    ours.delete(holder.token);
    throw error;
  }
  const keep = async () => {
    // Two touches may be under way.
    if ((await touch(path, holder)) || !ours.delete(holder.token)) return;
    clearInterval(touching);
    onLost?.(held(path, await read(path), words));
  };
  // A disk that does not answer may do so the next time.
  const touching = touched ? setInterval(() => keep().catch(() => {}), TOUCH_MS) : undefined;
  touching?.unref();
  const isOurs = async () => {
    const found = await read(path);
    return typeof found === 'object' && found.token === holder.token;
  };
  return {
    async check() {
      if (!(await isOurs())) throw held(path, await read(path), words);
    },
    async release() {
      clearInterval(touching);
      if (await isOurs()) await rm(path, { force: true });
      ours.delete(holder.token);
    },
  };
}

/**
 * Puts a lock in place of a stale one. Its name until then, made of the stale lock's token, lets only one
 * process at a time do so; whoever comes later finds another lock there than the stale one.
 */
async function replace(path: string, stale: Holder, holder: Holder): Promise<boolean> {
  const claim = `${path}.${stale.token}`;
  if ((await create(claim, holder)) !== 'made') return false;
  try {
    const found = await read(path);
    if (typeof found !== 'object' || found.token !== stale.token) return false;
    await rename(claim, path);
    return true;
  } finally {
    await rm(claim, { force: true });
  }
}

/**
 * A lock appears with its content, so that a process killed here leaves none that nobody understands. If
 * there is one already, the answer is the time by the clock of its disk, which may be another computer's.
 */
async function create(path: string, holder: Holder): Promise<'made' | { readonly now: number }> {
  const content = contentOf(holder);
  const whole = `${path}.${holder.token}.new`;
  try {
    await writeFile(whole, content, { flag: 'wx' });
    const { mtimeMs: now } = await stat(whole);
    return (await linked(whole, path, content)) ? 'made' : { now };
  } finally {
    await rm(whole, { force: true });
  }
}

async function linked(whole: string, path: string, content: string): Promise<boolean> {
  try {
    await link(whole, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    // Some file systems have no links.
    if (!['EPERM', 'ENOTSUP', 'ENOSYS', 'EMLINK'].includes(String(codeOf(error)))) throw error;
  }
  try {
    await writeFile(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Writes the same again, which sets the date by the clock of the disk. Never into the lock of another, hence
 * through one handle; false if that is what is there.
 */
async function touch(path: string, holder: Holder): Promise<boolean> {
  const content = new TextEncoder().encode(contentOf(holder));
  const { file, stats } = await openRegular(path, constants.O_RDWR);
  try {
    const { buffer } = await file.read(new Uint8Array(stats.size), 0, stats.size, 0);
    if (Buffer.compare(buffer, content) !== 0) return false;
    await file.write(content, 0, content.length, 0);
    return true;
  } finally {
    await file.close();
  }
}

function contentOf(holder: Holder): string {
  return `${JSON.stringify(holder)}\n`;
}

/** Whether a file is a lock, whoever has it. */
export async function isLock(path: string): Promise<boolean> {
  return typeof (await read(path)) === 'object';
}

async function read(path: string): Promise<Holder | 'gone' | 'unreadable'> {
  try {
    return holderSchema.parse(JSON.parse(new TextDecoder().decode(await readRegular(path))));
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? 'gone' : 'unreadable';
  }
}

async function isStale(path: string, holder: Holder, now: number): Promise<boolean> {
  if (holder.host !== hostname()) {
    if (holder.touched !== true) return false;
    const found = await stat(path).catch(unlessMissing);
    return found === undefined || now - found.mtimeMs > LEFT_MS;
  }
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
  const isElsewhere = typeof holder === 'object' && holder.host !== hostname();
  // Without the other computer's host name, since messages get published.
  const where = isElsewhere ? ' of another computer' : '';
  const by = typeof holder === 'object' ? `process ${holder.pid}${where}` : 'another process';
  const left =
    isElsewhere && holder.touched === true
      ? 'try again in a minute if it has ended'
      : `delete ${path} if there is none`;
  return new WasserfarbeError({
    ...words,
    received: `one in use by ${by}`,
    remedy: `end that process, or ${left}`,
  });
}

function unlessMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
