/** Picture files before decoding: only regular files of bounded size, recognised by content. Node only. */

import { type FileHandle, symlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { defined } from '../../defined.ts';
import { ImageError } from '../../errors.ts';
import { explainFileError } from '../../files/read.ts';
import { openRegular } from '../../files/regular.ts';
import { HEAD_BYTES, type SourceFormat } from '../formats.ts';
import { type FileInput, plainInput } from './file-input.ts';
import { IN_MEMORY_BYTES, inWords } from './limits.ts';
import { removeTemporary, temporaryPath } from '../../files/temporary.ts';

/** A file that may be a picture. It must be closed. */
export interface PictureFile {
  /** Name in messages. */
  readonly name: string;
  /** The bytes of the file, or the path of a large one, as sharp takes them. */
  readonly input: Uint8Array | string;
  /** The first {@link HEAD_BYTES} bytes, or all. */
  readonly head: Uint8Array;
  /** The format of the file that the user gave, if these bytes were made from it. */
  readonly original?: SourceFormat;
  /** At most `length` bytes from `offset`; fewer at the end. */
  readAt(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Opens a path or takes bytes, without interpreting them. Links are followed. Pipes, sockets and devices are
 * never opened, since they may wait or go on for ever.
 *
 * @throws ImageError if the path does not exist, or the file is not regular, empty, or larger than
 * `limitBytes`
 */
export async function openPictureFile(
  given: FileInput,
  name: string,
  limitBytes: number,
): Promise<PictureFile> {
  const input = await plainInput(given, name, { limitBytes });
  if (typeof input !== 'string') {
    checkSize(input.length, name, limitBytes);
    return fileOfBytes(input, name);
  }
  const { file, stats } = await openRegular(input).catch(unopened(name, input));
  try {
    checkSize(stats.size, name, limitBytes);
    if (stats.size <= IN_MEMORY_BYTES) return fileOfBytes(await readUpTo(file, 0, stats.size), name);
    return await fileOnDisk(input, await readUpTo(file, 0, HEAD_BYTES), name);
  } catch (cause) {
    if (cause instanceof ImageError) throw cause;
    return unopened(name)(cause);
  } finally {
    await file.close();
  }
}

/**
 * For `.catch`: turns an error of the file system into an ImageError.
 *
 * @param path the path, which may be an address by mistake
 */
export function unopened(name: string, path = name): (cause: unknown) => never {
  return (cause) => {
    const received = explainFileError(cause);
    const problem = { expected: 'a picture file', name: shortened(name), received };
    throw new ImageError({ ...problem, ...defined({ remedy: remedyFor(path) }) }, { cause });
  };
}

/** Longest path that systems open. A longer text is no path. */
const LONGEST_PATH = 4096;
const LONGEST_ADDRESS = 80;

function shortened(name: string): string {
  const most = isAddress(name) ? LONGEST_ADDRESS : LONGEST_PATH;
  return name.length > most ? `${name.slice(0, LONGEST_ADDRESS - 1)}…` : name;
}

/** Advice for an address that is given as a text, which means a path. */
function remedyFor(path: string): string | undefined {
  if (!isAddress(path)) return undefined;
  return /^file:/i.test(path)
    ? 'give its path, or a URL object: new URL(…)'
    : 'save it first and give its path, or give its bytes';
}

function isAddress(text: string): boolean {
  return /^(file:|https?:|data:|blob:)/i.test(text);
}

function fileOfBytes(bytes: Uint8Array, name: string): PictureFile {
  return {
    name,
    input: bytes,
    head: bytes.subarray(0, HEAD_BYTES),
    readAt: async (offset, length) => bytes.subarray(offset, offset + length),
    close: async () => {},
  };
}

/**
 * libvips caches files by name and would show the old picture after a file has changed. It also reads
 * `a.png[page=2]` as a request for a page. A link with a unique name avoids both.
 */
async function fileOnDisk(path: string, head: Uint8Array, name: string): Promise<PictureFile> {
  const link = temporaryPath('.link');
  const linked = await symlink(resolve(path), link).then(
    () => true,
    // Some systems let only administrators create links.
    () => false,
  );
  const input = linked ? link : path;
  return {
    name,
    input,
    head,
    async readAt(offset, length) {
      const { file } = await openRegular(input).catch(unopened(name));
      try {
        return await readUpTo(file, offset, length);
      } finally {
        await file.close();
      }
    },
    close: () => removeTemporary(link),
  };
}

function checkSize(size: number, name: string, limitBytes: number): void {
  if (size === 0) throw new ImageError({ expected: 'a picture file', name, received: 'an empty file' });
  if (size <= limitBytes) return;
  throw new ImageError({
    expected: `a picture file of at most ${inWords(limitBytes)}`,
    name,
    received: inWords(size),
    remedy: 'raise limitBytes if you trust it',
  });
}

/** A single read may return fewer bytes than are available. */
async function readUpTo(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}
