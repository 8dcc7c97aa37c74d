/** The mixture: the mixed paintings, and the point between them. */

import { corners, pointOf, weightsAt } from './barycentric.ts';
import { fold, icon, make, makeButton } from './dom.ts';
import { type History, withAnother, without } from './history.ts';
import { describe } from './i18n.ts';
import { MOST_STYLES } from './settings.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import type { Paintings } from './paintings.ts';

const KEY_STEP = 0.05;

export function createMixer(store: Store<State>, history: History, paintings: Paintings): HTMLElement {
  const places = Array.from({ length: MOST_STYLES }, (_, i) => createPlace(store, history, paintings, i));
  const add = makeButton(
    () => {
      const { settings } = store.get();
      const other = paintings.all().find(({ id }) => !settings.styles.includes(id));
      if (other === undefined) return;
      history.change(withAnother(settings, other.id));
      store.set({ slot: settings.styles.length });
    },
    { class: 'slot add', label: (s) => s.mixAdd, icon: icon('plus') },
  );
  store.watch(
    ({ settings }) => [settings.styles.length],
    (count) => {
      add.hidden = count >= MOST_STYLES;
    },
  );
  const slots = make('div', { class: 'slots' }, ...places, add);
  const hint = make('p', { class: 'hint' });
  describe(
    store,
    ({ settings }) => [settings.styles.length > 1],
    (strings, isMixed) => {
      hint.textContent = isMixed ? strings.mixHint : strings.mixBegin;
    },
  );
  const pad = createPad(store, history, paintings);
  return fold(
    store,
    (s) => s.mix,
    ({ settings }) => settings.styles.length > 1,
    hint,
    slots,
    pad,
  );
}

/**
 * A place of the mixture, to choose its painting for replacing, or to remove it. Places are never made anew:
 * shares change at every step of a drag.
 */
function createPlace(store: Store<State>, history: History, paintings: Paintings, i: number): HTMLElement {
  const image = make('img', { attributes: { alt: '', draggable: 'false' } });
  const share = make('span', { class: 'share' });
  const choose = makeButton(() => store.set({ slot: i }), { class: 'slot' });
  choose.append(image, share);
  const remove = makeButton(() => history.change(without(store.get().settings, i)), {
    class: 'remove',
    icon: icon('close'),
  });
  const element = make('div', { class: 'slot-box' }, choose, remove);
  describe(
    store,
    ({ settings, slot }) => [settings.styles, settings.weights[i], slot === i],
    (strings, styles, weight = 0, isChosen) => {
      const id = styles[i];
      element.hidden = id === undefined;
      if (id === undefined) return;
      const { title, url } = paintings.get(id);
      const percent = Math.round(100 * weight);
      if (image.src !== url) image.src = url;
      choose.title = title(strings);
      choose.ariaLabel = strings.mixSlot(choose.title, percent);
      choose.ariaPressed = `${isChosen}`;
      share.textContent = strings.percent(percent);
      share.hidden = styles.length === 1;
      remove.hidden = styles.length === 1;
      remove.ariaLabel = strings.mixRemove(choose.title);
    },
  );
  return element;
}

function createPad(store: Store<State>, history: History, paintings: Paintings): HTMLElement {
  const handle = make('div', {
    class: 'pad-point',
    label: (s) => s.mixPad,
    attributes: { role: 'slider', tabindex: '0', 'aria-valuemin': '0', 'aria-valuemax': '100' },
  });
  const area = make('div', { class: 'pad-area' }, handle);
  const pad = make('div', { class: 'pad' }, area);

  const move = (x: number, y: number): void =>
    history.move({ weights: weightsAt({ x, y }, store.get().settings.styles.length) });

  const drag = ({ clientX, clientY }: PointerEvent): void => {
    const box = area.getBoundingClientRect();
    move((clientX - box.left) / box.width, (clientY - box.top) / box.height);
  };
  pad.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    handle.focus();
    drag(event);
  });
  pad.addEventListener('pointermove', (event) => {
    if (pad.hasPointerCapture(event.pointerId)) drag(event);
  });
  for (const end of ['pointerup', 'pointercancel'] as const) {
    pad.addEventListener(end, () => history.finish());
  }
  handle.addEventListener('keydown', (event) => {
    const { weights } = store.get().settings;
    const { x, y } = pointOf(weights);
    const way = steps[event.key];
    if (way === undefined) return;
    event.preventDefault();
    move(x + KEY_STEP * way[0], y + KEY_STEP * (weights.length === 2 ? 0 : way[1]));
    history.finish();
  });

  describe(
    store,
    ({ settings }) => [settings.styles, settings.weights],
    (strings, styles, weights) => {
      pad.hidden = styles.length < 2;
      if (pad.hidden) return;
      pad.dataset.count = `${styles.length}`;
      const { x, y } = pointOf(weights);
      handle.style.setProperty('left', `${100 * x}%`);
      handle.style.setProperty('top', `${100 * y}%`);
      const parts = styles.map((id, i) =>
        strings.mixPart(paintings.get(id).title(strings), Math.round(100 * (weights[i] ?? 0))),
      );
      handle.ariaValueNow = `${Math.round(100 * (weights[0] ?? 0))}`;
      handle.ariaValueText = parts.join(', ');
    },
  );
  store.watch(
    ({ settings }) => [settings.styles],
    (styles) => {
      for (const old of pad.querySelectorAll('.pad-corner')) old.remove();
      if (styles.length < 2) return;
      for (const [i, { x, y }] of corners(styles.length).entries()) {
        const { url } = paintings.get(styles[i] ?? '');
        const image = make('img', {
          class: 'pad-corner',
          attributes: { src: url, alt: '', draggable: 'false' },
        });
        image.style.setProperty('left', `${100 * x}%`);
        image.style.setProperty('top', `${100 * y}%`);
        area.prepend(image);
      }
    },
  );
  return pad;
}

const steps: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};
