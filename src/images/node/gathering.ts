/** Bytes of blobs and streams, gathered once for all calls that ask for them. Node only. */

import { ImageError, WasserfarbeError } from '../../errors.ts';
import { tagOf } from '../../tag.ts';
import { messageOf } from '../../thrown.ts';
import { knownFileError } from '../../files/read.ts';
import { inWords } from './limits.ts';

/** How bytes are gathered. */
export interface GatherOptions {
  /** Most bytes of a stream. Default: any number. */
  readonly limitBytes?: number;
  /** Aborting it ends the wait, and the stream too if no other call waits for it. */
  readonly signal?: AbortSignal | undefined;
}

/** A stream that is being read. */
interface Source {
  next(): Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>;
  /** Ends the stream, even one that waits for its next part. */
  stop(): unknown;
}

const known = new WeakMap<object, Gathering>();

/**
 * The bytes of a blob or a stream.
 *
 * @param name of the picture in errors
 * @throws ImageError if it fails, gives something else than bytes, or has more than `limitBytes`; the reason
 *   of the signal
 */
export async function gathered(
  input: Blob | AsyncIterable<unknown>,
  name: string,
  { limitBytes = Number.POSITIVE_INFINITY, signal }: GatherOptions,
): Promise<Uint8Array> {
  signal?.throwIfAborted();
  const gathering = known.get(input) ?? new Gathering(input, name, limitBytes);
  known.set(input, gathering);
  return gathering.wait(signal);
}

class Gathering {
  readonly #name: string;
  readonly #bytes: Promise<Uint8Array>;
  #source: Source | undefined;
  #waiting = 0;
  #isStopped = false;

  constructor(input: Blob | AsyncIterable<unknown>, name: string, limitBytes: number) {
    this.#name = name;
    this.#bytes = this.#gather(input, limitBytes).catch((cause: unknown) => {
      const fault = this.#isStopped ? this.#aborted() : explained(cause, name);
      this.#stop();
      throw fault;
    });
  }

  async wait(signal: AbortSignal | undefined): Promise<Uint8Array> {
    let abort = (): void => {};
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(signal?.reason);
    });
    signal?.addEventListener('abort', abort);
    this.#waiting += 1;
    try {
      return await Promise.race([this.#bytes, aborted]);
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#waiting -= 1;
      if (signal?.aborted && this.#waiting === 0) this.#stop();
    }
  }

  async #gather(input: Blob | AsyncIterable<unknown>, limitBytes: number): Promise<Uint8Array> {
    if ('arrayBuffer' in input) return new Uint8Array(await input.arrayBuffer());
    this.#source = sourceOf(input);
    const name = this.#name;
    const parts: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const { done, value: part } = await this.#source.next();
      if (this.#isStopped) throw this.#aborted();
      if (done) return new Uint8Array(Buffer.concat(parts));
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
  }

  #aborted(): ImageError {
    return failed(this.#name, 'a stream whose reading was aborted');
  }

  #stop(): void {
    this.#isStopped = true;
    const stopping = async () => this.#source?.stop();
    stopping().catch(() => {});
  }
}

function sourceOf(stream: AsyncIterable<unknown>): Source {
  if (isWebStream(stream)) {
    // An iterator would be stopped only after its next part.
    const reader = stream.getReader();
    return { next: () => reader.read(), stop: () => reader.cancel() };
  }
  const iterator = stream[Symbol.asyncIterator]();
  const stop = () => (isNodeStream(stream) ? stream.destroy() : iterator.return?.());
  return { next: () => iterator.next(), stop };
}

function isWebStream(stream: object): stream is ReadableStream<unknown> {
  return 'getReader' in stream;
}

function isNodeStream(stream: object): stream is { destroy(): void } {
  return 'destroy' in stream;
}

/** A value in a few words, for errors. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return 'text';
  const tag = tagOf(value);
  return tag === '' ? String(value) : `an object (${tag})`;
}

/** The error for a stream that has failed. Our own errors, and aborts by its owner, stay as they are. */
function explained(cause: unknown, name: string): unknown {
  const isAbort = cause instanceof Error && /^(Abort|Timeout)Error$/.test(cause.name);
  if (isAbort || cause instanceof WasserfarbeError) return cause;
  const received = knownFileError(cause) ?? `a stream that fails: ${messageOf(cause)}`;
  return failed(name, received, cause);
}

function failed(name: string, received: string, cause?: unknown): ImageError {
  const isOfFile = cause instanceof Error && 'path' in cause && typeof cause.path === 'string';
  const where = isOfFile ? { where: String(cause.path) } : {};
  return new ImageError({ expected: 'a picture file', name, received, ...where }, { cause });
}
