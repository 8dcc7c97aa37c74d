/** The folder of a clip's painted frames, of which it is made, and where a later run goes on. Node only. */

import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageError, WasserfarbeError } from '../../errors.ts';
import { type Lock, takeLock } from '../../files/lock.ts';
import { explainFileError } from '../../files/read.ts';
import { readRegular } from '../../files/regular.ts';
import { writeFileAtomic } from '../../files/write.ts';
import type { RgbImage } from '../../images/image.ts';
import { encodeImage } from '../../images/node/image-file.ts';

/** What frames depend on: a later run goes on only with the same. */
export type FrameSettings = Readonly<Record<string, unknown>> & {
  /** What the clip is read from: its file, or a file for each frame. */
  readonly clip: readonly string[];
};

const SETTINGS = 'settings.json';
const LOCK = 'painting.lock';
/** Files of ours, and what a killed process leaves of them. Nothing else is ever removed. */
const own = String.raw`(\d{6,}\.png|\.?\d{6,}\.refined\.png|settings\.json)`;
const ownFile = new RegExp(String.raw`^(${own}|\.${own}\.[\da-f]+\.tmp|painting\.lock\.[\da-f]+(\.new)?)$`);

/** What systems put into any folder. It is passed over, and stays. */
const ofSystems = ['.DS_Store', 'Thumbs.db', 'desktop.ini'];

/** What is in a folder of frames. */
interface Contents {
  readonly settings: FrameSettings;
  /** Number of frames that are there, from the first on. */
  readonly done: number;
}

export class PaintedFrames {
  readonly folder: string;
  /** Number of frames that are there, from the first on. */
  readonly done: number;
  readonly #settings: FrameSettings;
  readonly #lock: Lock;
  /** Whether the folder has been made for these frames. */
  readonly #isNew: boolean;
  #begun = false;

  private constructor(folder: string, { settings, done }: Contents, lock: Lock, isNew: boolean) {
    this.folder = folder;
    this.done = done;
    this.#settings = settings;
    this.#lock = lock;
    this.#isNew = isNew;
  }

