/** Begins anew: without photograph, settings and steps. Own paintings stay. */

import type { Addresses } from './addresses.ts';
import type { History } from './history.ts';
import { firstSettings } from './settings.ts';
import { firstState, type State } from './state.ts';
import type { Store } from './store.ts';
import type { Turn } from './turns.ts';

/** @param turn of the empty page, which pictures that are still being opened come before */
export function beginAnew(store: Store<State>, history: History, addresses: Addresses, turn: Turn): void {
  turn.begin();
  const { photo, unopened, painted, compared, moments, slot, view } = store.get();
  const before = { photo, unopened, painted, compared, moments, slot, view };
  const steps = history.steps();
  const address = location.hash;
  const { split, isMasking } = firstState;
  const empty = {
    photo: undefined,
    unopened: undefined,
    painted: undefined,
    compared: {},
    moments: [],
    view: firstState.view,
  };
  store.set({ ...empty, ...{ live: undefined, split, isMasking } });
  history.restore({ past: [], now: firstSettings, future: [] });
  addresses.write('');
  const run = (): void => {
    history.restore(steps);
    store.set(before);
    addresses.write(address);
  };
  store.set({ notice: { kind: 'note', text: (s) => s.begunAnew, action: { text: (s) => s.undo, run } } });
}
