/** Masks: the areas of each style, painted on the stage. */

import { make, makeButton, choice, slider, icon } from './dom.ts';
import type { History } from './history.ts';
import { describe } from './i18n.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import type { Paintings } from './paintings.ts';

export function createMaskPanel(store: Store<State>, history: History, paintings: Paintings): HTMLElement {
  const start = makeButton(() => store.set({ isMasking: !store.get().isMasking }), {
    class: 'plain wide',
    icon: icon('brush'),
    text: (s) => s.maskPaint,
  });
  const clear = makeButton(
    () => {
      const { settings, slot } = store.get();
      history.change({ masks: settings.masks.map((mask, i) => (i === slot ? undefined : mask)) });
    },
    { class: 'plain wide', text: (s) => s.maskClear },
  );
  const tool = choice(store, {
    name: (s) => s.maskHint,
    values: ['add', 'erase'],
    textOf: (value) => (s) => (value === 'add' ? s.maskAdd : s.maskErase),
    read: ({ isErasing }) => (isErasing ? 'erase' : 'add'),
    choose: (value) => store.set({ isErasing: value === 'erase' }),
  });
  const size = slider(store, {
    name: (s) => s.maskSize,
    least: 2,
    most: 100,
    step: 1,
    read: ({ maskBrush }) => Math.round(100 * maskBrush),
    show: (s, value) => s.percent(value),
    move: (value) => store.set({ maskBrush: value / 100 }),
    finish: () => undefined,
  });
  const tools = make('div', { class: 'mask-tools' }, tool, size);
  const whose = make('span', { class: 'aside' });

  store.watch(
    ({ isMasking, photo, live, settings, slot }) => [
      isMasking,
      photo !== undefined && live === undefined && !settings.isCompared,
      settings.masks[slot] !== undefined,
    ],
    (isMasking, isPossible, hasMask) => {
      start.disabled = !isPossible;
      start.ariaPressed = `${isMasking}`;
      tools.hidden = !isMasking;
      clear.hidden = !hasMask;
      if (isMasking && !isPossible) store.set({ isMasking: false });
    },
  );
  describe(
    store,
    ({ settings, slot, isMasking }) => [
      settings.styles.length > 1 ? settings.styles[slot] : undefined,
      isMasking,
    ],
    (strings, id, isMasking) => {
      whose.textContent = id === undefined ? '' : paintings.get(id).title(strings);
      const words = start.querySelector('span');
      if (words !== null) words.textContent = isMasking ? strings.maskDone : strings.maskPaint;
    },
  );
  const heading = make('h2', {}, make('span', { text: (s) => s.mask }), whose);
  return make('section', { class: 'group' }, heading, tools, make('div', { class: 'row' }, start, clear));
}
