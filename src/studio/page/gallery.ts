/** The gallery of style pictures: those that ship, and those of the user. */

import { describe } from './i18n.ts';
import { make, makeButton, icon } from './dom.ts';
import { type History, withStyle } from './history.ts';
import type { OwnActions } from './own-paintings.ts';
import { createPaintingDialog } from './painting-dialog.ts';
import type { Painting, Paintings } from './paintings.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

/** @param openOwn lets files be chosen as own paintings */
export function createGallery(
  store: Store<State>,
  history: History,
  paintings: Paintings,
  own: OwnActions,
  openOwn: () => void,
): HTMLElement {
  const list = make('div', { class: 'thumbs', label: (s) => s.paintingsHint, attributes: { role: 'group' } });
  const add = makeButton(openOwn, {
    class: 'quiet words small',
    text: (s) => s.ownPainting,
    icon: icon('plus'),
  });
  const buttons = new Map<string, HTMLButtonElement>();
  const boxes = new Map<string, HTMLElement>();
  const dialog = createPaintingDialog(own.rename, remove);

  function thumb({ id, url }: Painting): HTMLButtonElement {
    const image = make('img', { attributes: { src: url, alt: '', draggable: 'false' } });
    image.decoding = 'async';
    // The sample on the stage comes first.
    image.fetchPriority = 'low';
    const button = makeButton(
      () => {
        const { settings, slot } = store.get();
        history.change(withStyle(settings, slot, id));
      },
      { class: 'thumb', label: (s) => paintings.get(id).title(s) },
    );
    button.append(image);
    return button;
  }

  function remove(id: string): void {
    own.remove(id);
    // The removed one had the focus.
    list.querySelector<HTMLElement>('[aria-pressed="true"]')?.focus();
  }

  /** An own painting has a second button, which the keys F2 and Delete stand for. */
  function ownBox(id: string, button: HTMLButtonElement): HTMLElement {
    const edit = (): void => dialog.open(id, button.ariaLabel ?? '');
    button.addEventListener('keydown', ({ key, repeat }) => {
      if (key === 'F2') edit();
      // A key that is held would go on with the one that gets the focus then.
      if (key === 'Delete' && !repeat) remove(id);
    });
    const more = makeButton(edit, {
      class: 'more',
      label: (s) => s.paintingMore(paintings.get(id).title(s)),
      icon: icon('more'),
    });
    return make('div', { class: 'thumb-box' }, button, more);
  }

  paintings.watch(() => {
    const all = paintings.all();
    for (const painting of all) {
      if (boxes.has(painting.id)) continue;
      const button = thumb(painting);
      buttons.set(painting.id, button);
      boxes.set(painting.id, painting.own === undefined ? button : ownBox(painting.id, button));
    }
    const wanted = all.flatMap(({ id }) => boxes.get(id) ?? []);
    // The others stay where they are: one that is taken out and put back loses the focus.
    for (const box of [...list.children]) if (!wanted.some((one) => one === box)) box.remove();
    for (const [i, box] of wanted.entries()) {
      if (list.children[i] !== box) list.insertBefore(box, list.children[i] ?? null);
    }
    mark(store.get());
  });

  function mark({ settings, slot }: State): void {
    for (const [id, button] of buttons) {
      button.ariaPressed = `${settings.styles[slot] === id}`;
      button.classList.toggle('mixed', settings.styles.includes(id));
    }
  }
  store.watch(
    ({ settings, slot }) => [settings.styles, slot],
    () => {
      mark(store.get());
      requestAnimationFrame(bringIntoSight);
    },
  );

  /** On phones the list is a row, of which a part is seen. */
  function bringIntoSight(): void {
    const { settings, slot } = store.get();
    const box = boxes.get(settings.styles[slot] ?? '')?.getBoundingClientRect();
    const row = list.getBoundingClientRect();
    if (box !== undefined) list.scrollLeft += box.x + box.width / 2 - (row.x + row.width / 2);
  }

  const title = make('span', { class: 'aside' });
  describe(
    store,
    ({ settings, slot }) => [settings.styles[slot] ?? ''],
    (strings, id) => {
      const whole = paintings.get(id).title(strings);
      title.textContent = whole.split(/[:：]/)[0] ?? whole;
      title.title = whole;
    },
  );
  const heading = make('h2', {}, make('span', { text: (s) => s.paintings }), title);
  const top = make('div', { class: 'group-top' }, heading, add);
  return make('section', { class: 'group' }, top, list, dialog.element);
}
