/** The part of the panel in which the network learns the chosen painting. */

import { fold, icon, make, makeButton } from './dom.ts';
import type { Paintings } from './paintings.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

/** @param learn begins, and shows it in an element */
export function createLearnPanel(
  store: Store<State>,
  paintings: Paintings,
  learn: (place: HTMLElement) => void,
): HTMLElement {
  const place = make('div', { class: 'learning' });
  const button = makeButton(() => learn(place), {
    class: 'plain',
    icon: icon('brush'),
    text: (s) => s.learnBegin,
  });
  const hint = make('p', { class: 'hint', text: (s) => s.learnHint });
  store.watch(
    ({ settings, slot, isLearning }) => [settings.styles[slot] ?? '', isLearning],
    (id, isLearning) => {
      const { own } = paintings.get(id);
      button.hidden = isLearning;
      hint.hidden = isLearning;
      // A style file holds no picture, and one is learnt once.
      button.disabled = paintings.hasStyleFile([id]) || own?.tuned !== undefined;
    },
  );
  return fold(
    store,
    (s) => s.learn,
    ({ isLearning }) => isLearning,
    ...[hint, button, place],
  );
}
