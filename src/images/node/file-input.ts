/** The forms in which callers give picture files: paths, URLs, bytes, blobs, streams. Node only. */

import { ImageError } from '../../errors.ts';
import { pathOf } from '../../files/paths.ts';
import { inWords } from './limits.ts';

/**
 * A picture file: its path or `file:` URL, or its bytes in any form. A stream is read once and kept, so that
 * it can be given again.
 */
export type FileInput = string | URL | Uint8Array | ArrayBuffer | DataView | Blob | AsyncIterable<Uint8Array>;

const forms = 'a path, a file: URL, bytes, a Blob or a stream';

/** Bytes of blobs and streams that have been read. */
const known = new WeakMap<object, Promise<Uint8Array>>();

/** Whether a value is meant as a file: objects of other realms too, whose classes are others. */
export function isFileInput(value: unknown): value is FileInput {
  if (typeof value === 'string' || ArrayBuffer.isView(value)) return true;
  return (
    ['URL', 'ArrayBuffer', 'SharedArrayBuffer', 'Blob', 'File'].includes(tagOf(value)) || isStream(value)
  );
}

/**
 * The path or the bytes of an input.
 *
 * @param name of the picture in errors
 * @throws ImageError if it is nothing of the kind, or larger than `limitBytes`; SettingError for a URL of
 *   another kind
 */
export async function plainInput(
  input: FileInput,
  name: string,
  limitBytes = Number.POSITIVE_INFINITY,
): Promise<string | Uint8Array> {
  if (typeof input === 'string') return input;
  if (ArrayBuffer.isView(input)) {
    if (input instanceof Uint8Array) return input;
    return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  }
  if (isBuffer(input)) return new Uint8Array(input);
  if (isUrl(input)) return pathOf(input, name);
  if (!isBlob(input) && !isStream(input)) {
    throw new ImageError({ expected: forms, name, received: describe(input) });
  }
  const reading = known.get(input) ?? (isBlob(input) ? bytesOfBlob(input) : gather(input, name, limitBytes));
  known.set(input, reading);
  return reading;
}

async function bytesOfBlob(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}

async function gather(stream: AsyncIterable<unknown>, name: string, limitBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of stream) {
    if (!ArrayBuffer.isView(part)) {
      throw new ImageError({ expected: 'a stream of bytes', name, received: `one of ${describe(part)}` });
    }
    size += part.byteLength;
    if (size > limitBytes) {
      const expected = `a picture file of at most ${inWords(limitBytes)}`;
      throw new ImageError({ expected, name, received: 'a longer stream' });
    }
    parts.push(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  }
  return new Uint8Array(Buffer.concat(parts));
}

function isUrl(value: unknown): value is URL {
  return tagOf(value) === 'URL';
}

function isBuffer(value: unknown): value is ArrayBuffer {
  return ['ArrayBuffer', 'SharedArrayBuffer'].includes(tagOf(value));
}

function isBlob(value: unknown): value is Blob {
  return ['Blob', 'File'].includes(tagOf(value));
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

function tagOf(value: unknown): string {
  return typeof value === 'object' ? Object.prototype.toString.call(value).slice(8, -1) : '';
}

function describe(value: unknown): string {
  if (typeof value === 'string') return 'text';
  return typeof value === 'object' && value !== null ? `an object (${tagOf(value)})` : String(value);
}
