/** Many photographs are painted one after the other, by the settings as they were at the start. */

import { save } from './download.ts';
import type { Text } from './i18n.ts';
import type { Parts } from './later.ts';
import { freePainted } from './look.ts';
import { openPhoto, Refusal } from './photo.ts';
import { paintedName, pictureFile, stemOf } from './picture-file.ts';
import { reasonOf, styleJob, toPainted } from './repainting.ts';
import { createZip, type Zip, zipLimits } from './zip.ts';

/** Takes the finished pictures. */
export interface Target {
  write(name: string, picture: Blob): Promise<void>;
  /** Called once, also when the work was stopped. */
  finish(): void;
}

/** How far it is. */
export interface BatchProgress {
  /** Photographs that are over, painted or refused. */
  readonly done: number;
  readonly saved: number;
  readonly refused: readonly { readonly name: string; readonly text: Text }[];
  /** Name of the one that is painted. */
  readonly name: string | undefined;
}

/**
 * Paints photographs, whole and without masks, which belong to the photograph that is shown. One that cannot
 * be painted is listed, and the others go on.
 *
 * @param signal ends it; what was painted before is kept
 * @throws Error if the target takes no more
 */
export async function paintBatch(
  files: readonly File[],
  target: Target,
  { store, engine, paintings }: Parts,
  signal: AbortSignal,
  tell: (progress: BatchProgress) => void,
): Promise<void> {
  const { settings, saving } = store.get();
  const masks = settings.masks.map(() => undefined);
  const job = { ...styleJob({ ...settings, masks }, paintings), model: settings.model };
  const names = new Set<string>();
  let progress: BatchProgress = { done: 0, saved: 0, refused: [], name: undefined };
  const update = (patch: Partial<BatchProgress>): void => {
    progress = { ...progress, ...patch };
    tell(progress);
  };

  async function painted(file: File): Promise<Blob> {
    // Refuses what is no picture, too large or too small, as for a single one.
    (await openPhoto(file, file.name)).image.close();
    const pixels = await engine.paint({ ...job, strength: settings.strength, picture: file, signal });
    const picture = await toPainted(pixels);
    try {
      return await pictureFile(picture, saving);
    } finally {
      freePainted(picture);
    }
  }

  try {
    for (const file of files) {
      if (signal.aborted) break;
      update({ name: file.name });
      let picture: Blob | undefined;
      try {
        picture = await painted(file);
      } catch (error) {
        if (signal.aborted) break;
        const reason = reasonOf(error);
        const text: Text = error instanceof Refusal ? error.text : () => `${file.name}: ${reason}`;
        update({ refused: [...progress.refused, { name: file.name, text }] });
      }
      if (picture !== undefined) {
        await target.write(unused(paintedName(file.name, saving.type), names), picture);
        update({ saved: progress.saved + 1 });
      }
      update({ done: progress.done + 1 });
    }
  } finally {
    target.finish();
    update({ name: undefined });
  }
}

/** A name that none of the others has: `a.png`, `a-2.png`. */
function unused(name: string, names: Set<string>): string {
  const stem = stemOf(name);
  let found = name;
  for (let i = 2; names.has(found.toLowerCase()); i++) found = `${stem}-${i}${name.slice(stem.length)}`;
  names.add(found.toLowerCase());
  return found;
}

/** Saves a zip file at the end, and more than one if the pictures do not fit. */
export function zipTarget(): Target {
  let [zip, number]: [Zip, number] = [createZip(), 1];
  function finish(): void {
    if (zip.count() === 0) return;
    save(zip.finish(), number === 1 ? 'painted.zip' : `painted-${number}.zip`);
    number += 1;
    zip = createZip();
  }
  return {
    async write(name, picture) {
      // A name takes less than a kilobyte, twice.
      const isFull = zip.size() + picture.size + 2048 > zipLimits.bytes || zip.count() >= zipLimits.files;
      if (isFull) finish();
      await zip.add(name, picture);
    },
    finish,
  };
}

/** Writes into a folder, beside what is there. */
export function folderTarget(folder: FileSystemDirectoryHandle): Target {
  async function isThere(name: string): Promise<boolean> {
    return folder.getFileHandle(name).then(
      () => true,
      () => false,
    );
  }
  return {
    async write(name, picture) {
      const stem = stemOf(name);
      let free = name;
      for (let i = 2; await isThere(free); i++) free = `${stem}-${i}${name.slice(stem.length)}`;
      const handle = await folder.getFileHandle(free, { create: true });
      // The file gets its content when the stream is closed, all of it.
      const stream = await handle.createWritable();
      try {
        await stream.write(picture);
        await stream.close();
      } catch (error) {
        await stream.abort().catch(() => undefined);
        await folder.removeEntry(free).catch(() => undefined);
        throw error;
      }
    },
    finish: () => undefined,
  };
}
