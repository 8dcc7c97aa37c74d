/**
 * Temporary files and folders. They are removed however the work ends: by success, error, exit or an uncaught
 * exception.
 */

import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hiddenBeside } from './target.ts';

/** Existing temporary files and folders. Only a killed process (SIGKILL, power) can leave them behind. */
const alive = new Set<string>();
let watching = false;

/** A unique name in the system's folder for temporary files or in `folder`. Nothing is created. */
export function temporaryPath(ending: string, folder = tmpdir()): string {
  return remember(join(folder, `wasserfarbe-${randomBytes(8).toString('hex')}${ending}`));
}

/** A hidden name next to `path`, on the same disk, so that the file can be renamed to it. */
export function pathBeside(path: string, ending: string): string {
  return remember(hiddenBeside(path, ending));
}

/**
 * Removes a temporary file, or a folder with all that is in it, if it exists. Never throws: what cannot be
 * removed is tried again at exit.
 */
export async function removeTemporary(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).then(
    () => alive.delete(path),
    () => {},
  );
}

/** Forgets a temporary file that has been renamed or removed. */
export function forgetTemporary(path: string): void {
  alive.delete(path);
}

function remember(path: string): string {
  alive.add(path);
  if (!watching) process.once('exit', removeAll);
  watching = true;
  return path;
}

function removeAll(): void {
  for (const path of alive) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // At exit, nobody can handle the error.
    }
  }
}
