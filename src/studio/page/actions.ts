/** The header: undo, redo, new, link, saving, language, light or dark. */

import { icon, isBehindDialog, isTyping, make, makeButton, mark } from './dom.ts';
import type { Addresses } from './addresses.ts';
import { beginAnew } from './anew.ts';
import type { History } from './history.ts';
import { currentLanguage, setLanguage } from './i18n.ts';
import { toFragment } from './link.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import { isBundled } from './paintings.ts';
import type { Turn } from './turns.ts';
import { currentTheme, rememberLanguage, setTheme } from './theme.ts';

export function createHeader(
  store: Store<State>,
  history: History,
  addresses: Addresses,
  saveMenu: HTMLElement,
  openHelp: () => void,
  nextTurn: () => Turn,
): HTMLElement {
  const anew = makeButton(() => beginAnew(store, history, addresses, nextTurn()), {
    class: 'quiet',
    label: (s) => s.anew,
    icon: icon('fresh'),
  });
  const undo = makeButton(history.undo, { class: 'quiet', label: (s) => s.undo, icon: icon('undo') });
  const redo = makeButton(history.redo, { class: 'quiet', label: (s) => s.redo, icon: icon('redo') });
  store.watch(
    ({ canUndo, canRedo, photo, unopened, live, isOpening }) => [
      canUndo,
      canRedo,
      (photo ?? unopened ?? live) !== undefined,
      isOpening,
    ],
    (canUndo, canRedo, hasPicture, isOpening) => {
      // The kept photograph would come back as soon as it is open.
      anew.disabled = isOpening || !(canUndo || canRedo || hasPicture);
      undo.disabled = !canUndo;
      redo.disabled = !canRedo;
    },
  );
  document.addEventListener('keydown', (event) => {
    if (isBehindDialog()) return;
    // On the page itself or the picture, so that it disturbs nothing that is typed or spoken elsewhere.
    const isFree = event.target === document.body || event.target instanceof HTMLCanvasElement;
    if (event.key === '?' && isFree) openHelp();
    if (!(event.ctrlKey || event.metaKey) || event.altKey || isTyping(event)) return;
    const key = event.key.toLowerCase();
    if (key === 'z' && !event.shiftKey) history.undo();
    else if (key === 'y' || (key === 'z' && event.shiftKey)) history.redo();
    else return;
    event.preventDefault();
  });
  const link = makeButton(() => void share(store, addresses), {
    class: 'quiet',
    label: (s) => s.link,
    icon: icon('link'),
  });
  const wordmark = make('h1', { class: 'wordmark' }, mark(), make('span', {}, 'Wasserfarbe'));
  const actions = make('div', { class: 'actions' }, undo, redo, anew, link, saveMenu);
  const help = makeButton(openHelp, { class: 'quiet help', label: (s) => s.keysOpen, icon: icon('keys') });
  const looks = make('div', { class: 'actions looks' }, help, languageSwitch(), themeSwitch());
  return make('header', {}, wordmark, looks, actions);
}

/** Puts the settings into the address and copies it. */
async function share(store: Store<State>, addresses: Addresses): Promise<void> {
  addresses.write(toFragment(store.get().settings, isBundled));
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
