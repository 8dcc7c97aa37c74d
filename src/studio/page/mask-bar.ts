/** Masks at the stage: the tools below it while one is painted, and a button over it while one is in use. */

import { choice, icon, make, makeButton, slider } from './dom.ts';
import type { History } from './history.ts';
import { canMask, maskedSlot, withoutMask } from './masking.ts';
import { pictureOf } from './stage.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

export interface MaskBar {
  readonly element: HTMLElement;
  /** Shows that there is a mask, and opens its tools. */
  readonly sign: HTMLElement;
  /** Opens the tools. */
  begin(): void;
}

export function createMaskBar(store: Store<State>, history: History): MaskBar {
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
  const clear = makeButton(() => history.change(withoutMask(store.get())), {
    class: 'plain',
    text: (s) => s.maskClear,
  });
  const done = makeButton(() => store.set({ isMasking: false }), {
    class: 'primary',
    icon: icon('check'),
    text: (s) => s.maskDone,
  });
  const element = make('div', { class: 'mask-bar' }, tool, size, clear, done);
  store.watch(
    (state) => [state.isMasking, canMask(state), state.settings.masks[state.slot] !== undefined],
    (isMasking, isPossible, hasMask) => {
      element.hidden = !isMasking;
      clear.disabled = !hasMask;
      if (isMasking && !isPossible) store.set({ isMasking: false });
    },
  );

  function begin(): void {
    store.set({ isMasking: true });
    element.querySelector<HTMLElement>('input:checked')?.focus();
  }

  const showMask = (): void => {
    store.set({ slot: maskedSlot(store.get()) ?? store.get().slot });
    begin();
  };
  const sign = makeButton(showMask, { class: 'sign', icon: icon('brush'), text: (s) => s.maskInUse });
  store.watch(
    (state) => [
      maskedSlot(state) !== undefined && pictureOf(state) !== undefined && !state.isMasking,
      canMask(state),
    ],
    (isShown, isPossible) => {
      sign.hidden = !isShown;
      sign.disabled = !isPossible;
    },
  );
  return { element, sign, begin };
}
