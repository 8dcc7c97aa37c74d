/** Messages, and the line that shows progress. */

import { icon, make, makeButton } from './dom.ts';
import { describe } from './i18n.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

/** Notes disappear after this time; problems, and what offers something, stay until they are closed. */
const NOTE_MS = 7000;

export function createNotices(store: Store<State>): HTMLElement {
  const words = make('p', { attributes: { role: 'alert' } });
  const close = makeButton(() => store.set({ notice: undefined }), {
    class: 'quiet',
    label: (s) => s.dismiss,
    icon: icon('close'),
  });
  const acts = (['action', 'other'] as const).map((which) => {
    const act = make('button', { class: 'quiet words act', attributes: { type: 'button' } });
    act.addEventListener('click', () => {
      const { notice } = store.get();
      store.set({ notice: undefined });
      notice?.[which]?.run();
    });
    return [which, act] as const;
  });
  const element = make('div', { class: 'notice' }, words, ...acts.map(([, act]) => act), close);
  let timer: ReturnType<typeof setTimeout> | undefined;
  describe(
    store,
    ({ notice }) => [notice],
    (strings, notice) => {
      element.hidden = notice === undefined;
      words.textContent = notice?.text(strings) ?? '';
      element.dataset.kind = notice?.kind ?? '';
      for (const [which, act] of acts) {
        act.hidden = notice?.[which] === undefined;
        act.textContent = notice?.[which]?.text(strings) ?? '';
      }
      clearTimeout(timer);
      if (notice?.kind === 'note' && notice.action === undefined)
        timer = setTimeout(() => store.set({ notice: undefined }), NOTE_MS);
    },
  );
  // A problem is over when what was tried after it has worked.
  let before: State['notice'];
  store.watch(
    ({ work, isExporting }) => [work === undefined && !isExporting],
    (isDone) => {
      if (!isDone) before = store.get().notice;
    },
  );
  store.watch(
    ({ painted, isExporting }) => [painted?.isWhole === true && painted, isExporting],
    (painted, isExporting) => {
      const { notice } = store.get();
      if (painted === false || isExporting || notice?.kind !== 'problem' || notice.isLasting) return;
      if (notice === before) store.set({ notice: undefined });
    },
  );
  return element;
}

export function createProgress(store: Store<State>): HTMLElement {
  const bar = make('div', { class: 'progress-bar' });
  const element = make('div', { class: 'progress', attributes: { 'aria-hidden': 'true' } }, bar);
  store.watch(
    ({ work }) => [work],
    (work) => {
      element.hidden = work === undefined;
      const { tiles, done = tiles && tiles.done / tiles.total } = work ?? {};
      element.classList.toggle('unknown', done === undefined);
      bar.style.setProperty('width', done === undefined ? '' : `${100 * done}%`);
    },
  );
  return element;
}
