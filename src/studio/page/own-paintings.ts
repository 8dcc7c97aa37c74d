/** Paintings of the user: pictures and style files are added, renamed, removed and saved. */

import { save } from './download.ts';
import { type History, without, withStyle } from './history.ts';
import { type Text, tellAgain } from './i18n.ts';
import type { Engine } from './network.ts';
import type { OwnPainting, Paintings } from './paintings.ts';
import { checkSize, decode, Refusal } from './photo.ts';
import { stemOf } from './picture-file.ts';
import { reasonOf } from './repainting.ts';
import { firstSettings } from './settings.ts';
import type { State } from './state.ts';
import type { Store } from './store.ts';
import { en } from './strings/en.ts';

export interface OwnActions {
  /** Adds files as paintings, and chooses the first. */
  add(files: readonly File[]): Promise<void>;
  rename(id: string, name: string): void;
  remove(id: string): void;
  /** Saves the style of any painting as a file. */
  saveStyle(id: string): Promise<void>;
}

export function createOwnActions(
  store: Store<State>,
  history: History,
  paintings: Paintings,
  engine: Engine,
): OwnActions {
  /** @throws Refusal for what cannot be a painting, now and not at the first use */
  async function opened(file: File): Promise<Omit<OwnPainting, 'number'>> {
    if (!(await isStyleFile(file))) {
      const image = await decode(file, file.name);
      const { width, height } = image;
      image.close();
      checkSize(width, height);
      return { file, name: undefined, thumbnail: undefined, isStyleFile: false };
    }
    const { model } = store.get().settings;
    const thumbnail = await engine.readStyle(model, file).catch((error: unknown) => {
      const reason = reasonOf(error);
      throw new Refusal(() => reason);
    });
    return { file, name: stemOf(file.name), thumbnail, isStyleFile: true };
  }

  // Settings that undo brings back may have a painting that was removed.
  store.watch(
    ({ settings }) => [settings.styles],
    (styles) => {
      for (const id of styles) paintings.restore(id);
    },
  );

  return {
    async add(files) {
      const refused: Text[] = [];
      let first: string | undefined;
      for (const file of files) {
        try {
          const id = paintings.add(await opened(file));
          first ??= id;
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          refused.push(error.text);
        }
      }
      const { settings, slot } = store.get();
      if (first !== undefined) history.change(withStyle(settings, slot, first));
      if (refused.length > 0) {
        const text: Text = (strings) => refused.map((one) => one(strings)).join(' ');
        store.set({ notice: { kind: 'problem', text } });
      }
    },

    rename(id, name) {
      paintings.rename(id, name);
      tellAgain();
    },

    remove(id) {
      const { settings, slot } = store.get();
      const at = settings.styles.indexOf(id);
      const [usual = ''] = firstSettings.styles;
      if (at >= 0) {
        const isOnly = settings.styles.length === 1;
        history.change(isOnly ? withStyle(settings, slot, usual) : without(settings, at));
      }
      const after = store.get().settings;
      const { title } = paintings.get(id);
      paintings.remove(id);
      const run = (): void => {
        paintings.restore(id);
        if (at >= 0 && store.get().settings === after) history.undo();
      };
      const text: Text = (strings) => strings.paintingRemoved(title(strings));
      store.set({ notice: { kind: 'note', text, action: { text: (s) => s.undo, run } } });
    },

    async saveStyle(id) {
      const { source, own, title } = paintings.get(id);
      const { model } = store.get().settings;
      // Names of files are the same in all languages.
      const name = own === undefined ? id : title(en).replaceAll(/[^\p{L}\p{N}. _-]+/gu, '-');
      try {
        const file = own?.isStyleFile === true ? own.file : await engine.saveStyle(model, source, name);
        save(file, `${name}.style`);
      } catch (error) {
        const reason = reasonOf(error);
        store.set({ notice: { kind: 'problem', text: (s) => s.failed(reason) } });
      }
    },
  };
}

/** Style files are known by their first bytes. One that is damaged there is known by its name. */
export async function isStyleFile(file: File): Promise<boolean> {
  const head = await file
    .slice(0, 7)
    .text()
    .catch(() => '');
  return head === 'wfstyle' || /\.style$/i.test(file.name);
}
