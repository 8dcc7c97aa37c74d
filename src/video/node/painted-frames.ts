/** The folder of a clip's painted frames, of which it is made, and where a later run goes on. Node only. */

import { access, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { WasserfarbeError } from '../../errors.ts';
import { readRegular } from '../../files/regular.ts';
import { writeFileAtomic } from '../../files/write.ts';
import type { RgbImage } from '../../images/image.ts';
import { encodeImage } from '../../images/node/image-file.ts';

/** What frames depend on: a later run goes on only with the same. */
export type FrameSettings = Readonly<Record<string, unknown>>;

const SETTINGS = 'settings.json';

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
   * @param anew whether frames that are there are removed
   * @throws WasserfarbeError if it holds frames of other settings
   */
  static async open(folder: string, settings: FrameSettings, anew: boolean): Promise<PaintedFrames> {
    const text = `${JSON.stringify(settings, null, 2)}\n`;
    const path = join(folder, SETTINGS);
    if (anew) await rm(folder, { recursive: true, force: true });
    const before = await readRegular(path).then(
      (bytes) => new TextDecoder().decode(bytes),
      () => undefined,
    );
    if (before !== undefined && before !== text) {
      throw new WasserfarbeError({
        expected: 'the settings that its frames were painted with',
        name: folder,
        received: `others (${differing(before, text)})`,
        remedy: 'add --force to begin anew, or choose another --output',
      });
    }
    await mkdir(folder, { recursive: true });
    if (before === undefined) {
      const strange = (await readdir(folder))[0];
      if (strange !== undefined) {
        throw new WasserfarbeError({
          expected: 'an empty folder for frames',
          name: folder,
          received: `one with ${strange}`,
          remedy: 'add --force to empty it, or choose another --output',
        });
      }
      await writeFileAtomic(path, new TextEncoder().encode(text));
    }
    let done = 0;
    while (await exists(join(folder, frameName(done)))) done++;
    return new PaintedFrames(folder, done);
  }

  path(i: number): string {
    return join(this.folder, frameName(i));
  }

  /** Writes a frame as PNG, whole or not at all. */
  async write(i: number, image: RgbImage): Promise<void> {
    await writeFileAtomic(this.path(i), await encodeImage(image, 'png'));
  }

  /** Removes the record of settings: the folder is a result now. */
  async settle(): Promise<void> {
    await rm(join(this.folder, SETTINGS), { force: true });
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

function frameName(i: number): string {
  return `${String(i + 1).padStart(6, '0')}.png`;
}

/** Names of the settings that differ. */
function differing(before: string, after: string): string {
  try {
    const [a, b] = [JSON.parse(before), JSON.parse(after)];
    const names = Object.keys({ ...a, ...b });
    return names.filter((name) => JSON.stringify(a[name]) !== JSON.stringify(b[name])).join(', ');
  } catch {
    return 'unreadable ones';
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
