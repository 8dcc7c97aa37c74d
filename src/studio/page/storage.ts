/** The browser's database (IndexedDB) in promises: sessions, and the heavy parts of each. */

import type { Part } from './packing.ts';

/** A session as it is stored, with numbers in place of its parts. */
interface StoredSession {
  /** Changes when older pages could not read it. */
  readonly form: number;
  /** When it was written, in ms since 1970. */
  readonly time: number;
  readonly packed: unknown;
}

export interface SessionStorage {
  sessions(): Promise<ReadonlyMap<string, StoredSession>>;
  parts(id: string): Promise<ReadonlyMap<number, Part>>;
  /** Writes a session with new parts, and without others: all of it or nothing. */
  write(
    id: string,
    session: StoredSession,
    parts: ReadonlyMap<number, Part>,
    gone: readonly number[],
  ): Promise<void>;
  remove(id: string): Promise<void>;
}

const NAME = 'wasserfarbe studio';
const [SESSIONS, PARTS] = ['sessions', 'parts'];

/** @throws if the browser stores nothing, as some do in private windows */
export async function openStorage(): Promise<SessionStorage> {
  const opening = indexedDB.open(NAME, 1);
  opening.addEventListener('upgradeneeded', () => {
    opening.result.createObjectStore(SESSIONS);
    opening.result.createObjectStore(PARTS);
  });
  const database = await resultOf(opening);
  const partsOf = (id: string) => IDBKeyRange.bound([id], [id, []]);

  /** Requests in one transaction. */
  async function change(requests: (sessions: IDBObjectStore, parts: IDBObjectStore) => void): Promise<void> {
    const transaction = database.transaction([SESSIONS, PARTS], 'readwrite');
    const isComplete = new Promise<void>((done, fail) => {
      transaction.addEventListener('complete', () => done());
      transaction.addEventListener('abort', () => fail(transaction.error));
    });
    try {
      requests(transaction.objectStore(SESSIONS), transaction.objectStore(PARTS));
    } catch (error) {
      isComplete.catch(() => undefined);
      transaction.abort();
      throw error;
    }
    // Not waiting for anything else, so that it is done even if the page is left now.
    transaction.commit();
    await isComplete;
  }

  return {
    async sessions() {
      const store = database.transaction(SESSIONS).objectStore(SESSIONS);
      const [keys, values] = await Promise.all([
        resultOf(store.getAllKeys()),
        resultOf<StoredSession[]>(store.getAll()),
      ]);
      return new Map(values.map((value, i) => [String(keys[i]), value]));
    },
    async parts(id) {
      const store = database.transaction(PARTS).objectStore(PARTS);
      const [keys, values] = await Promise.all([
        resultOf(store.getAllKeys(partsOf(id))),
        resultOf<Part[]>(store.getAll(partsOf(id))),
      ]);
      return new Map(values.map((value, i) => [Number((keys[i] as [string, number])[1]), value]));
    },
    write: (id, session, added, gone) =>
      change((sessions, parts) => {
        for (const [number, part] of added) parts.put(part, [id, number]);
        for (const number of gone) parts.delete([id, number]);
        sessions.put(session, id);
      }),
    remove: (id) =>
      change((sessions, parts) => {
        sessions.delete(id);
        parts.delete(partsOf(id));
      }),
  };
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((done, fail) => {
    request.addEventListener('success', () => done(request.result));
    request.addEventListener('error', () => fail(request.error));
  });
}
