/** Begins anew: without photograph, settings and steps. Own paintings stay. */

import type { Addresses } from './addresses.ts';
import type { History } from './history.ts';
import { firstSettings } from './settings.ts';
import { firstState, type State } from './state.ts';
import type { Store } from './store.ts';

export function beginAnew(store: Store<State>, history: History, addresses: Addresses): void {
  const { photo, painted, compared, moments, slot, view } = store.get();
  const before = { photo, painted, compared, moments, slot, view };
  const steps = history.steps();
  const address = location.hash;
  const { split, isMasking } = firstState;
  const empty = { photo: undefined, painted: undefined, compared: {}, moments: [], view: firstState.view };
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
