/** The folder of a clip's painted frames, of which it is made, and where a later run goes on. Node only. */

import { access, mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageError, WasserfarbeError } from '../../errors.ts';
import { explainFileError } from '../../files/read.ts';
import { readRegular } from '../../files/regular.ts';
import { writeFileAtomic } from '../../files/write.ts';
import type { RgbImage } from '../../images/image.ts';
import { encodeImage } from '../../images/node/image-file.ts';

/** What frames depend on: a later run goes on only with the same. */
export type FrameSettings = Readonly<Record<string, unknown>>;

const SETTINGS = 'settings.json';
/** Files of ours, and what a killed process leaves of them. Nothing else is ever removed. */
const own = String.raw`(\d{6,}(\.refined)?\.png|settings\.json)`;
const ownFile = new RegExp(String.raw`^(${own}|\.${own}\.[\da-f]+\.tmp)$`);

export class PaintedFrames {
  readonly folder: string;
  /** Number of frames that are there, from the first on. */
  readonly done: number;

  private constructor(folder: string, done: number) {
    this.folder = folder;
    this.done = done;
  }

  /**
   * Opens the folder, and makes it if it is not there.
   *
   * @param anew whether frames of other settings are removed
   * @throws WasserfarbeError if it holds frames of other settings, or anything else
   */
  static async open(folder: string, settings: FrameSettings, anew: boolean): Promise<PaintedFrames> {
    await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
      const received = explainFileError(cause);
      throw new WasserfarbeError({ expected: 'a folder for frames', name: folder, received }, { cause });
    });
    const names = await readdir(folder);
    const strange = names.find((name) => !ownFile.test(name));
    if (strange !== undefined) throw notEmpty(folder, strange, 'choose another --output');
    const before = await readRegular(join(folder, SETTINGS)).then(
      (bytes) => new TextDecoder().decode(bytes),
      () => undefined,
    );
    const differing = before === undefined ? [] : differences(before, settings);
    if (!anew && differing.length > 0) {
      throw new WasserfarbeError({
        expected: 'the settings that its frames were painted with',
        name: folder,
        received: `others (${differing.join(', ')})`,
        remedy: 'add --force to begin anew, or choose another --output',
      });
    }
    const [frame] = before === undefined ? names.filter((name) => !name.startsWith('.')) : [];
    if (!anew && frame !== undefined) {
      throw notEmpty(folder, frame, 'add --force to begin anew, or choose another --output');
    }
    // With the same settings --force goes on too: what an interruption has left would be lost else.
    const isOurs = before !== undefined && differing.length === 0;
    await removeOwn(folder, (name) => name.startsWith('.') || !isOurs);
    if (!isOurs) {
      const text = `${JSON.stringify(settings, null, 2)}\n`;
      await writeFileAtomic(join(folder, SETTINGS), new TextEncoder().encode(text));
    }
    let done = 0;
    while (await exists(join(folder, frameName(done)))) done++;
    return new PaintedFrames(folder, done);
  }

  path(i: number): string {
    return join(this.folder, frameName(i));
  }

  /** The refined painting from which the frame after `i` takes its paint, where frames are refined. */
  refinedPath(i: number): string {
    return join(this.folder, refinedName(i));
  }

  /** Writes a frame as PNG, whole or not at all. @throws ImageError */
  async write(i: number, image: RgbImage, refined?: RgbImage): Promise<void> {
    // Before the frame, so that each frame that is there can be gone on from.
    if (refined !== undefined) await writePng(this.refinedPath(i), refined);
    await writePng(this.path(i), image);
    if (i > 0) await rm(this.refinedPath(i - 1), { force: true });
  }

  /** Removes all but the frames: the folder is a result now. */
  async settle(): Promise<void> {
    await removeOwn(this.folder, (name) => name === SETTINGS || name.includes('.refined.'));
  }

  async remove(): Promise<void> {
    await removeOwn(this.folder, () => true);
    await rmdir(this.folder).catch(() => {});
  }
}

function notEmpty(folder: string, name: string, remedy: string): WasserfarbeError {
  const problem = { expected: 'an empty folder for frames', name: folder, received: `one with ${name}` };
  return new WasserfarbeError({ ...problem, remedy });
}

async function removeOwn(folder: string, which: (name: string) => boolean): Promise<void> {
  for (const name of await readdir(folder)) {
    if (ownFile.test(name) && which(name)) await rm(join(folder, name), { force: true });
  }
}

async function writePng(path: string, image: RgbImage): Promise<void> {
  await writeFileAtomic(path, await encodeImage(image, 'png')).catch((cause: unknown) => {
    const received = explainFileError(cause);
    throw new ImageError({ expected: 'a frame that can be written', name: path, received }, { cause });
  });
}

function refinedName(i: number): string {
  return frameName(i).replace('.png', '.refined.png');
}

function frameName(i: number): string {
  return `${String(i + 1).padStart(6, '0')}.png`;
}

/** Names of the settings that differ; their order does not count. */
function differences(before: string, settings: FrameSettings): string[] {
  try {
    const [a, b] = [JSON.parse(before), JSON.parse(JSON.stringify(settings))];
    const names = Object.keys({ ...a, ...b });
    return names.filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name]));
  } catch {
    return ['unreadable ones'];
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
