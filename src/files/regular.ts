/** The way to open a file that a user names: only if it is regular, as others may wait for ever. Node. */

import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';

/** What is at a path, where a file should be; the message is the kind in words for "but received". */
export class IrregularFile extends Error {
  override name = 'IrregularFile';
}

/** A regular file that is open, and its description. It must be closed. */
export interface OpenFile {
  readonly file: FileHandle;
  readonly stats: Stats;
}

/**
 * Opens a file for reading, or with `O_RDWR` for writing too. Links are followed. Pipes, sockets and devices
 * are never opened, since they may wait or go on for ever.
 *
 * @throws IrregularFile, or the system's error (`ENOENT`, …)
 */
export async function openRegular(path: string, access = constants.O_RDONLY): Promise<OpenFile> {
  // Checked first, since opening a device may have effects. The opened file is checked again below.
  checkRegular(await stat(path));
  const file = await open(path, access | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = await file.stat();
    checkRegular(stats);
    return { file, stats };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The bytes of a regular file; throws like {@link openRegular}. */
export async function readRegular(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const { file } = await openRegular(path);
  try {
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** @throws IrregularFile for anything but a regular file */
export function checkRegular(stats: Stats): void {
  if (!stats.isFile()) throw new IrregularFile(kindOf(stats));
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}
