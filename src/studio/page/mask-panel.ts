/** Masks in the panel: whether there is one, and the button that begins to paint it. */

import { fold, icon, make, makeButton } from './dom.ts';
import type { Paintings } from './paintings.ts';
import type { History } from './history.ts';
import { describe } from './i18n.ts';
import { canMask, maskedSlot, withoutMask } from './masking.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

export function createMaskPanel(
  store: Store<State>,
  history: History,
  paintings: Paintings,
  begin: () => void,
): HTMLElement {
  const start = makeButton(begin, { class: 'plain wide', icon: icon('brush'), text: (s) => s.maskPaint });
  const clear = makeButton(() => history.change(withoutMask(store.get())), {
    class: 'plain wide',
    text: (s) => s.maskClear,
  });
  const whose = make('p', { class: 'hint' });
  store.watch(
    (state) => [canMask(state), state.isMasking, state.settings.masks[state.slot] !== undefined],
    (isPossible, isMasking, hasMask) => {
      start.disabled = !isPossible || isMasking;
      clear.hidden = !hasMask || isMasking;
    },
  );
  describe(
    store,
    ({ settings, slot }) => [settings.styles.length > 1 ? settings.styles[slot] : undefined],
    (strings, id) => {
      whose.textContent =
        id === undefined ? strings.maskHint : strings.maskHintOf(paintings.get(id).title(strings));
    },
  );
  const isInUse = (state: State) => maskedSlot(state) !== undefined;
  return fold(store, (s) => s.mask, isInUse, whose, make('div', { class: 'row' }, start, clear));
}
