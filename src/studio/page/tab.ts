/**
 * The session of this tab. No two tabs have the same: each holds a lock on its own for as long as it is open.
 */

import type { SessionStorage } from './storage.ts';

/** Sessions that are kept. The oldest that no tab has go when there are more. */
const MOST_SESSIONS = 8;

/** A page that is reloaded may come before its lock is free. */
const RELOAD_MS = 1500;

const TAB = 'wasserfarbe studio session';

export interface Claim {
  /** The tab's session. */
  readonly id: string;
  /**
   * The session with which it begins: its own, or that of the tab from which it was duplicated. Undefined
   * for a new one.
   */
  readonly from: string | undefined;
  /** The newest session. A new one takes its own paintings. */
  readonly newest: string | undefined;
}

/**
 * Takes the session that this tab had, or else the newest that no other tab has, or else a new one.
 *
 * @throws Error if the browser has no locks
 */
export async function claimSession(storage: SessionStorage): Promise<Claim> {
  const stored = await storage.sessions();
  const ids = [...stored].sort(([, a], [, b]) => b.time - a.time).map(([id]) => id);
  const [newest] = ids;
  const own = sessionStorage.getItem(TAB);
  const take = (id: string, from: string | undefined): Claim => {
    sessionStorage.setItem(TAB, id);
    return { id, from, newest };
  };
  if (own !== null) {
    if (await isLocked(own, { signal: AbortSignal.timeout(RELOAD_MS) })) return take(own, own);
    const copy = newId();
    await isLocked(copy, {});
    return take(copy, own);
  }
  for (const id of ids) if (await isLocked(id, { ifAvailable: true })) return take(id, id);
  const id = newId();
  await isLocked(id, {});
  return take(id, undefined);
}

/** Removes the oldest sessions, if there are many. */
export async function forgetOldest(storage: SessionStorage): Promise<void> {
  const stored = await storage.sessions();
  const old = [...stored].sort(([, a], [, b]) => b.time - a.time).slice(MOST_SESSIONS);
  for (const [id] of old) {
    await navigator.locks.request(lockOf(id), { ifAvailable: true }, async (lock) => {
      if (lock !== null) await storage.remove(id);
    });
  }
}

/** Locks a session until the page is left. False if another tab has it. */
function isLocked(id: string, options: LockOptions): Promise<boolean> {
  return new Promise((done, fail) => {
    navigator.locks
      .request(lockOf(id), options, (lock) => {
        done(lock !== null);
        return lock === null ? undefined : new Promise(() => undefined);
      })
      .catch((error: unknown) => {
        const isLate = error instanceof DOMException && /^(Abort|Timeout)Error$/.test(error.name);
        if (isLate) done(false);
        else fail(error);
      });
  });
}

const lockOf = (id: string) => `${TAB} ${id}`;

/** For sessions and places of the tab's history. `randomUUID` is for secure pages only. */
export function newId(): string {
  return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
}
