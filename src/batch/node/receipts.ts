/** What has become of a batch, by its receipts alone. Node only. */

import { z } from 'zod';
import { type Batch, inLanes } from './chunk.ts';
import { type PlannedChunk, readChunk, receiptKey, toLines } from './manifest.ts';
import { StoreError } from './store.ts';

/** A file of the store that names what could not be painted. */
export const QUARANTINE = 'quarantine.ndjson';
/** Receipts that are read at once. */
const AT_ONCE = 32;

const lineSchema = z.looseObject({
  picture: z.string(),
  style: z.string(),
  output: z.string().optional(),
  error: z.string().optional(),
});

/** A painting: done with `output`, given up with `error`, or neither of the two. */
export type Line = z.infer<typeof lineSchema> & { readonly chunk: string };

/** The ids of chunks that have a receipt. */
export async function receipted({ store, manifest }: Batch): Promise<Set<string>> {
  const keys = new Map(manifest.chunks.map(({ chunk }) => [receiptKey(chunk), chunk]));
  const found = new Set<string>();
  for await (const { key } of store.list('receipts/')) {
    const chunk = keys.get(key);
    if (chunk !== undefined) found.add(chunk);
  }
  return found;
}

/** The lines of all chunks in the order of the plan, a chunk at a time. */
export async function* linesOf(batch: Batch): AsyncGenerator<Line[]> {
  const { chunks } = batch.manifest;
  for (let from = 0; from < chunks.length; from += AT_ONCE) {
    const group = chunks.slice(from, from + AT_ONCE);
    const lines = new Map<PlannedChunk, Line[]>();
    await inLanes(AT_ONCE, group, async (chunk) => {
      lines.set(chunk, await readLines(batch, chunk.chunk));
    });
    for (const chunk of group) yield lines.get(chunk) ?? [];
  }
}

/** Writes the file that names what could not be painted. */
export async function writeQuarantine({ store }: Batch, lines: readonly Line[]): Promise<void> {
  await store.put(QUARANTINE, toLines(lines));
}

async function readLines({ store, manifest }: Batch, chunk: string): Promise<Line[]> {
  const bytes = await store.get(receiptKey(chunk));
  if (bytes === undefined) {
    const paintings = await readChunk(store, manifest, chunk);
    return paintings.map(({ picture, style }) => ({ picture: picture.picture, style: style.style, chunk }));
  }
  const text = new TextDecoder().decode(bytes).trimEnd();
  try {
    return text.split('\n').map((line) => ({ ...lineSchema.parse(JSON.parse(line)), chunk }));
  } catch {
    const problem = { expected: 'a receipt', name: `${store.address}: ${receiptKey(chunk)}` };
    throw new StoreError({ ...problem, received: 'something else', remedy: 'delete it, and paint again' });
  }
}
