/** The file that writing to a path makes or replaces: behind links, with its permissions. Node only. */

import { randomBytes } from 'node:crypto';
import { chmod, chown, lstat, readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Stats } from 'node:fs';
import { cutName, LONGEST_NAME } from './names.ts';
import { checkRegular } from './regular.ts';

/** Where the bytes go. */
export interface WriteTarget {
  /** The path behind all links. */
  readonly path: string;
  /** Permissions for a new file of this name, as those of the one that it replaces. */
  readonly mode: number;
  /** The file that is replaced. */
  readonly replaced?: Stats;
}

/** Permissions of new files, less what the process's mask takes. */
const NEW_FILE = 0o666;

/** As many links in a row as Linux follows. */
const MOST_LINKS = 40;

/**
 * Finds what writing to a path replaces. The target of a link counts, also if it does not exist yet.
 *
 * @throws IrregularFile for a folder, pipe or device; the system's error, such as for links in a circle
 */
export async function writeTarget(path: string): Promise<WriteTarget> {
  const replaced = await stat(path).catch(unlessMissing);
  if (replaced !== undefined) checkRegular(replaced);
  const target = await behindLinks(path);
  return replaced === undefined
    ? { path: target, mode: NEW_FILE }
    : { path: target, mode: replaced.mode & 0o7777, replaced };
}

/** Gives a finished file the owner and permissions of the one that it replaces, as far as the system lets. */
export async function takeOver(temporary: string, { mode, replaced }: WriteTarget): Promise<void> {
  if (replaced === undefined) return;
  await chown(temporary, replaced.uid, replaced.gid).catch(() => {});
  await chmod(temporary, mode).catch(() => {});
}

/** A hidden, random name in the folder of `path`, with as much of its name as fits. */
export function hiddenBeside(path: string, ending: string): string {
  const random = `.${randomBytes(6).toString('hex')}${ending}`;
  const name = cutName(basename(path), LONGEST_NAME - random.length - 1);
  return join(dirname(path), `.${name}${random}`);
}

async function behindLinks(path: string): Promise<string> {
  let target = path;
  for (let links = 0; links < MOST_LINKS; links++) {
    const found = await lstat(target).catch(unlessMissing);
    if (found?.isSymbolicLink() !== true) return target;
    // Links lead on from where they are, and folders may be links too.
    target = resolve(await realpath(dirname(target)), await readlink(target));
  }
  return target;
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}
