/** Asks before the page is left, while something would be lost by it. */

import type { State } from './state.ts';
import type { Store } from './store.ts';

/** @param session whether this browser keeps the session, and is behind with it */
export function askBeforeLeaving(
  store: Store<State>,
  session: { readonly canKeep: boolean; isBehind(): boolean },
): void {
  window.addEventListener('beforeunload', (event) => {
    const { live, isExporting, isLearning, work, photo } = store.get();
    const isLost =
      live?.isRecording === true ||
      isExporting ||
      isLearning ||
      work?.phase === 'finishing' ||
      session.isBehind() ||
      (!session.canKeep && photo !== undefined);
    if (isLost) event.preventDefault();
  });
}
