/** The menu that saves the painting, copies or shares it, and saves its styles. */

import { choice, icon, make, makeButton, slider } from './dom.ts';
import { canShare, type Download, wholeOf } from './download.ts';
import { describe, type Text } from './i18n.ts';
import type { Paintings } from './paintings.ts';
import { savedSize, writableTypes } from './picture-file.ts';
import type { Saving, State } from './state.ts';
import type { Store } from './store.ts';

/**
 * @param saveStyle saves the style of a painting as a file
 * @param openMany lets photographs be chosen that are painted alike
 */
export function createSaveMenu(
  store: Store<State>,
  download: Download,
  paintings: Paintings,
  saveStyle: (id: string) => void,
  openMany: () => void,
): HTMLElement {
  const change = (saving: Partial<Saving>): void =>
    store.set({ saving: { ...store.get().saving, ...saving } });
  const types = make('div');
  void writableTypes().then((values) => {
    // A session of another browser may have another one.
    if (!values.includes(store.get().saving.type)) change({ type: 'PNG' });
    types.replaceChildren(
      choice(store, {
        name: (s) => s.fileType,
        values,
        textOf: (type) => () => type,
        read: ({ saving }) => saving.type,
        choose: (type) => change({ type }),
      }),
    );
  });
  const quality = slider(store, {
    name: (s) => s.quality,
    least: 10,
    most: 100,
    step: 1,
    read: ({ saving }) => Math.round(100 * saving.quality),
    show: (s, value) => s.percent(value),
    move: (value) => change({ quality: value / 100 }),
    finish: () => undefined,
    isUsed: ({ saving }) => saving.type !== 'PNG',
  });
  const scale = slider(store, {
    name: (s) => s.fileSize,
    least: 10,
    most: 100,
    step: 5,
    read: ({ saving }) => Math.round(100 * saving.scale),
    show: (s, value) => s.percent(value),
    move: (value) => change({ scale: value / 100 }),
    finish: () => undefined,
  });
  const size = make('p', { class: 'hint' });
  describe(
    store,
    ({ photo, saving }) => [photo, saving.scale],
    (strings, photo, scale) => {
      const { width, height } = savedSize(photo ?? { width: 0, height: 0 }, { scale });
      size.textContent = photo === undefined ? '' : strings.downloadSize(width, height);
    },
  );

  const closing = (run: () => void) => (): void => {
    menu.hidePopover();
    run();
  };
  const saving = makeButton(
    closing(() => void download.save()),
    { class: 'primary wide', icon: icon('download') },
  );
  const words = make('span');
  saving.append(words);
  describe(
    store,
    ({ saving }) => [saving.type],
    (strings, type) => {
      words.textContent = strings.downloadAs(type);
    },
  );
  const other = (name: 'copy' | 'share', text: Text): HTMLButtonElement =>
    makeButton(
      closing(() => void download[name]()),
      { class: 'plain wide', icon: icon(name), text },
    );
  const others = make(
    'div',
    { class: 'row' },
    other('copy', (s) => s.copy),
  );
  if (canShare()) others.append(other('share', (s) => s.share));

  const many = makeButton(closing(openMany), {
    class: 'plain',
    icon: icon('photo'),
    text: (s) => s.batchOpen,
  });

  const styles = make('div', { class: 'styles', attributes: { role: 'group' }, label: (s) => s.styleFiles });
  describe(
    store,
    ({ settings }) => [settings.styles],
    (strings, ids) => {
      // A style file would hold nothing of what was learnt.
      const unlearnt = ids.filter((id) => paintings.get(id).own?.tuned === undefined);
      styles.hidden = unlearnt.length === 0;
      const buttons = unlearnt.map((id) => {
        const button = makeButton(
          closing(() => saveStyle(id)),
          { class: 'quiet words' },
        );
        button.textContent = strings.styleFile(paintings.get(id).title(strings));
        return button;
      });
      styles.replaceChildren(...buttons);
    },
  );
  const menu = make(
    'div',
    { class: 'menu save-menu', id: 'download-menu', attributes: { popover: '' } },
    ...[types, quality, scale, size, saving, others, many, styles],
  );
  const button = makeButton(() => undefined, {
    class: 'primary',
    text: (s) => s.download,
    icon: icon('download'),
    attributes: { popovertarget: menu.id },
  });
  store.watch(
    (state) => [wholeOf(state) === undefined || state.isExporting, state.isExporting],
    (isOff, isBusy) => {
      button.disabled = isOff;
      button.ariaBusy = `${isBusy}`;
    },
  );
  return make('div', { class: 'menu-anchor' }, button, menu);
}
