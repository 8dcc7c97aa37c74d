/** Intake of files: chosen, dropped or pasted. */

import { isBehindDialog, isTyping, make } from './dom.ts';
import { isStyleFile } from './own-paintings.ts';
import type { History } from './history.ts';
import { openPhoto } from './photo.ts';
import { problemOf } from './repainting.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import type { Strings } from './strings/en.ts';
import type { Turn } from './turns.ts';
import { wholeView } from './view.ts';

export interface Intake {
  /**
   * Makes the first picture the photograph, or plays it if it moves. Style files become paintings, and so may
   * the other pictures.
   */
  take(files: readonly File[]): void;
  /** Shown while a file is dragged over the page. */
  readonly veil: HTMLElement;
}

/**
 * @param opening is done when the session is there, which files may follow
 * @param nextTurn gives the turns of pictures
 * @param openClip plays a film or an animated picture; false for any other file
 * @param addOwn takes files as paintings
 * @param paintAll paints many photographs
 */
export function createIntake(
  store: Store<State>,
  history: History,
  opening: Promise<unknown>,
  nextTurn: () => Turn,
  openClip: (file: File, turn: Turn) => Promise<boolean>,
  addOwn: (files: readonly File[]) => Promise<void>,
  paintAll: (files: readonly File[]) => void,
): Intake {
  async function open(file: File, turn: Turn): Promise<void> {
    try {
      const photo = await openPhoto(file, file.name);
      if (!turn.isNewest()) {
        photo.image.close();
        return;
      }
      const old = store.get().photo;
      store.set({
        photo,
        painted: undefined,
        compared: {},
        live: undefined,
        notice: undefined,
        view: wholeView,
        split: 0,
        isMasking: false,
      });
      old?.image.close();
      dropMasks();
    } catch (error) {
      if (!turn.isNewest()) return;
      store.set({ notice: { kind: 'problem', text: problemOf(error) } });
    }
  }

  /** Takes masks of the photograph before off this one. */
  function dropMasks(): void {
    const { masks } = store.get().settings;
    if (!masks.some((mask) => mask !== undefined)) return;
    history.change({ masks: masks.map(() => undefined) });
    // Other settings may have changed by then, and stay.
    const run = (): void =>
      history.change({ masks: store.get().settings.styles.map((_, slot) => masks[slot]) });
    const action = { text: (s: Strings) => s.undo, run };
    store.set({ notice: { kind: 'note', text: (s) => s.maskLeft, action } });
  }

  async function take(files: readonly File[]): Promise<void> {
    const turn = nextTurn();
    const areStyles = await Promise.all(files.map(isStyleFile));
    const pictures = files.filter((_, i) => areStyles[i] !== true);
    const [first, ...others] = pictures;
    if (first !== undefined) {
      turn.begin();
      if (!(await openClip(first, turn))) await open(first, turn);
    }
    const styles = files.filter((_, i) => areStyles[i] === true);
    if (styles.length > 0) await addOwn(styles);
    if (others.length === 0 || store.get().notice?.kind === 'problem') return;
    const action = { text: (s: Strings) => s.asPaintings, run: () => void addOwn(others) };
    const other = { text: (s: Strings) => s.batchAll, run: () => paintAll(pictures) };
    store.set({ notice: { kind: 'note', text: (s) => s.moreFiles(others.length), action, other } });
  }

  const veil = make('div', { class: 'drop-veil', attributes: { 'aria-hidden': 'true' } });
  veil.append(make('p', { text: (s) => s.dropNow }));
  veil.hidden = true;

  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;
  const isOverPaintings = (event: DragEvent): boolean =>
    event.target instanceof Element && event.target.closest('.thumbs, .painting-zone') !== null;
  document.addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    if (event.dataTransfer !== null && isBehindDialog()) {
      event.dataTransfer.dropEffect = 'none';
      return;
    }
    veil.hidden = isOverPaintings(event);
    document.body.classList.toggle('drop-style', isOverPaintings(event));
  });
  const endDrag = (): void => {
    veil.hidden = true;
    document.body.classList.remove('drop-style');
  };
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) endDrag();
  });
  document.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    endDrag();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0 || isBehindDialog()) return;
    const accept = isOverPaintings(event) ? addOwn : take;
    void opening.then(() => accept(files));
  });
  document.addEventListener('paste', (event) => {
    if (isBehindDialog()) return;
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) void opening.then(() => take(files));
    else if (!isTyping(event)) store.set({ notice: { kind: 'note', text: (s) => s.nothingToPaste } });
  });
  return { take: (files) => void opening.then(() => take(files)), veil };
}
