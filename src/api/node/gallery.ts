/** Styles and results under names that say what is in them, and the painting of what is not there yet. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defined } from '../../defined.ts';
import { packageManifest, packagePath } from '../../files/package.ts';
import { readRegular } from '../../files/regular.ts';
import { removeTemporary, temporaryPath } from '../../files/temporary.ts';
import type { ImageFormat } from '../../images/formats.ts';
import { PaintingFault } from '../../painters/node/fault.ts';
import type { PainterPool, RunOptions } from '../../painters/node/pool.ts';
import type { PaintOptions, StyleSource } from '../../painters/node/task.ts';
import { readStyleInfo } from '../../stylize/node/style-files.ts';
import { Refusal, type StyleAnswer } from './answers.ts';
import type { FileStore } from './file-store.ts';
import type { PaintParameters, StyleParameters } from './parameters.ts';
import type { Upload } from './upload.ts';

const endings: Readonly<Record<ImageFormat, string>> = {
  ...{ png: 'png', jpeg: 'jpg', webp: 'webp', avif: 'avif', tiff: 'tif' },
};
const types: Readonly<Record<string, string>> = {
  ...{ png: 'image/png', jpg: 'image/jpeg', webp: 'image/webp', avif: 'image/avif', tif: 'image/tiff' },
};

/** Ending of the warnings that belong to a result. */
const NOTES = '.warnings';

/** What the folder of a task is called in answers. */
const OWN_FOLDER = "the server's folder";

/** What files are called in answers, by their paths; a folder comes after those in it. */
type Names = Readonly<Record<string, string>>;

