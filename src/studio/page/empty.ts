/** The stage before there is a photograph. */

import { icon, make, makeButton } from './dom.ts';
import { describe } from './i18n.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

export interface Openers {
  photo(): void;
  camera(): void;
  video(): void;
}

export function createEmpty(store: Store<State>, open: Openers): HTMLElement {
  const buttons = make(
    'div',
    { class: 'row' },
    makeButton(open.photo, { class: 'primary', icon: icon('photo'), text: (s) => s.choosePhoto }),
    makeButton(open.camera, { class: 'plain', icon: icon('camera'), text: (s) => s.useCamera }),
    makeButton(open.video, { class: 'plain', icon: icon('video'), text: (s) => s.openVideo }),
  );
  const local = make('p', { class: 'hint' });
  describe(
    store,
    ({ device }) => [device],
    (strings, device) => {
      const words = { webgpu: strings.onGraphics, wasm: strings.noWebgpu, core: strings.oneThread };
      local.textContent = device === undefined ? strings.local : `${strings.local} ${words[device]}`;
    },
  );
  const wash = make('div', { class: 'washes', attributes: { 'aria-hidden': 'true' } });
  for (const name of ['a', 'b', 'c']) wash.append(make('span', { class: `blot blot-${name}` }));
  const element = make(
    'div',
    { class: 'empty' },
    wash,
    make('h2', { class: 'tagline', text: (s) => s.tagline }),
    make('p', { class: 'lead', text: (s) => `${s.dropTitle}, ${s.dropHint}` }),
    buttons,
    local,
  );
  store.watch(
    ({ photo, live, isOpening }) => [isOpening || (photo ?? live) !== undefined],
    (isOff) => {
      element.hidden = isOff;
    },
  );
  return element;
}
