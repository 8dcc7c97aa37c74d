/** Intake of photographs: chosen, dropped or pasted. */

import { make } from './dom.ts';
import { openPhoto, Refusal } from './photo.ts';
import { reasonOf } from './repainting.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import { wholeView } from './view.ts';

export interface Intake {
  /** Makes a picture the photograph, or plays a video. */
  take(file: File): void;
  /** Shown while a file is dragged over the page. */
  readonly veil: HTMLElement;
}

/**
 * @param openVideo plays a video file
 * @param addOwn takes a file as a painting
 */
export function createIntake(
  store: Store<State>,
  openVideo: (file: File) => void,
  addOwn: (file: File) => void,
): Intake {
  let latest = 0;

  async function open(file: File): Promise<void> {
    latest += 1;
    const number = latest;
    try {
      const photo = await openPhoto(file, file.name);
      if (number !== latest) return;
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
    } catch (error) {
      const reason = reasonOf(error);
      const text = error instanceof Refusal ? error.text : undefined;
      store.set({ notice: { kind: 'problem', text: text ?? ((s) => s.failed(reason)) } });
    }
  }

  function take(file: File): void {
    if (file.type.startsWith('video/')) openVideo(file);
    else void open(file);
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
    const file = event.dataTransfer?.files[0];
    if (file === undefined) return;
    if (isOverPaintings(event)) addOwn(file);
    else take(file);
  });
  document.addEventListener('paste', (event) => {
    const file = event.clipboardData?.files[0];
    if (file !== undefined) take(file);
    else store.set({ notice: { kind: 'note', text: (s) => s.nothingToPaste } });
  });
  return { take, veil };
}
