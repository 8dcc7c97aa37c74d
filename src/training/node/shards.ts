/** The shards of a pack: tar files of numbered pictures. Node only. */

import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes after which a shard is full. */
const SHARD_BYTES = 256 * 2 ** 20;

/** Tar works in blocks of this many bytes. */
const BLOCK = 512;

const names = /^\d{5,}\.tar$/;

/** Whether a file has the name of a shard. */
export function isShardName(name: string): boolean {
  return names.test(name);
}

function shardName(i: number): string {
  return `${String(i).padStart(5, '0')}.tar`;
}

/** Tar files `00000.tar`, … of numbered pictures. */
export class ShardWriter {
  readonly #folder: string;
  #file: Awaited<ReturnType<typeof open>> | undefined;
  #shards = 0;
  #pictures = 0;
  #offset = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Bytes that `data` will take. */
  cost(data: Uint8Array): number {
    return BLOCK + Math.ceil(data.length / BLOCK) * BLOCK;
  }

  async add(data: Uint8Array): Promise<{ shard: string; offset: number }> {
    if (this.#file !== undefined && this.#offset + this.cost(data) > SHARD_BYTES) await this.close();
    const shard = shardName(this.#shards);
    this.#file ??= await open(join(this.#folder, shard), 'wx');
    const entry = new Uint8Array(this.cost(data));
    entry.set(tarHeader(`${String(this.#pictures++).padStart(8, '0')}.webp`, data.length));
    entry.set(data, BLOCK);
    await this.#file.writeFile(entry);
    const offset = this.#offset + BLOCK;
    this.#offset += entry.length;
    return { shard, offset };
  }

  /** Two empty blocks end a tar file. */
  async close(): Promise<void> {
    await this.#file?.writeFile(new Uint8Array(2 * BLOCK));
    // Without it, a full disk may show only after the old pack is gone.
    await this.#file?.sync();
    await this.drop();
    this.#shards++;
    this.#offset = 0;
  }

  /** Closes the file as it is. */
  async drop(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}

/** A header of POSIX's ustar form for a plain file. */
function tarHeader(name: string, size: number): Uint8Array {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(0, 11), 136);
  header.write('        0', 148);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
