/** A store in a folder: of this machine, or of a network that shows it to all machines. Node only. */

import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { explainFileError } from '../../files/read.ts';
import { readRegular } from '../../files/regular.ts';
import { writeFileAtomic } from '../../files/write.ts';
import { type Entry, type Store, StoreError } from './store.ts';

export class FolderStore implements Store {
  readonly address: string;

  constructor(folder: string) {
    this.address = folder;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return readRegular(this.#path(key)).catch(this.#unlessMissing(key, 'a file that can be read'));
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    await writeFileAtomic(this.#path(key), bytes).catch(this.#failed(key, 'a place to write'));
  }

  async head(key: string): Promise<Entry | undefined> {
    const found = await stat(this.#path(key)).catch(this.#unlessMissing(key, 'a file'));
    return found?.isFile() ? { key, tag: `${found.size}-${Math.floor(found.mtimeMs)}` } : undefined;
  }

  async *list(prefix: string): AsyncGenerator<Entry> {
    const reading = readdir(this.#path(prefix), { withFileTypes: true, recursive: true });
    for (const entry of (await reading.catch(this.#unlessMissing(prefix, 'a folder'))) ?? []) {
      // Files in the making are hidden.
      if (!entry.isFile() || entry.name.startsWith('.')) continue;
      const key = relative(this.address, join(entry.parentPath, entry.name)).split(sep).join('/');
      const found = await this.head(key);
      if (found !== undefined) yield found;
    }
  }

  #path(key: string): string {
    return join(this.address, ...key.split('/'));
  }

  #unlessMissing(key: string, expected: string): (cause: unknown) => undefined {
    const failed = this.#failed(key, expected);
    return (cause) =>
      cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? undefined : failed(cause);
  }

  #failed(key: string, expected: string): (cause: unknown) => never {
    return (cause) => {
      const received = explainFileError(cause);
      throw new StoreError({ expected, name: this.#path(key), received }, { cause });
    };
  }
}
