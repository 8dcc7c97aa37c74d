/** Links that are opened in this tab, and the browser's back and forward. */

import type { History } from './history.ts';
import { settingsOf } from './link.ts';
import { isBundled } from './paintings.ts';
import type { Settings } from './settings.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import { newId } from './tab.ts';

/** Places of the tab's history whose settings are kept. */
const MOST_PLACES = 30;

/** The places of the tab's history, for a session to keep. */
export interface Places {
  readonly current: string;
  /** Settings as they were when a place was left, oldest first. */
  readonly left: readonly (readonly [place: string, settings: Settings])[];
}

export interface Addresses {
  /** Follows the address from now on. */
  start(kept: Places | undefined): void;
  places(): Places;
  /** Writes an address without a step of the browser's history. */
  write(fragment: string): void;
}

/**
 * A link sets all settings, as one step that undo takes back. Going back restores the settings as they were
 * when the place was left.
 */
export function createAddresses(store: Store<State>, history: History): Addresses {
  const left = new Map<string, Settings>();
  /** Empty in a new session. */
  let current = '';

  function leave(): void {
    left.delete(current);
    left.set(current, store.get().settings);
    const [oldest = ''] = left.keys();
    if (left.size > MOST_PLACES) left.delete(oldest);
  }

  /** Comes to the place that the address names: a link's, or one where the tab has been. */
  function arrive(): void {
    const known = placeOf(window.history.state);
    if (known === current) return;
    const settings = left.get(known ?? '') ?? settingsOf(location.hash, isBundled);
    if (current !== '') leave();
    current = known ?? newId();
    if (known === undefined) write(location.hash);
    if (settings !== undefined) history.change(settings);
  }

  function write(fragment: string): void {
    window.history.replaceState({ place: current }, '', fragment || location.pathname + location.search);
  }

  return {
    places: () => ({ current, left: [...left] }),
    write,
    start(kept) {
      for (const [place, settings] of kept?.left ?? []) left.set(place, settings);
      current = kept?.current ?? '';
      window.addEventListener('popstate', arrive);
      arrive();
    },
  };
}

function placeOf(state: unknown): string | undefined {
  const isOurs = typeof state === 'object' && state !== null && 'place' in state;
  return isOurs ? String(state.place) : undefined;
}
