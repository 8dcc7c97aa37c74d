/** Planning a batch: its styles, its model and its chunks are written into its store. Node only. */

import { basename, extname } from 'node:path';
import { createHash } from 'node:crypto';
import { packageManifest } from '../../files/package.ts';
import { readBytes } from '../../files/read.ts';
import type { PaintOptions } from '../../painters/node/task.ts';
import { openModel } from '../../stylize/node/models.ts';
import {
  chunkFile,
  chunkKey,
  type Head,
  type Manifest,
  type PlannedChunk,
  type PlannedPicture,
  type PlannedStyle,
  writeManifest,
} from './manifest.ts';
import type { Store } from './store.ts';

/** More styles than these make chunks of their own: a chunk is to be done in minutes. */
const STYLES_PER_CHUNK = 16;

/** A style, or a mixture, as files of this machine. */
export interface StyleInput {
  readonly name: string;
  readonly parts: readonly { readonly path: string; readonly weight?: number }[];
}

export interface PlanInput {
  /** Name of a shipped model, or path of a `.safetensors` file. */
  readonly model: string;
  readonly options: PaintOptions;
  readonly styles: readonly StyleInput[];
  readonly pictures: AsyncIterable<PlannedPicture> | Iterable<PlannedPicture>;
  /** Pictures in a chunk. */
  readonly chunk: number;
  readonly signal?: AbortSignal;
}

/**
 * Writes a plan. The same input gives the same bytes, and the chunks that a plan shares with one before keep
 * their ids and what has been done under them.
 *
 * @throws SettingError for a model or a style that cannot be read; StoreError; the signal's reason
 */
export async function writePlan(store: Store, input: PlanInput): Promise<Manifest> {
  const head: Head = {
    batch: 1,
    wasserfarbe: packageManifest().version,
    model: await placeModel(store, input.model),
    options: sorted(input.options),
  };
  const styles: PlannedStyle[] = [];
  for (const style of input.styles) styles.push(await placeStyle(store, style));
  const chunks: PlannedChunk[] = [];
  const place = async (pictures: readonly PlannedPicture[]) => {
    input.signal?.throwIfAborted();
    for (let from = 0; from < styles.length; from += STYLES_PER_CHUNK) {
      const to = Math.min(from + STYLES_PER_CHUNK, styles.length);
      const { id, bytes } = chunkFile({ head, styles }, { styles: [from, to], pictures });
      if ((await store.head(chunkKey(id))) === undefined) await store.put(chunkKey(id), bytes);
      chunks.push({ chunk: id, pictures: pictures.length, paintings: pictures.length * (to - from) });
    }
  };
  let gathered: PlannedPicture[] = [];
  for await (const picture of input.pictures) {
    gathered.push(picture);
    if (gathered.length < input.chunk) continue;
    await place(gathered);
    gathered = [];
  }
  if (gathered.length > 0) await place(gathered);
  const manifest = { head, styles, chunks };
  await writeManifest(store, manifest);
  return manifest;
}

/** A model of one's own goes with the batch; those of the package are everywhere. */
async function placeModel(store: Store, model: string): Promise<Head['model']> {
  const { name, sha256 } = await openModel(model);
  if (!name.endsWith('.safetensors')) return { name, sha256 };
  const file = `model/${sha256.slice(0, 16)}.safetensors`;
  for (const ending of ['.safetensors', '.json']) {
    const bytes = await readBytes(name.replace(/\.safetensors$/, ending), '--model');
    await placeOnce(store, file.replace(/\.safetensors$/, ending), bytes);
  }
  return { name: basename(name, '.safetensors'), sha256, file };
}

async function placeStyle(store: Store, { name, parts }: StyleInput): Promise<PlannedStyle> {
  const placed: PlannedStyle['parts'] = [];
  for (const { path, weight } of parts) {
    const bytes = await readBytes(path, '--style');
    const file = `styles/${createHash('sha256').update(bytes).digest('hex')}${extname(path).toLowerCase()}`;
    await placeOnce(store, file, bytes);
    placed.push(weight === undefined ? { file } : { file, weight });
  }
  return { style: name, parts: placed };
}

/** Names say what is in these files. */
async function placeOnce(store: Store, key: string, bytes: Uint8Array): Promise<void> {
  if ((await store.head(key)) === undefined) await store.put(key, bytes);
}

/** Options in an order of their own, so that the order of flags does not matter. */
function sorted(options: PaintOptions): PaintOptions {
  return Object.fromEntries(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)));
}
