/** The painters of one machine at work on a batch: a picture comes, is painted, and goes. Node only. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { SettingError } from '../../errors.ts';
import { explainFileError } from '../../files/read.ts';
import { readRegular } from '../../files/regular.ts';
import { type FaultReason, PaintingFault } from '../../painters/node/fault.ts';
import { PainterPool } from '../../painters/node/pool.ts';
import { openModel } from '../../stylize/node/models.ts';
import type { LoadStylizerOptions } from '../../stylize/node/options.ts';
import { ContentFault, Contents } from './contents.ts';
import type { Manifest, Painting } from './manifest.ts';
import { type Store, StoreError } from './store.ts';

/** What became of a painting: a line of a receipt. */
export type Outcome = {
  readonly picture: string;
  readonly style: string;
} & (
  | { readonly output: string; readonly width: number; readonly height: number; readonly seconds: number }
  /** It had been painted before. */
  | { readonly output: string; readonly kept: true }
  | { readonly error: string; readonly reason: FaultReason | ContentFault['reason'] }
);

export interface WorkshopOptions {
  /** Number of processes that paint. */
  readonly painters: number;
  /** Bytes of a painter at which it is replaced. */
  readonly memory: number;
  /** Longest time for a painting. */
  readonly seconds: number;
  readonly model: Pick<LoadStylizerOptions, 'device' | 'threads'>;
}

/** How an error begins that is the disk's fault. */
const UNWRITTEN = /^expected a place to write/;
/** Pictures beside those being painted, so that no painter waits for reading and writing. */
const AHEAD = 2;

export class Workshop {
  readonly #store: Store;
  readonly #manifest: Manifest;
  readonly #folder: string;
  readonly #pool: PainterPool;
  readonly #contents = new Contents();
  readonly #seconds: number;
  /** Paths of styles on this machine, by their keys. */
  readonly #styles = new Map<string, Promise<string>>();
  /** Pictures that are worth having here at once. */
  readonly lanes: number;
  #count = 0;

  private constructor(
    store: Store,
    manifest: Manifest,
    folder: string,
    model: string,
    options: WorkshopOptions,
  ) {
    this.#store = store;
    this.#manifest = manifest;
    this.#folder = folder;
    this.#seconds = options.seconds;
    this.lanes = options.painters + AHEAD;
    this.#pool = new PainterPool({
      ...{ painters: options.painters, queue: this.lanes, memory: options.memory },
      remedy: 'run or work with more --painter-memory, or plan with a smaller --content-size',
      model: { ...options.model, model },
    });
  }

  /**
   * Starts the painters.
   *
   * @throws SettingError if this machine does not have the model; PaintingFault if it cannot be loaded;
   *   StoreError
   */
  static async open(store: Store, manifest: Manifest, options: WorkshopOptions): Promise<Workshop> {
    const { name, sha256, file } = manifest.head.model;
    const folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-batch-')).catch((error: unknown) => {
      throw trouble(error);
    });
    try {
      const model = file === undefined ? name : await fetchModel(store, file, folder);
      const found = await openModel(model);
      if (found.sha256 !== sha256) {
        const remedy = 'install the version of wasserfarbe that planned the batch, or plan it anew';
        const [expected, received] = [`weights of SHA-256 ${sha256}`, found.sha256];
        throw new SettingError({ expected, name: `model ${name}`, received, remedy });
      }
      const workshop = new Workshop(store, manifest, folder, model, options);
      await workshop.#pool.ready().catch(async (error: unknown) => {
        await workshop.close();
        throw error;
      });
      return workshop;
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /**
   * Paints a picture in some styles, one after the other.
   *
   * @param signal ends it after the current one
   * @returns what became of the first ones, or of all
   * @throws StoreError if the store, or the disk, does not do what it should
   */
  async paint(paintings: readonly Painting[], signal: AbortSignal): Promise<Outcome[]> {
    const [first] = paintings;
    if (first === undefined || signal.aborted) return [];
    const { picture } = first.picture;
    const temporary = this.#temporary(extname(picture));
    try {
      const content = await this.#contents.file(first.picture, temporary);
      const outcomes: Outcome[] = [];
      for (const painting of paintings) {
        if (signal.aborted) break;
        outcomes.push(await this.#paintOne(painting, content));
      }
      return outcomes;
    } catch (error) {
      if (!(error instanceof ContentFault)) throw error instanceof StoreError ? error : trouble(error);
      const { message, reason } = error;
      return paintings.map(({ style }) => ({ picture, style: style.style, error: message, reason }));
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async #paintOne({ picture, style, output }: Painting, content: string): Promise<Outcome> {
    const name = { picture: picture.picture, style: style.style };
    const styles = await Promise.all(
      style.parts.map(async ({ file, weight }) => {
        return { path: await this.#style(file), ...(weight === undefined ? {} : { weight }) };
      }),
    );
    // What a killed painter leaves is here, and not among the paintings.
    const path = this.#temporary(extname(output));
    try {
      const { options } = this.#manifest.head;
      const task = { do: 'paint', content, styles, output: path, options } as const;
      const { width, height, seconds } = await this.#pool.run(task, { seconds: this.#seconds });
      await this.#store.put(output, await readRegular(path));
      return { ...name, output, width, height, seconds: Math.round(1000 * seconds) / 1000 };
    } catch (error) {
      if (!(error instanceof PaintingFault) || error.reason === 'closed') throw error;
      // It is not the picture's fault that it cannot be written.
      if (error.reason === 'storage' || UNWRITTEN.test(error.message))
        throw new StoreError(error.message, { cause: error });
      return { ...name, error: error.message.replaceAll(content, picture.picture), reason: error.reason };
    } finally {
      await rm(path, { force: true });
    }
  }

  /** Ends the painters, and what they are doing. */
  async close(): Promise<void> {
    await this.#pool.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #style(key: string): Promise<string> {
    const known = this.#styles.get(key) ?? fetchOne(this.#store, key, this.#folder);
    this.#styles.set(key, known);
    known.catch(() => this.#styles.delete(key));
    return known;
  }

  #temporary(ending: string): string {
    return join(this.#folder, `${this.#count++}${ending}`);
  }
}

async function fetchModel(store: Store, file: string, folder: string): Promise<string> {
  await fetchOne(store, file.replace(/\.safetensors$/, '.json'), folder);
  return fetchOne(store, file, folder);
}

/** The path of an object's copy on this machine. */
async function fetchOne(store: Store, key: string, folder: string): Promise<string> {
  const bytes = await store.get(key);
  if (bytes === undefined) {
    const remedy = 'plan the batch anew';
    throw new SettingError({ expected: key, name: store.address, received: 'none', remedy });
  }
  const path = join(folder, key.replaceAll('/', '-'));
  await writeFile(path, bytes).catch((error: unknown) => {
    throw trouble(error);
  });
  return path;
}

function trouble(error: unknown): unknown {
  if (!(error instanceof Error && 'code' in error)) return error;
  const problem = { expected: 'room for files in the making', name: `TMPDIR ${tmpdir()}` };
  return new StoreError({ ...problem, received: explainFileError(error) }, { cause: error });
}
