/** Ratings on their way to the server: kept in the browser until it has them, sent again until it does. */

import type { Rating, RatingRequest, RatingSaved, Refusal } from '../api.ts';

export interface OutboxEvents {
  /** How many ratings are kept here, because the server cannot be reached or cannot save them. */
  waiting(count: number): void;
  saved(item: string): void;
  /** Not to be sent again. */
  refused(item: string, error: string): void;
}

export interface Outbox {
  /** What the server does not have yet, by item. */
  readonly unsent: ReadonlyMap<string, Rating>;
  add(item: string, rating: Rating): void;
  /** Sends nothing more: another rater takes over. What is unsent stays in the browser. */
  close(): void;
}

const RETRY_MS = 1500;
const TIMEOUT_MS = 10_000;

export function createOutbox(study: string, rater: string, events: OutboxEvents): Outbox {
  const storageKey = `wasserfarbe study ${study} ${rater}`;
  const unsent = new Map<string, Rating>(Object.entries(parse(recall(storageKey))));
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
      const body: RatingSaved | Refusal = await reply.json();
      if (reply.status >= 500) return 'later';
      // While it was under way it may have been rated anew.
      if (unsent.get(item) === rating) unsent.delete(item);
      remember(storageKey, JSON.stringify(Object.fromEntries(unsent)));
      if ('error' in body) events.refused(item, body.error);
      else events.saved(item);
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
      unsent.set(item, rating);
      remember(storageKey, JSON.stringify(Object.fromEntries(unsent)));
      void drain();
    },
    close() {
      closed = true;
    },
  };
}

function first<K, V>(map: ReadonlyMap<K, V>): [K, V] | undefined {
  for (const entry of map) return entry;
  return undefined;
}

function parse(text: string | null): Record<string, Rating> {
  return text === null ? {} : JSON.parse(text);
}

/** localStorage, as far as the browser grants it. */
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
    // Then nothing is kept over reloads but what the server has.
  }
}
