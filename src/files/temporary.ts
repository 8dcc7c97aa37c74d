/** Temporary files that are gone however the work ends: by success, error, exit or an exception nobody caught. */

import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** Those that exist now. Only a killed process (SIGKILL, power) can leave them behind. */
const alive = new Set<string>();
let watching = false;

/** A name that no other writer has, in the system's folder for temporary files or in `folder`; the file is not made. */
export function temporaryPath(ending: string, folder = tmpdir()): string {
  return remember(join(folder, `wasserfarbe-${randomBytes(8).toString('hex')}${ending}`));
}

/** A hidden name beside `path`, on the same disk, so that it can be renamed to it. */
export function pathBeside(path: string, ending: string): string {
  return remember(join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}${ending}`));
}

/** Removes a temporary file, if it is there. Never throws: what cannot be removed now is tried again at the exit. */
export async function removeTemporary(path: string): Promise<void> {
  await rm(path, { force: true }).then(
    () => alive.delete(path),
    () => {},
  );
}

/** A temporary file that has been renamed or removed, and is none any more. */
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
      rmSync(path, { force: true });
    } catch {
      // At the exit there is nobody left to tell.
    }
  }
}