/** The media type of a result, by its name. */
export function typeOf(name: string): string {
  return types[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
}

/** A picture to be painted. */
export interface Order {
  /** Name of the result: the SHA-256 of all that decides it, with the ending of its format. */
  readonly key: string;
  readonly content: Upload;
  readonly styles: readonly StyleSource[];
  readonly options: PaintOptions;
}

/** A painted picture. */
export interface Result {
  readonly key: string;
  readonly path: string;
  /** Whether it had been painted before. */
  readonly isKept: boolean;
  readonly warnings: readonly string[];
}

export interface GalleryOptions {
  readonly pool: PainterPool;
  /** SHA-256 of the model's weights. */
  readonly model: string;
  /** For files in the making, on the disk of the stores. */
  readonly folder: string;
  readonly styles: FileStore;
  readonly results: FileStore;
}

export class Gallery {
  readonly #options: GalleryOptions;
  /** Another version may encode and paint otherwise. */
  readonly #version = packageManifest().version;

  constructor(options: GalleryOptions) {
    this.#options = options;
  }

  /** Encodes a style picture, or takes a style file. The picture is kept too: refining needs it. */
  async addStyle(picture: Upload, { size }: StyleParameters, run: RunOptions): Promise<StyleAnswer> {
    const { pool, model, styles } = this.#options;
    const id = hashOf(model, this.#version, picture.sha256, size ?? '');
    const known = await this.findStyle(id);
    if (known !== undefined && this.#filesOf(id).picture !== undefined) return known;
    return this.#inFolder(async (folder) => {
      const [output, copy] = [join(folder, 'made.style'), join(folder, 'copied.picture')];
      const task = { do: 'style', picture: picture.path, output, ...defined({ size }) } as const;
      const names = { [picture.path]: 'the style', [output]: 'the result', [folder]: OWN_FOLDER };
      const { width, height } = await this.#tell(pool.run(task, run), names);
      await link(picture.path, copy).catch(() => copyFile(picture.path, copy));
      await styles.add(`${id}.picture`, copy);
      await styles.add(`${id}.style`, output);
      return { id, width, height };
    });
  }

  async findStyle(id: string): Promise<StyleAnswer | undefined> {
    const { path } = this.#filesOf(id);
    if (path === undefined) return undefined;
    const { width, height } = await readStyleInfo(path);
    return { id, width, height };
  }

  /** They are used together, so that one does not make room long before the other. */
  #filesOf(id: string): { readonly path: string | undefined; readonly picture: string | undefined } {
    const { styles } = this.#options;
    return { picture: styles.find(`${id}.picture`), path: styles.find(`${id}.style`) };
  }

  /** The file of a style that a request names, and what it is called in keys. */
  #source(name: string, { refine, preserveColor }: PaintOptions): string {
    const painting = /^[a-z-]+$/.test(name) ? packagePath(`paintings/${name}.avif`) : undefined;
    if (painting !== undefined && existsSync(painting)) return painting;
    const wantsPicture = refine === true || preserveColor === 'coral';
    const { path, picture } = this.#filesOf(name);
    const found = (wantsPicture ? picture : undefined) ?? path;
    if (found !== undefined) return found;
    const remedy = 'POST its picture to /v1/styles, which gives the id';
    throw new Refusal('missing', { expected: 'a known style', name: 'style', received: name, remedy });
  }

  /** @throws Refusal if a style is unknown */
  order(content: Upload, own: Upload | undefined, parameters: PaintParameters, format: ImageFormat): Order {
    const { styles: names, weights, options } = parameters;
    const paths = names.map((name) => this.#source(name, options));
    if (own !== undefined) paths.push(own.path);
    if (paths.length === 0) {
      const remedy = 'as in /v1/paint?style=impasto, or send it as the field style of a form';
      throw new Refusal('setting', { expected: 'a style', name: 'style', received: 'none', remedy });
    }
    const styles = paths.map((path, i) => {
      const share = weights[i];
      return { path, ...(share === undefined ? {} : { weight: share }) };
    });
    const { model } = this.#options;
    const canonical = JSON.stringify(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)));
    const parts = [
      model,
      this.#version,
      content.sha256,
      names,
      weights,
      own?.sha256 ?? '',
      canonical,
      format,
    ];
    return { key: `${hashOf(...parts)}.${endings[format]}`, content, styles, options };
  }

  /** @throws Refusal; PaintingFault; the signal's reason */
  async paint({ key, content, styles, options }: Order, run: RunOptions): Promise<Result> {
    const { pool, results } = this.#options;
    const kept = await this.#kept(key);
    if (kept !== undefined) return kept;
    return this.#inFolder(async (folder) => {
      const output = join(folder, `painted${key.slice(key.indexOf('.'))}`);
      const notes = output + NOTES;
      const styleNames = styles.map(({ path }, i) => [path, `style ${i + 1}`]);
      const names = {
        ...Object.fromEntries(styleNames),
        ...{ [content.path]: 'the content', [output]: 'the result', [folder]: OWN_FOLDER },
      };
      const task = { do: 'paint', content: content.path, styles, output, options } as const;
      const painted = await this.#tell(pool.run(task, run), names);
      const warnings = painted.warnings.map((line) => inNames(line, names));
      await writeFile(notes, warnings.join('\n'));
      await results.add(key + NOTES, notes);
      return { key, path: await results.add(key, output), isKept: false, warnings };
    });
  }

  /** The file of a result. */
  find(key: string): string | undefined {
    const { results } = this.#options;
    if (key.endsWith(NOTES)) return undefined;
    // They are used together, so that one does not make room long before the other.
    results.find(key + NOTES);
    return results.find(key);
  }

  /** What was painted before; undefined if its warnings are gone, which nobody could tell again. */
  async #kept(key: string): Promise<Result | undefined> {
    const notes = this.#options.results.find(key + NOTES);
    const path = this.find(key);
    if (path === undefined || notes === undefined) return undefined;
    const bytes = await readRegular(notes).catch(() => undefined);
    if (bytes === undefined) return undefined;
    const text = new TextDecoder().decode(bytes);
    return { key, path, isKept: true, warnings: text.split('\n').filter((line) => line !== '') };
  }

  /** Gives a task a folder. It goes with what a killed painter has left in it beside the result. */
  async #inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = temporaryPath('.task', this.#options.folder);
    try {
      await mkdir(folder, { recursive: true });
      return await work(folder);
    } finally {
      await removeTemporary(folder);
    }
  }

  /** Waits for a painter, and tells its faults in the words of the API. */
  async #tell<T>(work: Promise<T>, names: Names): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof PaintingFault)) throw error;
      const later = ['full', 'closed'].includes(error.reason) ? { retryAfter: this.#options.pool.wait } : {};
      throw new Refusal(error.reason, inNames(error.message, names), { cause: error, ...later });
    }
  }
}

/** Puts names in place of the server's paths, which are nobody's business. */
function inNames(text: string, names: Names): string {
  return Object.entries(names).reduce((words, [path, name]) => words.replaceAll(path, name), text);
}

function hashOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
