/** Compiled programs by shape. The few that were used last stay; the others are freed. */

import type { Program } from '../runtime/runtime.ts';

interface Entry {
  readonly program: Promise<Program>;
  /** Number of calls that use the program; it is freed only after the last of them. */
  users: number;
  evicted: boolean;
}

/** A least-recently-used cache that never frees a program in use. */
export class ProgramCache {
  // A Map keeps insertion order, so its first key is the one used longest ago.
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly capacity: number) {}

  /** Whether a program is compiled, or being compiled, for `key`. */
  has(key: string): boolean {
    return this.entries.has(key);
  }

  /** Runs `work` with the program of `key`, compiled by `compile` if it is not there. */
  async use<T>(
    key: string,
    compile: () => Promise<Program>,
    work: (program: Program) => Promise<T>,
  ): Promise<T> {
    const entry = this.entries.get(key) ?? { program: compile(), users: 0, evicted: false };
    this.entries.delete(key);
    this.entries.set(key, entry);
    entry.users++;
    try {
      const program = await entry.program;
      await this.evictDownTo(this.capacity);
      return await work(program);
    } catch (error) {
      if (await failed(entry.program)) this.forget(key, entry);
      throw error;
    } finally {
      entry.users--;
      await release(entry);
    }
  }

  /** Frees the programs that are not in use, and the memory that they hold. */
  async evictIdle(): Promise<void> {
    const idle = [...this.entries].filter(([, entry]) => entry.users === 0);
    for (const [key, entry] of idle) this.forget(key, entry);
    for (const [, entry] of idle) await release(entry);
  }

  /** Frees all programs: those in use as soon as their users are done. */
  async dispose(): Promise<void> {
    await this.evictDownTo(0);
  }

  private async evictDownTo(count: number): Promise<void> {
    while (this.entries.size > count) {
      const [oldest] = this.entries;
      if (oldest === undefined) return;
      const [key, entry] = oldest;
      this.forget(key, entry);
      await release(entry);
    }
  }

  private forget(key: string, entry: Entry): void {
    entry.evicted = true;
    if (this.entries.get(key) === entry) this.entries.delete(key);
  }
}

async function release(entry: Entry): Promise<void> {
  if (!entry.evicted || entry.users > 0) return;
  const program = await entry.program.catch(() => undefined);
  await program?.dispose();
}

async function failed(program: Promise<Program>): Promise<boolean> {
  return program.then(
    () => false,
    () => true,
  );
}
