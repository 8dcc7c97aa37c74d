/**
 * The plan of a batch as files. `manifest.ndjson` names the model, the options, the styles and the chunks;
 * `chunks/ID.ndjson` names the pictures of a chunk. An id is a hash of all that decides what is painted, so
 * that work done under it never has to be done again. Node only.
 */

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { SettingError } from '../../errors.ts';
import { cutName, LONGEST_NAME, outputStem } from '../../files/names.ts';
import type { PaintOptions } from '../../painters/node/task.ts';
import { saveImageOptions } from '../../stylize/node/options.ts';
import { checkOptions } from '../../stylize/option-kinds.ts';
import { stylizeOptions } from '../../stylize/options.ts';
import { readText } from './open-store.ts';
import type { Store } from './store.ts';

/** The version of this form. */
const FORM = 1;
const MANIFEST = 'manifest.ndjson';
/** Digits of a chunk's id, and of the part of a hash that makes the name of a painting its own. */
const [ID_DIGITS, KEY_DIGITS] = [32, 16];
/** Bytes of a hyphen, a key and an ending. */
const ROOM = KEY_DIGITS + 8;

/** Names from elsewhere become keys, and keys become paths. */
const safePath = z
  .string()
  .min(1)
  .refine((text) => !/(^|\/)\.{0,2}(\/|$)|\\/.test(text), 'a path inside of the batch');

const headSchema = z.strictObject({
  batch: z.literal(FORM),
  /** The version of this package: another one may paint otherwise. */
  wasserfarbe: z.string(),
  /** `file`: its key, unless it is a model of the package. */
  model: z.strictObject({ name: z.string(), sha256: z.string(), file: safePath.optional() }),
  options: z.record(z.string(), z.unknown()),
});
const styleSchema = z.strictObject({
  style: z.string(),
  /** The keys of its pictures, which are their hashes, and how much of each, if it is a mixture. */
  parts: z.array(z.strictObject({ file: safePath, weight: z.number().optional() })).min(1),
});
const chunkSchema = z.strictObject({
  chunk: z.string().regex(/^[\da-f]{32}$/),
  pictures: z.int(),
  paintings: z.int(),
});
/** The styles of a chunk, by their places in the manifest: from the first to before the second. */
const rangeSchema = z.strictObject({ styles: z.tuple([z.int(), z.int()]) });
const pictureSchema = z.strictObject({
  /** A path or an address of S3. */
  picture: z.string(),
  /** What says that it is the same: `sha256:…`, `date:…` or `etag:…`. */
  identity: z.string(),
  /** Of its paintings, with folders, without an ending. */
  name: safePath,
  ending: z.string(),
});

export type Head = Omit<z.infer<typeof headSchema>, 'options'> & { readonly options: PaintOptions };
export type PlannedStyle = z.infer<typeof styleSchema>;
export type PlannedChunk = z.infer<typeof chunkSchema>;
export type PlannedPicture = z.infer<typeof pictureSchema>;

export interface Manifest {
  readonly head: Head;
  readonly styles: readonly PlannedStyle[];
  readonly chunks: readonly PlannedChunk[];
}

/** A painting to be made, and the key of its file. */
export interface Painting {
  readonly picture: PlannedPicture;
  readonly style: PlannedStyle;
  readonly output: string;
}

/** A chunk's file before it has an id. */
export interface ChunkContent {
  readonly styles: readonly [number, number];
  readonly pictures: readonly PlannedPicture[];
}

/** Number of paintings in chunks. */
export function paintingsIn(chunks: readonly PlannedChunk[]): number {
  return chunks.reduce((all, { paintings }) => all + paintings, 0);
}

export const chunkKey = (id: string) => `chunks/${id}.ndjson`;
export const receiptKey = (id: string) => `receipts/${id}.ndjson`;
export const markKey = (id: string) => `marks/${id}.json`;

/** Values as lines of JSON. */
export function toLines(values: readonly unknown[]): Uint8Array {
  return new TextEncoder().encode(values.map((value) => `${JSON.stringify(value)}\n`).join(''));
}

