/**
 * Style files: the features that a model keeps of a style picture, in about a quarter of
 * their bytes, for Node and browsers.
 */

import { defined } from '../defined.ts';
import { SettingError, WeightsError } from '../errors.ts';
import { elementCount } from '../graph/shape.ts';
import { messageOf } from '../thrown.ts';
import { z } from '../schema.ts';
import { fileFault } from '../weights/file-fault.ts';
import type { WeightTensor } from '../weights/safetensors.ts';
import {
  checkFinite,
  chooseCoding,
  codingFits,
  deflate,
  inflate,
  LARGEST_RATIO,
  packedSize,
  packTensor,
  unpackTensor,
} from './style-file-coding.ts';
import type { Style } from './style.ts';

/** A small picture of the style, in a file format that browsers show. */
export interface StyleThumbnail {
  readonly type: 'image/webp' | 'image/jpeg' | 'image/png';
  readonly bytes: Uint8Array;
}

/** Notes that a style file may hold beside the style. */
export interface StyleFileNotes {
  /** Name of the model that encoded the style, without folders. */
  readonly modelName: string;
  /** Name of the picture's file, without folders. */
  readonly source?: string;
  readonly thumbnail?: StyleThumbnail;
  /** Version of the package that writes the file. */
  readonly version?: string;
}

/** Information of a style file that can be read without unpacking its tensors. */
export interface StyleFileInfo extends StyleFileNotes {
  /** SHA-256 of the model's weights file. */
  readonly model: string;
  /** Size in pixels at which the picture was encoded. */
  readonly width: number;
  readonly height: number;
  /** Shapes of the tensors by name. */
  readonly shapes: Readonly<Record<string, readonly number[]>>;
}

export interface EncodeStyleFileOptions {
  /**
   * Makes a zlib stream (RFC 1950). Default: the web's `CompressionStream`; zlib at its
   * best level saves a fiftieth.
   */
  readonly deflate?: (bytes: Uint8Array) => Promise<Uint8Array>;
}

/** The first bytes of a style file, in ASCII. The last character is the version of the format. */
const MAGIC = 'wfstyle1';
const HEAD_BYTES = MAGIC.length + 4;
/** Limits on what a file may ask for; no style comes near them. */
const LARGEST_HEADER = 1 << 20;
const MOST_VALUES = 2 ** 26;
const MOST_TENSORS = 100;
const fault = fileFault('the file is damaged or incomplete: encode the picture again');
const newer = 'it may be made by a newer version of this package';

const length = z.int().check(z.minimum(1));
/** Names appear on terminals, so they hold no control characters. */
const label = z.string().check(z.maxLength(255), z.regex(/^\P{Cc}*$/u));
const tensorSchema = z.object({
  name: label.check(z.minLength(1)),
  shape: z.array(length).check(z.maxLength(8)),
  coding: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('float32') }),
    z.object({
      kind: z.literal('steps'),
      axis: z.union([z.literal(1), z.literal(2)]),
      groups: z.readonly(
        z
          .array(
            z.object({ channels: length, fineness: z.number(), deviations: z.exactOptional(z.boolean()) }),
          )
          .check(z.maxLength(8)),
      ),
    }),
  ]),
});
/** Unknown fields are ignored. A field that must not be ignored needs another version of the format. */
const headerSchema = z.object({
  model: z.object({ name: label, sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)) }),
  width: length,
  height: length,
  source: z.exactOptional(label),
  version: z.exactOptional(label),
  thumbnail: z.exactOptional(
    z.object({ type: z.enum(['image/webp', 'image/jpeg', 'image/png']), bytes: z.int().check(z.minimum(0)) }),
  ),
  tensors: z.array(tensorSchema).check(z.maxLength(MOST_TENSORS)),
  /** Bytes of the zlib stream at the end of the file. */
  compressed: z.int().check(z.minimum(0)),
});
type Header = z.infer<typeof headerSchema>;

/** Whether bytes are a style file, judged by their beginning; a few bytes suffice. */
export function isStyleFile(bytes: Uint8Array): boolean {
  return ascii(bytes).startsWith(MAGIC.slice(0, -1));
}

/**
 * A style as the bytes of a file: `wfstyle1`, the length of the header as uint32 (little-endian, as all
 * numbers), the header as JSON, the thumbnail, and all tensors one after the other in one zlib stream, see
 * {@link packTensor}.
 *
 * The decoded style paints what the original paints to about 1/255 at most (measured: docs/styles.md), in 0.5
 * MB for the slim model at 512². The format is not safetensors: ours knows neither bytes nor compression, and
 * float16 would take nearly twice as much and be less exact.
 *
 * @throws WeightsError if a value is not finite; SettingError for what could not be read again
 */
export async function encodeStyleFile(
  style: Style,
  notes: StyleFileNotes,
  options: EncodeStyleFileOptions = {},
): Promise<Uint8Array> {
  const { modelName, source, thumbnail, version } = notes;
  const entries = Object.entries(style.tensors).map(([name, tensor]) => ({
    name,
    tensor,
    coding: chooseCoding(name, style.tensors),
  }));
  for (const { name, tensor } of entries) checkFinite(tensor.data, name);
  const packed = joined(entries.map(({ tensor, coding }) => packTensor(tensor, coding)));
  const stream = await (options.deflate ?? deflate)(packed);
  const header: Header = {
    model: { name: modelName, sha256: style.model },
    width: style.width,
    height: style.height,
    ...defined({ source, version }),
    ...(thumbnail === undefined
      ? {}
      : { thumbnail: { type: thumbnail.type, bytes: thumbnail.bytes.length } }),
    tensors: entries.map(({ name, tensor, coding }) => ({ name, shape: [...tensor.shape], coding })),
    compressed: stream.length,
  };
  checkHeader(header);
  const json = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(HEAD_BYTES);
  new TextEncoder().encodeInto(MAGIC, head);
  new DataView(head.buffer).setUint32(MAGIC.length, json.length, true);
  return joined([head, json, thumbnail?.bytes ?? new Uint8Array(0), stream]);
}

