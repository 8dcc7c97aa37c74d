/** The style pictures: those that ship, those of the user, and the gallery that shows them. */

import type { StyleSource } from './network.ts';
import { type Text, describe } from './i18n.ts';
import { en } from './strings/en.ts';
import { make, makeButton, icon } from './dom.ts';
import { type History, withStyle } from './history.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

interface Painting {
  readonly id: string;
  readonly title: Text;
  /** Address for an `<img>`. */
  readonly url: string;
  readonly source: StyleSource;
}

type BundledId = keyof typeof en.titles;

const bundledIds = Object.keys(en.titles) as readonly BundledId[];

export function isBundled(id: string): boolean {
  return Object.hasOwn(en.titles, id);
}

export interface Paintings {
  all(): readonly Painting[];
  get(id: string): Painting;
  /** Adds an own picture and returns its id. */
  add(file: Blob): string;
  watch(run: () => void): void;
}

/** @param base address of the folder `styles` */
export function createPaintings(base: string): Paintings {
  const watchers: (() => void)[] = [];
  const list: Painting[] = bundledIds.map((id) => {
    const url = new URL(`styles/${id}.avif`, base).href;
    return { id, title: (strings) => strings.titles[id], url, source: { id, picture: url } };
  });
  let count = 0;
  return {
    all: () => list,
    get(id) {
      const found = list.find((painting) => painting.id === id) ?? list[0];
      if (found === undefined) throw new Error('internal: no paintings');
      return found;
    },
    add(file) {
      count += 1;
      const number = count;
      const id = `own-${number}`;
      const url = URL.createObjectURL(file);
      list.push({
        id,
        title: (strings) => strings.ownNumbered(number),
        url,
        source: { id, picture: file },
      });
      for (const run of watchers) run();
      return id;
    },
    watch(run) {
      watchers.push(run);
      run();
    },
  };
}

/** @param openOwn lets a file be chosen as an own painting */
export function createGallery(
  store: Store<State>,
  history: History,
  paintings: Paintings,
  openOwn: () => void,
): HTMLElement {
  const list = make('div', { class: 'thumbs', label: (s) => s.paintingsHint, attributes: { role: 'group' } });
  const add = makeButton(openOwn, {
    class: 'quiet words small',
    text: (s) => s.ownPainting,
    icon: icon('plus'),
  });
  const buttons = new Map<string, HTMLButtonElement>();

  function thumb({ id, title, url }: Painting): HTMLButtonElement {
    const image = make('img', { attributes: { src: url, alt: '', draggable: 'false' } });
    image.decoding = 'async';
    // The sample on the stage comes first.
    image.fetchPriority = 'low';
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
