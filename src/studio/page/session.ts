/** What a tab keeps, so that it is there again after a reload, or tomorrow. */

import { pack, type Part, unpack } from './packing.ts';
import { openStorage, type SessionStorage } from './storage.ts';
import { claimSession, forgetOldest } from './tab.ts';

/** Changes when older pages could not read what is stored. */
const FORM = 1;

/** Databases of some browsers never answer. */
const OPENING_MS = 4000;

export interface Session<K> {
  /** What was kept when the page was opened. */
  readonly kept: K | undefined;
  /** Whether it is a copy of another tab's, which is not stored yet. */
  readonly isCopy: boolean;
  /** What the newest session kept, if this one keeps nothing yet. */
  readonly newest: K | undefined;
  /** False if this browser keeps nothing. */
  readonly canKeep: boolean;
  /** Runs with the error of a failed write, and with undefined after one that worked. */
  watch(run: (error: unknown) => void): void;
  /** Writes a value. If one is being written, only the last of those that come meanwhile follows. */
  keep(value: K): void;
  /** Whether something is not written yet. */
  isBehind(): boolean;
}

/** Opens the session of this tab. */
export async function openSession<K extends object>(): Promise<Session<K>> {
  try {
    const opening = openStored<K>();
    const late = new Promise<never>((_, fail) => {
      setTimeout(() => fail(new Error('internal: the database does not answer')), OPENING_MS);
    });
    return await Promise.race([opening, late]);
  } catch {
    return {
      ...{ kept: undefined, newest: undefined, isCopy: false, canKeep: false },
      ...{ watch: () => undefined, keep: () => undefined, isBehind: () => false },
    };
  }
}

async function openStored<K extends object>(): Promise<Session<K>> {
  const storage = await openStorage();
  const { id, from, newest } = await claimSession(storage);
  const found = from === undefined ? undefined : await read<K>(storage, from);
  const numbers = new WeakMap<Part, number>();
  let next = 1 + Math.max(0, ...(found?.parts.keys() ?? []));
  for (const [number, part] of found?.parts ?? []) numbers.set(part, number);
  /** Numbers of the parts that are stored. */
  let stored = new Set(from === id ? found?.parts.keys() : []);
  let waiting: K | undefined;
  let isWriting = false;
  let hasFailed = false;
  const watchers: ((error: unknown) => void)[] = [];
  const tell = (error: unknown): void => {
    for (const run of watchers) run(error);
  };

  async function write(value: K): Promise<void> {
    const parts = new Map<number, Part>();
    const packed = pack(value, (part) => {
      const number = numbers.get(part) ?? next++;
      numbers.set(part, number);
      parts.set(number, part);
      return number;
    });
    const added = new Map([...parts].filter(([number]) => !stored.has(number)));
    const gone = [...stored].filter((number) => !parts.has(number));
    await storage.write(id, { form: FORM, time: Date.now(), packed }, added, gone);
    stored = new Set(parts.keys());
  }

  async function writeAll(): Promise<void> {
    if (isWriting) return;
    isWriting = true;
    while (waiting !== undefined) {
      const value = waiting;
      waiting = undefined;
      try {
        await write(value);
        hasFailed = false;
        tell(undefined);
      } catch (error) {
        hasFailed = true;
        tell(error);
      }
    }
    isWriting = false;
  }

  void forgetOldest(storage).catch(() => undefined);
  return {
    kept: found?.value,
    isCopy: from !== undefined && from !== id,
    newest: found === undefined && newest !== undefined ? (await read<K>(storage, newest))?.value : undefined,
    canKeep: true,
    watch: (run) => watchers.push(run),
    keep(value) {
      waiting = value;
      void writeAll();
    },
    isBehind: () => isWriting || hasFailed,
  };
}

/** A stored session; undefined if there is none, it is damaged, or another version of the page wrote it. */
async function read<K extends object>(storage: SessionStorage, id: string) {
  const session = (await storage.sessions()).get(id);
  if (session?.form !== FORM) return undefined;
  const parts = await storage.parts(id);
  try {
    return { value: unpack(session.packed, parts) as K, parts };
  } catch {
    return undefined;
  }
}
