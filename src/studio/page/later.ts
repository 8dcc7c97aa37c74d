/** Parts of the page that are rarely wanted. Their code is loaded when they are. */

import { isBehindDialog } from './dom.ts';
import type { Engine } from './network.ts';
import type { History } from './history.ts';
import type { Paintings } from './paintings.ts';
import { problemOf } from './repainting.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';

/** What the parts work on. */
export interface Parts {
  readonly store: Store<State>;
  readonly history: History;
  readonly paintings: Paintings;
  readonly engine: Engine;
}

export interface Later {
  keyboardHelp(): void;
  /** Learns the chosen painting, and shows that in an element. */
  learn(place: HTMLElement): void;
  /** Turns and crops the photograph. */
  crop(): void;
  /** Paints many photographs. */
  batch(files: readonly File[]): void;
  /** Renders a whole clip. */
  clip(file: File): void;
}

export function createLater(parts: Parts): Later {
  const { store } = parts;
  function run(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      store.set({ notice: { kind: 'problem', text: problemOf(error) } });
    });
  }

  let isOpening = false;
  /** Opens a dialog, unless one is open or on its way: that may take a second, and people click again. */
  function open(load: () => Promise<unknown>): void {
    if (isOpening || isBehindDialog()) return;
    isOpening = true;
    run(
      load().finally(() => {
        isOpening = false;
      }),
    );
  }

  return {
    learn: (place) => run(import('./learning.ts').then(({ learn }) => learn(parts, place))),
    crop: () => open(() => import('./crop-dialog.ts').then(({ openCrop }) => openCrop(parts))),
    batch(files) {
      if (files.length === 0) return;
      open(() => import('./batch-dialog.ts').then(({ openBatch }) => openBatch(files, parts)));
    },
    clip: (file) => open(() => import('./clip-dialog.ts').then(({ openClip }) => openClip(file, parts))),
    keyboardHelp: () =>
      open(() => import('./keyboard-help.ts').then(({ openKeyboardHelp }) => openKeyboardHelp())),
  };
}
