/** Files under names that say what is in them, at most so many bytes: those used longest ago go first. */

import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

interface Entry {
  readonly bytes: number;
}

/** The names of all that stores have: a SHA-256 with endings. Nothing else in their folders is theirs. */
export const storedName = /^[\da-f]{64}(\.\w+)+$/;

export class FileStore {
  readonly #folder: string;
  readonly #limit: number;
  /** In the order of use. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  private constructor(folder: string, limit: number) {
    this.#folder = folder;
    this.#limit = limit;
  }

  /** Opens a folder with what an earlier server has left in it. */
  static async open(folder: string, limit: number): Promise<FileStore> {
    await mkdir(folder, { recursive: true });
    const store = new FileStore(folder, limit);
    const found: { name: string; bytes: number; used: number }[] = [];
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const { name } = entry;
      if (!entry.isFile() || !storedName.test(name)) continue;
      const { size, mtimeMs } = await stat(join(folder, name));
      found.push({ name, bytes: size, used: mtimeMs });
    }
    for (const { name, bytes } of found.sort((a, b) => a.used - b.used)) store.#put(name, bytes);
    await store.#shrink();
    return store;
  }

  /** The path of a file, which counts as used now; undefined if there is none of that name. */
  find(name: string): string | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    const path = join(this.#folder, name);
    this.#entries.delete(name);
    if (!existsSync(path)) {
      // Whoever tidies up here does not tell.
      this.#bytes -= entry.bytes;
      return undefined;
    }
    this.#entries.set(name, entry);
    const now = new Date();
    utimes(path, now, now).catch(() => {});
    return path;
  }

  /** Moves a finished file of the same disk here. */
  async add(name: string, from: string): Promise<string> {
    const path = join(this.#folder, name);
    const { size } = await stat(from);
    // Whoever tidies up takes empty folders too.
    await mkdir(this.#folder, { recursive: true });
    await rename(from, path);
    this.#put(name, size);
    await this.#shrink();
    return path;
  }

  #put(name: string, bytes: number): void {
    this.#bytes += bytes - (this.#entries.get(name)?.bytes ?? 0);
    this.#entries.delete(name);
    this.#entries.set(name, { bytes });
  }

  /** The newest file stays, however large it is. */
  async #shrink(): Promise<void> {
    for (const [name, { bytes }] of this.#entries) {
      if (this.#bytes <= this.#limit || this.#entries.size === 1) return;
      this.#entries.delete(name);
      this.#bytes -= bytes;
      await rm(join(this.#folder, name), { force: true });
    }
  }
}