/** The file of a chunk, and its id. */
export function chunkFile(
  { head, styles }: Pick<Manifest, 'head' | 'styles'>,
  { styles: range, pictures }: ChunkContent,
): { readonly id: string; readonly bytes: Uint8Array } {
  const bytes = toLines([{ styles: range }, ...pictures]);
  const id = createHash('sha256')
    .update(toLines([head, ...styles.slice(...range)]))
    .update(bytes)
    .digest('hex');
  return { id: id.slice(0, ID_DIGITS), bytes };
}

/** The paintings of a chunk, picture by picture. */
function paintingsOf(
  { head, styles }: Pick<Manifest, 'head' | 'styles'>,
  { styles: range, pictures }: ChunkContent,
): Painting[] {
  return pictures.flatMap((picture) =>
    styles.slice(...range).map((style) => {
      const { identity, name, ending } = picture;
      const hash = createHash('sha256').update(toLines([head, style.parts, identity, ending]));
      const folders = name.slice(0, name.lastIndexOf('/') + 1);
      const stem = cutName(outputStem(name.slice(folders.length), style.style), LONGEST_NAME - ROOM);
      const key = hash.digest('hex').slice(0, KEY_DIGITS);
      return { picture, style, output: `painted/${folders}${stem}-${key}.${ending}` };
    }),
  );
}

/** Writes the manifest, after all that it names. */
export async function writeManifest(store: Store, { head, styles, chunks }: Manifest): Promise<void> {
  await store.put(MANIFEST, toLines([head, ...styles, ...chunks]));
}

/**
 * Reads the manifest of a batch.
 *
 * @throws SettingError if there is none, or it is damaged, or of another version of this package
 */
export async function readManifest(store: Store, version: string): Promise<Manifest> {
  const text = await readText(store, MANIFEST, 'make it: wasserfarbe batch plan');
  const [first, ...rest] = text.trimEnd().split('\n');
  const where = `${store.address}: ${MANIFEST}`;
  const head = parseLine(headSchema, first, `${where}, line 1`);
  if (head.wasserfarbe !== version) {
    throw new SettingError({
      expected: `wasserfarbe ${head.wasserfarbe}, which has planned this batch,`,
      ...{ name: store.address, received: version },
      remedy: 'install that version, or plan the batch anew',
    });
  }
  checkOptions(head.options, { ...stylizeOptions, ...saveImageOptions }, 'batch plan');
  const lineSchema = z.union([styleSchema, chunkSchema]);
  const lines = rest.map((line, i) => parseLine(lineSchema, line, `${where}, line ${i + 2}`));
  return {
    head,
    styles: lines.filter((line) => 'style' in line),
    chunks: lines.filter((line) => 'chunk' in line),
  };
}

/**
 * Reads the paintings of a chunk.
 *
 * @throws SettingError if its file is missing, or is not the one that was planned
 */
export async function readChunk(store: Store, manifest: Manifest, id: string): Promise<Painting[]> {
  const replan = 'plan the batch anew';
  const [first, ...rest] = (await readText(store, chunkKey(id), replan)).trimEnd().split('\n');
  const where = `${store.address}: ${chunkKey(id)}`;
  const { styles } = parseLine(rangeSchema, first, `${where}, line 1`);
  const pictures = rest.map((line, i) => parseLine(pictureSchema, line, `${where}, line ${i + 2}`));
  if (chunkFile(manifest, { styles, pictures }).id === id) return paintingsOf(manifest, { styles, pictures });
  const problem = { expected: 'the chunk as it was planned', name: where, received: 'another one' };
  throw new SettingError({ ...problem, remedy: `${replan} instead of changing its files` });
}

function parseLine<T>(schema: z.ZodType<T>, line: string | undefined, name: string): T {
  let value: unknown;
  try {
    value = JSON.parse(line ?? '');
  } catch {
    throw new SettingError({ expected: 'a line of JSON', name, received: 'something else' });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const received = issue === undefined ? 'another' : `${issue.path.join('.')}: ${issue.message}`;
  const expected = `a line of form ${FORM}, as this version of wasserfarbe writes it,`;
  throw new SettingError({ expected, name, received });
}
