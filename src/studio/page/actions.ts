/** The header: undo, redo, link, download, language, light or dark. */

import { icon, make, makeButton, mark } from './dom.ts';
import { type DownloadType, wholeOf } from './download.ts';
import type { History } from './history.ts';
import { currentLanguage, describe, setLanguage } from './i18n.ts';
import { toFragment } from './link.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import { isBundled } from './gallery.ts';
import { currentTheme, rememberLanguage, setTheme } from './theme.ts';

export function createHeader(
  store: Store<State>,
  history: History,
  download: (type: DownloadType) => Promise<void>,
): HTMLElement {
  const undo = makeButton(history.undo, { class: 'quiet', label: (s) => s.undo, icon: icon('undo') });
  const redo = makeButton(history.redo, { class: 'quiet', label: (s) => s.redo, icon: icon('redo') });
  store.watch(
    ({ canUndo, canRedo }) => [canUndo, canRedo],
    (canUndo, canRedo) => {
      undo.disabled = !canUndo;
      redo.disabled = !canRedo;
    },
  );
  document.addEventListener('keydown', (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key === 'z' && !event.shiftKey) history.undo();
    else if (key === 'y' || (key === 'z' && event.shiftKey)) history.redo();
    else return;
    event.preventDefault();
  });
  const link = makeButton(() => void share(store), {
    class: 'quiet',
    label: (s) => s.link,
    icon: icon('link'),
  });
  const wordmark = make('h1', { class: 'wordmark' }, mark(), make('span', {}, 'Wasserfarbe'));
  const actions = make('div', { class: 'actions' }, undo, redo, link, createDownloadMenu(store, download));
  const looks = make('div', { class: 'actions looks' }, languageSwitch(), themeSwitch());
  return make('header', {}, wordmark, looks, actions);
}

/** A button that opens the choice of file types. */
function createDownloadMenu(
  store: Store<State>,
  download: (type: DownloadType) => Promise<void>,
): HTMLElement {
  const size = make('p', { class: 'hint' });
  const types: readonly DownloadType[] = ['PNG', 'JPEG'];
  const choices = types.map((type) =>
    makeButton(() => choose(type), { class: 'plain wide', text: (s) => s.downloadAs(type) }),
  );
  const choose = (type: DownloadType): void => {
    menu.hidePopover();
    void download(type);
  };
  const menu = make(
    'div',
    { class: 'menu', id: 'download-menu', attributes: { popover: '' } },
    ...choices,
    size,
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
  describe(
    store,
    ({ photo }) => [photo],
    (strings, photo) => {
      size.textContent = photo === undefined ? '' : strings.downloadSize(photo.width, photo.height);
    },
  );
  return make('div', { class: 'menu-anchor' }, button, menu);
}

/** Puts the settings into the address and copies it. */
async function share(store: Store<State>): Promise<void> {
  window.history.replaceState(null, '', toFragment(store.get().settings, isBundled));
  const isCopied = await navigator.clipboard?.writeText(location.href).then(
    () => true,
    () => false,
  );
  store.set({ notice: { kind: 'note', text: (s) => (isCopied === true ? s.linkCopied : s.linkShown) } });
}

function languageSwitch(): HTMLElement {
  const other = () => (currentLanguage() === 'en' ? 'zh' : 'en');
  return makeButton(
    () => {
      setLanguage(other());
      rememberLanguage(currentLanguage());
    },
    { class: 'quiet words', label: (s) => s.switchLanguage, text: (s) => s.otherLanguage },
  );
}

function themeSwitch(): HTMLElement {
  const button = makeButton(
    () => {
      setTheme(currentTheme() === 'dark' ? 'light' : 'dark');
      show();
    },
    { class: 'quiet' },
  );
  const [toDark, toLight] = [
    make('span', { class: 'unseen', text: (s) => s.themeToDark }),
    make('span', { class: 'unseen', text: (s) => s.themeToLight }),
  ];
  function show(): void {
    const isDark = currentTheme() === 'dark';
    button.replaceChildren(icon(isDark ? 'sun' : 'moon'), isDark ? toLight : toDark);
  }
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', show);
  show();
  return button;
}
