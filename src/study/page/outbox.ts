/** Ratings on their way to the server: kept in the browser and sent until the server has them. */

import type { Rating, RatingRequest } from '../api.ts';

export interface OutboxEvents {
  /** Number of ratings kept here because the server cannot be reached or cannot save them. */
  waiting(count: number): void;
  saved(item: string): void;
  /**
   * This page does not send it again. It stays in the browser, as the server may be that of another study.
   */
  refused(item: string, error: string): void;
}

export interface Outbox {
  /** Ratings that the server does not have yet, by item. */
  readonly unsent: ReadonlyMap<string, Rating>;
  add(item: string, rating: Rating): void;
  /** Stops sending, since another rater takes over. Unsent ratings stay in the browser. */
  close(): void;
}

const RETRY_MS = 1500;
const TIMEOUT_MS = 10_000;

export function createOutbox(study: string, rater: string, events: OutboxEvents): Outbox {
  const storageKey = `wasserfarbe study ${study} ${rater}`;
  const unsent = new Map<string, Rating>(Object.entries(parse(recall(storageKey))));
  const refused = new Map<string, Rating>();
  const keep = () => remember(storageKey, JSON.stringify(Object.fromEntries([...refused, ...unsent])));
  let [sending, closed] = [false, false];

  const send = async (item: string, rating: Rating): Promise<'sent' | 'later'> => {
    const request: RatingRequest = { study, rater, item, ...rating };
    try {
      const reply = await fetch('/api/ratings', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(request),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const verdict = verdictOf(reply.status, await reply.json());
      if (verdict === 'later') return 'later';
      // The item may have been rated anew while the request was under way.
      const isLast = unsent.get(item) === rating;
      if (isLast) unsent.delete(item);
      if (isLast && verdict !== 'saved') refused.set(item, rating);
      // Another rater, or the same one anew, now owns the stored ratings. Sending one twice does no harm.
      if (closed) return 'sent';
      keep();
      if (verdict === 'saved') events.saved(item);
      else if (isLast) events.refused(item, verdict.error);
      return 'sent';
    } catch {
      return 'later';
    }
  };

  const drain = async (): Promise<void> => {
    if (sending) return;
    sending = true;
    for (let next = first(unsent); next !== undefined && !closed; next = first(unsent)) {
      const outcome = await send(...next);
      if (closed) break;
      events.waiting(outcome === 'later' ? unsent.size : 0);
      if (outcome === 'later') await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
    sending = false;
  };

  void drain();
  return {
    unsent,
    add(item, rating) {
      refused.delete(item);
      unsent.set(item, rating);
      keep();
      void drain();
    },
    close() {
      closed = true;
    },
  };
}

/** Verdict of a reply. Only this server's own words count: another program on its port has saved nothing. */
function verdictOf(status: number, body: unknown): 'saved' | 'later' | { readonly error: string } {
  if (typeof body !== 'object' || body === null) return 'later';
  const isRefusal = status >= 400 && status < 500 && 'error' in body && typeof body.error === 'string';
  if (isRefusal) return { error: `${body.error}` };
  const isSaved = status >= 200 && status < 300 && 'rated' in body && typeof body.rated === 'number';
  return isSaved ? 'saved' : 'later';
}

function first<K, V>(map: ReadonlyMap<K, V>): [K, V] | undefined {
  for (const entry of map) return entry;
  return undefined;
}

function parse(text: string | null): Record<string, Rating> {
  return text === null ? {} : JSON.parse(text);
}

/** Reads localStorage, if the browser permits it. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string | null): void {
  try {
    if (value === null || value === '{}') localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Without storage, a reload keeps only the ratings that the server has.
  }
}