/**
 * The information of a style file. Cheap: nothing is unpacked.
 *
 * @param name of the file, for messages
 * @throws WeightsError if it is no style file, of another version or incomplete, or exceeds the limits of
 *   styles
 */
export function readStyleFileInfo(bytes: Uint8Array, name = 'style file'): StyleFileInfo {
  const { header, thumbnail } = readHeader(bytes, name);
  const { model, width, height, source, version, tensors } = header;
  return {
    model: model.sha256,
    modelName: model.name,
    width,
    height,
    ...defined({ source, version, thumbnail }),
    shapes: Object.fromEntries(tensors.map(({ name, shape }) => [name, shape])),
  };
}

/**
 * The style of a file. Memory is bounded by the length of the file, and by 2²⁶ values in all.
 *
 * @param name of the file, for messages
 * @throws WeightsError as {@link readStyleFileInfo}, or if the tensors are damaged or not finite
 */
export async function decodeStyleFile(bytes: Uint8Array, name = 'style file'): Promise<Style> {
  const { header, stream } = readHeader(bytes, name);
  const sizes = header.tensors.map(({ shape, coding }) => packedSize(shape, coding));
  const packed = await inflate(
    stream,
    sizes.reduce((sum, size) => sum + size, 0),
  ).catch((cause: unknown) => {
    const received = messageOf(cause);
    throw fault('a whole zlib stream', 'the tensors', received, name, { cause });
  });
  const tensors: [string, WeightTensor][] = [];
  let position = 0;
  for (const [i, { name: tensor, shape, coding }] of header.tensors.entries()) {
    const end = position + (sizes[i] ?? 0);
    const part = packed.subarray(position, end);
    tensors.push([tensor, unpackTensor(part, shape, coding, { tensor, file: name })]);
    position = end;
  }
  const { model, width, height } = header;
  return { model: model.sha256, width, height, tensors: Object.fromEntries(tensors) };
}

function checkHeader(header: Header): void {
  const issue = headerSchema.safeParse(header).error?.issues[0];
  if (issue === undefined) return;
  const [expected, name] = ['what a style file can hold', issue.path.map(String).join('.')];
  throw new SettingError({ expected, name, received: issue.message });
}

interface Opened {
  readonly header: Header;
  readonly thumbnail: StyleThumbnail | undefined;
  readonly stream: Uint8Array;
}

function readHeader(bytes: Uint8Array, file: string): Opened {
  if (!isStyleFile(bytes)) {
    const received = 'a file of another kind';
    throw new WeightsError({ expected: 'a style file', name: 'the style', received, where: file });
  }
  const magic = ascii(bytes);
  if (magic !== MAGIC) throw fault(MAGIC, 'the format', JSON.stringify(magic), file, { remedy: newer });
  if (bytes.length < HEAD_BYTES) throw fault('a header', 'the style file', `${bytes.length} bytes`, file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = HEAD_BYTES + view.getUint32(MAGIC.length, true);
  if (start > Math.min(bytes.length, HEAD_BYTES + LARGEST_HEADER)) {
    throw fault('a whole header', 'the style file', `${bytes.length} bytes`, file);
  }
  const header = parseHeader(bytes.subarray(HEAD_BYTES, start), file);
  const streamAt = start + (header.thumbnail?.bytes ?? 0);
  const end = streamAt + header.compressed;
  if (bytes.length !== end) throw fault(`${end} bytes`, 'the style file', `${bytes.length}`, file);
  checkDemand(header, file);
  const thumbnail = header.thumbnail && { ...header.thumbnail, bytes: bytes.slice(start, streamAt) };
  return { header, thumbnail, stream: bytes.subarray(streamAt) };
}

function parseHeader(bytes: Uint8Array, file: string): Header {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw fault('JSON text', 'the header', 'something else', file, { cause });
  }
  const result = headerSchema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = ['the header', ...(issue?.path ?? [])].map(String).join('.');
  const received = issue?.message ?? 'another form';
  throw fault('what this version knows', field, received, file, { cause: result.error, remedy: newer });
}

/** Refuses a file that would take more memory than a style does, before any is allocated. */
function checkDemand({ tensors, compressed }: Header, file: string): void {
  const names = new Set(tensors.map(({ name }) => name));
  if (names.size !== tensors.length) throw fault('names once each', 'the tensors', 'one twice', file);
  let [values, bytes] = [0, 0];
  for (const { name, shape, coding } of tensors) {
    if (!codingFits(shape, coding)) {
      throw fault('channels of its shape', `tensor "${name}"`, `shape [${shape.join(', ')}]`, file);
    }
    values += elementCount(shape);
    bytes += packedSize(shape, coding);
  }
  if (values > MOST_VALUES) throw fault(`at most ${MOST_VALUES} values`, 'the tensors', `${values}`, file);
  if (bytes > compressed * LARGEST_RATIO) {
    throw fault(`enough for ${bytes} bytes`, 'the zlib stream', `${compressed} bytes`, file);
  }
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, MAGIC.length));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    whole.set(part, position);
    position += part.length;
  }
  return whole;
}
