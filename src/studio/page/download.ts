/** The painting for elsewhere: as a file, in the clipboard, or shared. */

import { freePainted, isSame, lookOf, momentOf } from './look.ts';
import type { Engine, PaintJob } from './network.ts';
import type { Paintings } from './paintings.ts';
import { Refusal } from './photo.ts';
import { paintedName, pictureFile } from './picture-file.ts';
import { beginning, problemOf, styleJob, toPainted } from './repainting.ts';
import type { Painted, Saving, State } from './state.ts';
import type { Store } from './store.ts';
import type { Text } from './i18n.ts';
import type { Strings } from './strings/en.ts';

/** The painting that is shown, if it is that of photograph and settings, and in full size. */
export function wholeOf({ photo, painted, settings, live }: State): Painted | undefined {
  if (photo === undefined || live !== undefined || settings.isCompared) return undefined;
  return painted?.isWhole === true && isSame(painted.look, lookOf(photo, settings)) ? painted : undefined;
}

export interface Download {
  save(): Promise<void>;
  /** Copies it to the clipboard, as PNG. */
  copy(): Promise<void>;
  /** Hands it to another program. */
  share(): Promise<void>;
}

/** Whether the browser hands pictures to other programs. */
export function canShare(): boolean {
  const file = new File([], 'picture.png', { type: 'image/png' });
  return (navigator as Partial<Navigator>).canShare?.({ files: [file] }) === true;
}

/**
 * Takes the painting as it is at the click, whatever is changed while the file is made. The shown picture is
 * blended by the browser from values in 0–255, so a lesser strength is painted anew: where the network paints
 * brighter or darker than that, it differs slightly.
 */
export function createDownload(store: Store<State>, engine: Engine, paintings: Paintings): Download {
  async function made(changes: Partial<Saving> = {}): Promise<File> {
    const { photo, settings, saving } = store.get();
    const shown = wholeOf(store.get());
    if (photo === undefined || shown === undefined) throw new Error('internal: nothing to save');
    const { model, strength } = settings;
    const as = { ...saving, ...changes };
    const job = {
      ...styleJob(settings, paintings),
      ...beginning(momentOf(photo, settings)),
      ...{ model, strength, picture: photo.blob },
    };
    const picture = strength === 1 ? shown : await toPainted(await painted(job));
    try {
      const blob = await pictureFile(picture, as);
      return new File([blob], paintedName(photo.name, as.type), { type: blob.type });
    } finally {
      if (picture !== shown) freePainted(picture);
    }
  }

  async function painted(job: PaintJob): Promise<ImageData> {
    try {
      return await engine.paint(job);
    } catch (error) {
      throw new Refusal(problemOf(error));
    }
  }

  /** Runs while the page shows that a file is made. */
  async function busily(run: () => Promise<void>, failed: Text): Promise<void> {
    if (store.get().isExporting) return;
    store.set({ isExporting: true });
    try {
      await run();
    } catch (error) {
      const text = error instanceof Refusal ? error.text : failed;
      store.set({ notice: { kind: 'problem', text } });
    } finally {
      store.set({ isExporting: false });
    }
  }

  async function ofShown(run: () => Promise<void>, problem: Text): Promise<void> {
    if (wholeOf(store.get()) !== undefined) await busily(run, problem);
  }

  const failed: Text = (s) => s.shareFailed;

  async function hand(file: File): Promise<void> {
    try {
      await navigator.share({ files: [file] });
    } catch (error) {
      const name = error instanceof Error ? error.name : '';
      if (name === 'AbortError') return;
      if (name !== 'NotAllowedError') throw error;
      // Browsers forget a click after some seconds. What took longer needs another one.
      const run = (): void => void busily(() => hand(file), failed);
      const action = { text: (s: Strings) => s.share, run };
      store.set({ notice: { kind: 'note', text: (s) => s.shareReady, action } });
    }
  }

  return {
    save: () =>
      ofShown(
        async () => {
          const file = await made();
          save(file, file.name);
        },
        (s) => s.downloadFailed,
      ),
    copy: () =>
      ofShown(
        async () => {
          // The item is made at the click, since browsers refuse later ones.
          await navigator.clipboard.write([new ClipboardItem({ 'image/png': made({ type: 'PNG' }) })]);
          store.set({ notice: { kind: 'note', text: (s) => s.copied } });
        },
        (s) => s.copyFailed,
      ),
    share: () => ofShown(async () => hand(await made()), failed),
  };
}

/** Hands a file to the browser to save. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // By then the download has begun.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