  /**
   * Opens the folder, and makes it if it is not there. Frames of other settings stay until the first new one
   * is written. It must be closed.
   *
   * @param anew whether frames of other settings may be replaced
   * @throws WasserfarbeError if another process paints into it, or it holds frames of other settings, or
   *   anything that no run of ours has written
   */
  static async open(folder: string, settings: FrameSettings, anew: boolean): Promise<PaintedFrames> {
    const unusable = (cause: unknown): never => {
      if (cause instanceof WasserfarbeError) throw cause;
      const received = explainFileError(cause);
      throw new WasserfarbeError({ expected: 'a folder for frames', name: folder, received }, { cause });
    };
    const isNew = (await mkdir(folder, { recursive: true }).catch(unusable)) !== undefined;
    const words = { expected: 'a folder that nobody else paints into', name: folder };
    const lock = await takeLock(join(folder, LOCK), words).catch(unusable);
    try {
      return new PaintedFrames(folder, { settings, done: await doneOf(folder, settings, anew) }, lock, isNew);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  path(i: number): string {
    return join(this.folder, frameName(i));
  }

  /**
   * The refined painting from which the frame after `i` takes its paint, where frames are refined. That of
   * the last frame stays, for a clip that grows. It is hidden, lest it is taken for a frame.
   */
  refinedPath(i: number): string {
    return join(this.folder, refinedName(i));
  }

  /** Writes a frame as PNG, whole or not at all. @throws ImageError */
  async write(i: number, image: RgbImage, refined?: RgbImage): Promise<void> {
    if (!this.#begun) await this.#begin();
    this.#begun = true;
    // Before the frame, so that each frame that is there can be gone on from.
    if (refined !== undefined) await writePng(this.refinedPath(i), refined);
    await writePng(this.path(i), image);
    if (i > 0) await rm(this.refinedPath(i - 1), { force: true });
  }

  /** Removes all but `count` frames and what a later run needs of them: the folder is a result now. */
  async settle(count: number): Promise<void> {
    const last = refinedName(count - 1);
    await removeOwn(this.folder, (name) => name !== last && (isLeftover(name) || name.includes('.refined.')));
  }

  async remove(): Promise<void> {
    await removeOwn(this.folder, () => true);
    await this.#lock.release();
    await rmdir(this.folder).catch(() => {});
  }

  /** Lets others paint into the folder. One that was made for nothing is gone. */
  async close(): Promise<void> {
    await this.#lock.release();
    if (this.#isNew) await rmdir(this.folder).catch(() => {});
  }

  /** Makes room for new frames. */
  async #begin(): Promise<void> {
    // Without frames the settings are no longer those of any, so that a kill in between mixes none.
    await removeOwn(this.folder, (name) => name !== SETTINGS && (this.done === 0 || isLeftover(name)));
    const text = `${JSON.stringify(this.#settings, null, 2)}\n`;
    await writeFileAtomic(join(this.folder, SETTINGS), new TextEncoder().encode(text)).catch(
      unwritten(join(this.folder, SETTINGS)),
    );
  }
}

/**
 * The number of frames in a folder with which these settings go on.
 *
 * @throws like {@link PaintedFrames.open}
 */
async function doneOf(folder: string, settings: FrameSettings, anew: boolean): Promise<number> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith(LOCK) && !ofSystems.includes(name));
  const strange = names.find((name) => !ownFile.test(name));
  if (strange !== undefined) throw notEmpty(folder, strange);
  const before = await readRegular(join(folder, SETTINGS)).then(
    (bytes) => new TextDecoder().decode(bytes),
    () => undefined,
  );
  if (before === undefined) {
    // Other programs number their frames alike.
    const [frame] = names.filter((name) => !name.startsWith('.'));
    if (frame !== undefined) throw notEmpty(folder, frame);
    return 0;
  }
  let done = 0;
  while (names.includes(frameName(done))) done++;
  const differing = differences(before, settings, done);
  // With the same settings --force goes on too: what an interruption has left would be lost else.
  if (differing.length === 0) return done;
  if (anew) return 0;
  throw new WasserfarbeError({
    expected: 'the settings that its frames were painted with',
    name: folder,
    received: `others (${differing.join(', ')})`,
    remedy: 'add --force to begin anew, or choose another --output',
  });
}

function notEmpty(folder: string, name: string): WasserfarbeError {
  const problem = { expected: 'an empty folder for frames', name: folder, received: `one with ${name}` };
  return new WasserfarbeError({ ...problem, remedy: 'choose another --output' });
}

async function removeOwn(folder: string, which: (name: string) => boolean): Promise<void> {
  for (const name of await readdir(folder)) {
    if (ownFile.test(name) && which(name)) await rm(join(folder, name), { force: true });
  }
}

async function writePng(path: string, image: RgbImage): Promise<void> {
  await writeFileAtomic(path, await encodeImage(image, 'png')).catch(unwritten(path));
}

/** For `.catch`: turns an error of the file system into an ImageError. */
function unwritten(path: string): (cause: unknown) => never {
  return (cause) => {
    const received = explainFileError(cause);
    throw new ImageError({ expected: 'a frame that can be written', name: path, received }, { cause });
  };
}

/** Whether a file is one of ours that was not finished. */
function isLeftover(name: string): boolean {
  return name.endsWith('.tmp');
}

function refinedName(i: number): string {
  return `.${frameName(i).replace('.png', '.refined.png')}`;
}

function frameName(i: number): string {
  return `${String(i + 1).padStart(6, '0')}.png`;
}

/**
 * Names of the settings that differ; their order does not count. Of a clip only what the first `done` frames
 * are made from: a later one may be mended.
 */
function differences(before: string, settings: FrameSettings, done: number): string[] {
  try {
    const [a, b] = [JSON.parse(before), JSON.parse(JSON.stringify(settings))];
    const text = (name: string, value: unknown) =>
      JSON.stringify(name === 'clip' && Array.isArray(value) ? value.slice(0, done) : value);
    return Object.keys({ ...a, ...b }).filter((name) => text(name, a[name]) !== text(name, b[name]));
  } catch {
    return ['unreadable ones'];
  }
}
