/** The button that lets the network learn the chosen painting, and the place where that is shown. */

import { icon, make, makeButton } from './dom.ts';
import type { Paintings } from './paintings.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

/** @param learn begins, and shows it in an element */
export function createLearnButton(
  store: Store<State>,
  paintings: Paintings,
  learn: (place: HTMLElement) => void,
): HTMLElement {
  const place = make('div', { class: 'learning' });
  const button = makeButton(() => learn(place), {
    class: 'quiet words small',
    icon: icon('brush'),
    text: (s) => s.learn,
  });
  const hint = make('p', { class: 'hint', text: (s) => s.learnHint });
  store.watch(
    ({ settings, slot, isLearning }) => [settings.styles[slot] ?? '', isLearning],
    (id, isLearning) => {
      const { own } = paintings.get(id);
      button.hidden = isLearning;
      hint.hidden = isLearning;
      // A style file holds no picture, and one is learnt once.
      button.disabled = own?.isStyleFile === true || own?.tuned !== undefined;
    },
  );
  return make('div', { class: 'learn' }, button, hint, place);
}
