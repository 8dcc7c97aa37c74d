/** Atomic writing of files. Node only. */

import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a file completely or not at all. A temporary file in the same folder is flushed to disk, then
 * renamed to `path`. A crash or a full disk therefore leaves no half file, and readers see the old or the new
 * one. Missing folders are created. The temporary file is removed on failure.
 *
 * @throws the system's error (`ENOSPC`, `EACCES`, …), for the caller to put into its own words
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  // Random, so that two writers of one file do not share a temporary file.
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(bytes);
      // Without it, some file systems rename before the data are on disk.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
