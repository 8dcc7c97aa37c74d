/** The gallery of paintings: choosing one, and adding own ones. */

import { filePicker, make, makeButton } from './dom.ts';
import { type History, withStyle } from './history.ts';
import { describe } from './i18n.ts';
import { icon } from './icons.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import type { Painting, Paintings } from './styles.ts';

/** @param addOwn adds a file as an own painting and chooses it */
export function createGallery(
  store: Store<State>,
  history: History,
  paintings: Paintings,
  addOwn: (file: File) => void,
): HTMLElement {
  const list = make('div', { class: 'thumbs', label: (s) => s.paintingsHint, attributes: { role: 'group' } });
  const add = makeButton(filePicker('image/*', addOwn), {
    class: 'quiet words small',
    text: (s) => s.ownPainting,
    icon: icon('plus'),
  });
  const buttons = new Map<string, HTMLButtonElement>();

  function thumb({ id, title, url }: Painting): HTMLButtonElement {
    const image = make('img', { attributes: { src: url, alt: '', draggable: 'false' } });
    image.decoding = 'async';
    const button = makeButton(
      () => {
        const { settings, slot } = store.get();
        history.change(withStyle(settings, slot, id));
      },
      { class: 'thumb', label: title },
    );
    button.append(image);
    return button;
  }

  paintings.watch(() => {
    for (const painting of paintings.all()) {
      if (!buttons.has(painting.id)) buttons.set(painting.id, thumb(painting));
    }
    list.replaceChildren(...buttons.values());
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
    () => mark(store.get()),
  );

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
  return make('section', { class: 'group' }, top, list);
}
