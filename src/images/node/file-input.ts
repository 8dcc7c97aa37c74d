/** The forms in which callers give picture files: paths, URLs, bytes, blobs, streams. Node only. */

import { ImageError } from '../../errors.ts';
import { pathOf } from '../../files/paths.ts';
import { tagOf } from '../../tag.ts';
import { describe, type GatherOptions, gathered } from './gathering.ts';

/**
 * A picture file: its path or `file:` URL, or its bytes in any form. A stream is read once and kept, so that
 * it can be given again.
 */
export type FileInput = string | URL | Uint8Array | ArrayBuffer | DataView | Blob | AsyncIterable<Uint8Array>;

const forms = 'a path, a file: URL, bytes, a Blob or a stream';

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
 * @throws ImageError if it is nothing of the kind, or a stream that fails or is too long; SettingError for a
 *   URL of another kind; the reason of a signal that ends the wait for a stream
 */
export async function plainInput(
  input: FileInput,
  name: string,
  options: GatherOptions = {},
): Promise<string | Uint8Array> {
  if (typeof input === 'string') return input;
  const bytes = bytesIn(input);
  if (bytes !== undefined) return bytes;
  if (isUrl(input)) return pathOf(input, name);
  if (isBlob(input) || isStream(input)) return gathered(input, name, options);
  throw new ImageError({ expected: forms, name, received: describe(input) });
}

/** The bytes of a buffer, or of a view of one, of any realm; undefined for anything else. */
export function bytesIn(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return isBuffer(value) ? new Uint8Array(value) : undefined;
}

export function isUrl(value: unknown): value is URL {
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
