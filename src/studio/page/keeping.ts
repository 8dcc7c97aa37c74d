/** What a session holds, and how the page keeps it and gets it back. */

import type { Addresses, Places } from './addresses.ts';
import type { History, Steps } from './history.ts';
import type { Text } from './i18n.ts';
import type { Look } from './look.ts';
import type { OwnPaintings, Paintings } from './paintings.ts';
import { openPhoto } from './photo.ts';
import { pictureFile } from './picture-file.ts';
import { reasonOf, type Repainting } from './repainting.ts';
import type { Session } from './session.ts';
import { completed, type Moment } from './settings.ts';
import type { KeptPhoto, Painted, Saving, State } from './state.ts';
import type { Store } from './store.ts';

/** A painting is kept once it has been shown this long. */
const SHOWN_MS = 600;

export interface Kept extends OwnPaintings {
  readonly photo: KeptPhoto | undefined;
  readonly steps: Steps;
  readonly moments: readonly Moment[];
  /** The whole painting that was shown last, so that it need not be painted again. */
  readonly painted: { readonly look: Look; readonly file: Blob } | undefined;
  readonly slot: number;
  readonly saving: Saving;
  readonly places: Places;
}

/** The page, as far as it is kept. */
interface Parts {
  readonly store: Store<State>;
  readonly history: History;
  readonly paintings: Paintings;
  readonly addresses: Addresses;
  readonly repainting: Repainting;
}

/** Shows the session as soon as it is open, and keeps the page from then on. */
export async function keepPage(opening: Promise<Session<Kept>>, parts: Parts): Promise<void> {
  const { store, history, paintings, addresses, repainting } = parts;
  const files = new WeakMap<Painted, Blob>();
  /** Something has changed since the session was opened. */
  let isDue = false;
  let isTold = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function present(): Kept {
    const { photo, unopened, moments, painted, slot, saving } = store.get();
    const [steps, places] = [history.steps(), addresses.places()];
    const all = [steps.now, ...steps.past, ...steps.future, ...places.left.map(([, settings]) => settings)];
    const own = paintings.all().flatMap((painting) => painting.own ?? []);
    const used = new Set(all.flatMap(({ styles }) => styles.map((id) => paintings.get(id).own)));
    const removed = [...used].filter((picture) => picture !== undefined && !own.includes(picture));
    const file = painted && files.get(painted);
    return {
      photo: photo
        ? { name: photo.name, blob: photo.blob, original: photo.original, crop: photo.crop }
        : unopened,
      painted: painted && file && { look: painted.look, file },
      ...{ own, removed: removed.flatMap((picture) => picture ?? []) },
      ...{ steps, places, moments, slot, saving },
    };
  }

  function keep(): void {
    isDue = true;
    if (!store.get().isOpening) session.keep(present());
  }

  async function keepPainting(painted: Painted): Promise<void> {
    files.set(painted, files.get(painted) ?? (await pictureFile(painted, lossless)));
    if (store.get().painted === painted) keep();
  }

  async function show({ photo, painted }: Kept): Promise<void> {
    if (photo === undefined) return;
    store.set({ unopened: photo });
    const [whole, image] = await Promise.all([
      openPhoto(photo.blob, photo.name),
      // A painting that cannot be read is painted anew.
      painted && createImageBitmap(painted.file).catch(() => undefined),
    ]);
    const { original = photo.blob, crop } = photo;
    const opened = { ...whole, original, crop };
    // Another one may have been opened meanwhile, or all was begun anew.
    if (store.get().photo !== undefined || store.get().unopened !== photo) return;
    if (painted !== undefined && image !== undefined) {
      const { width, height } = image;
      const again: Painted = { image, width, height, isWhole: true, look: painted.look };
      files.set(again, painted.file);
      repainting.keep(opened, again);
    }
    store.set({ photo: opened, unopened: undefined });
  }

  const session = await opening;
  const { kept, newest } = session;
  paintings.load(kept ?? { own: newest?.own ?? [], removed: [] });
  if (kept !== undefined) {
    const { moments, slot, saving, steps } = kept;
    store.set({ moments, slot, saving });
    const [past, future] = [steps.past.map(completed), steps.future.map(completed)];
    history.restore({ past, now: completed(steps.now), future });
  }
  addresses.start(
    kept && { ...kept.places, left: kept.places.left.map(([key, settings]) => [key, completed(settings)]) },
  );
  session.watch((error) => {
    if (error !== undefined && !isTold) {
      const isFull = error instanceof DOMException && error.name === 'QuotaExceededError';
      const reason = reasonOf(error);
      const text: Text = (s) => (isFull ? s.storageFull : s.notKept(reason));
      store.set({ notice: { kind: 'problem', text, isLasting: true } });
    }
    if (error === undefined && store.get().notice?.isLasting) store.set({ notice: undefined });
    isTold = error !== undefined;
  });
  if (!session.canKeep) store.set({ notice: { kind: 'note', text: (s) => s.nothingKept } });
  else {
    store.watch(({ photo, moments, slot, saving }) => [photo, moments, slot, saving], keep);
    store.watch(
      ({ painted, work }) => [painted, work === undefined],
      (painted, isIdle) => {
        clearTimeout(timer);
        if (painted?.isWhole !== true || !isIdle) return;
        timer = setTimeout(() => void keepPainting(painted).catch(() => undefined), SHOWN_MS);
      },
    );
    history.watch(keep);
    paintings.watch(keep);
  }
  isDue = session.isCopy;
  if (kept !== undefined) await show(kept).catch(repainting.tell);
  store.set({ isOpening: false });
  if (isDue) keep();
}

const lossless: Saving = { type: 'PNG', quality: 1, scale: 1 };
