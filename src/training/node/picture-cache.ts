/** Decoded pictures on disk, up to a number of bytes. Node only. */

import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { explainFileError } from '../../files/read.ts';
import { readRegular } from '../../files/regular.ts';
import { writeFileAtomic } from '../../files/write.ts';

/** Interleaved RGB bytes. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The place of a cache and what it may still take. */
export interface CachePlace {
  readonly folder: string;
  /** In bytes. */
  readonly room: number;
}

/** Width and height as 32-bit numbers stand before the pixels. */
const HEAD = 8;

/** Bytes that a picture takes. */
export function cachedBytes({ width, height }: { readonly width: number; readonly height: number }): number {
  return HEAD + 3 * width * height;
}

/**
 * A file for each picture, by a key that changes with the picture. Several runs may share a folder. What does
 * not fit is not kept: where epochs go through all pictures, throwing old ones out for new ones would leave
 * none that is still there when its turn comes.
 */
export class PictureCache {
  readonly #folder: string;
  #room: number;
  readonly #onFault: (reason: string) => void;

  /** @param onFault called once if nothing more can be written */
  constructor({ folder, room }: CachePlace, onFault: (reason: string) => void) {
    this.#folder = folder;
    this.#room = room;
    this.#onFault = onFault;
  }

  async get(key: string): Promise<Pixels | undefined> {
    const bytes = await readRegular(pathOf(this.#folder, key)).catch(() => undefined);
    if (bytes === undefined || bytes.length < HEAD) return undefined;
    const head = new DataView(bytes.buffer, bytes.byteOffset);
    const [width, height] = [head.getUint32(0, true), head.getUint32(4, true)];
    if (bytes.length !== cachedBytes({ width, height })) return undefined;
    return {
      width,
      height,
      data: new Uint8Array(bytes.buffer, bytes.byteOffset + HEAD, bytes.length - HEAD),
    };
  }

  /** Keeps the picture if there is room. */
  async put(key: string, { width, height, data }: Pixels): Promise<void> {
    const bytes = Buffer.alloc(HEAD + data.length);
    if (bytes.length > this.#room) return;
    this.#room -= bytes.length;
    bytes.writeUInt32LE(width, 0);
    bytes.writeUInt32LE(height, 4);
    bytes.set(data, HEAD);
    await writeFileAtomic(pathOf(this.#folder, key), bytes).catch((error: unknown) => {
      if (this.#room < 0) return;
      this.#room = Number.NEGATIVE_INFINITY;
      this.#onFault(explainFileError(error));
    });
  }
}

/**
 * Finds the room for pictures in a folder. If the wanted ones that are not there would not fit, others are
 * deleted, oldest first.
 *
 * @param limit bytes of the whole folder
 * @param wanted bytes of each picture by its key
 */
export async function findRoom(
  folder: string,
  limit: number,
  wanted: ReadonlyMap<string, number>,
): Promise<CachePlace> {
  await mkdir(folder, { recursive: true });
  const files = await cachedFiles(folder);
  let missing = [...wanted.values()].reduce((sum, bytes) => sum + bytes, 0);
  let taken = 0;
  for (const { key, bytes } of files) {
    taken += bytes;
    missing -= wanted.get(key) ?? 0;
  }
  const others = files.filter(({ key }) => !wanted.has(key)).sort((a, b) => a.written - b.written);
  for (const { path, bytes } of others) {
    if (taken + missing <= limit) break;
    await rm(path, { force: true });
    taken -= bytes;
  }
  return { folder, room: Math.max(0, limit - taken) };
}

interface CachedFile {
  readonly key: string;
  readonly path: string;
  readonly bytes: number;
  readonly written: number;
}

async function cachedFiles(folder: string): Promise<CachedFile[]> {
  const found: CachedFile[] = [];
  for (const part of (await readdir(folder)).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
    // Other files are being written by other runs.
    const names = (await readdir(join(folder, part))).filter((name) => name.endsWith(ENDING));
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(folder, part, name);
        // Another run may have deleted it.
        const { size = 0, mtimeMs = 0 } = (await stat(path).catch(() => undefined)) ?? {};
        return { key: part + name.replace(ENDING, ''), path, bytes: size, written: mtimeMs };
      }),
    );
    found.push(...files);
  }
  return found;
}

const ENDING = '.rgb';

function pathOf(folder: string, key: string): string {
  return join(folder, key.slice(0, 2), `${key.slice(2)}${ENDING}`);
}
