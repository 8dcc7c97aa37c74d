/** Atomic writing of files. Node only. */

import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { takeOver, writeTarget } from './target.ts';
import { forgetTemporary, pathBeside, removeTemporary } from './temporary.ts';

/**
 * Writes a file completely or not at all. A temporary file in the same folder is flushed to disk, then
 * renamed to `path`. A crash or a full disk therefore leaves no half file, and readers see the old or the new
 * one. A file that is replaced passes its permissions on; a link stays, and its target is written. Missing
 * folders are created. The temporary file is removed on failure.
 *
 * @throws the system's error (`ENOSPC`, `EACCES`, …) or an IrregularFile, for the caller to put into its own
 *   words
 */
export async function writeFileAtomic(path: string, bytes: Uint8Array): Promise<void> {
  const target = await writeTarget(path);
  await mkdir(dirname(target.path), { recursive: true });
  // Random, so that two writers of one file do not share a temporary file.
  const temporary = pathBeside(target.path, '.tmp');
  try {
    const file = await open(temporary, 'wx', target.mode);
    try {
      await file.writeFile(bytes);
      // Without it, some file systems rename before the data are on disk.
      await file.sync();
    } finally {
      await file.close();
    }
    await takeOver(temporary, target);
    await rename(temporary, target.path);
    forgetTemporary(temporary);
  } catch (error) {
    await removeTemporary(temporary);
    throw error;
  }
}
