/** Bodies of requests, written to files as they come: memory does not grow with them. */

import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { removeTemporary, temporaryPath } from '../../files/temporary.ts';
import { Refusal } from './answers.ts';

/** A received file. */
export interface Upload {
  readonly path: string;
  readonly sha256: string;
}

/** The files of a request by their fields; a body that is no form is its `content`. */
export type Uploads = ReadonlyMap<string, Upload>;

/** Fields of forms that are files. */
const FIELDS = ['content', 'style'];

export interface ReceiveOptions {
  readonly folder: string;
  /** Of the whole body. */
  readonly limitBytes: number;
}

/**
 * Writes the body of a request to files.
 *
 * @throws Refusal if it is too long, empty, or a form with other fields; the system's error
 */
export async function receive(request: IncomingMessage, options: ReceiveOptions): Promise<Uploads> {
  const { limitBytes } = options;
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLong(limitBytes);
  const type = request.headers['content-type'] ?? '';
  const uploads = /^multipart\/form-data\b/i.test(type)
    ? await receiveForm(request, options)
    : new Map([['content', await writeStream(request, options)]]);
  const empty = [...uploads].find(([, { sha256 }]) => sha256 === NOTHING);
  if (empty === undefined) return uploads;
  await discard(uploads);
  const remedy = 'as in: curl --data-binary @photo.jpg, or -F content=@photo.jpg';
  throw new Refusal('picture', { expected: 'a picture', name: empty[0], received: 'nothing', remedy });
}

/** Removes files that are no longer needed. */
export async function discard(uploads: Uploads): Promise<void> {
  await Promise.all([...uploads.values()].map(({ path }) => removeTemporary(path)));
}

/** Writes a stream of bytes to a file, which is removed if it ends early or is too long. */
export async function writeStream(stream: Readable, { folder, limitBytes }: ReceiveOptions): Promise<Upload> {
  const path = temporaryPath('.upload', folder);
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > limitBytes) throw tooLong(limitBytes);
      hash.update(chunk);
      yield chunk;
    }
  };
  try {
    await pipeline(stream, counted, createWriteStream(path, { flags: 'wx' }));
    return { path, sha256: hash.digest('hex') };
  } catch (error) {
    await removeTemporary(path);
    throw error;
  }
}

const NOTHING = createHash('sha256').digest('hex');

async function receiveForm(request: IncomingMessage, options: ReceiveOptions): Promise<Uploads> {
  const { Busboy } = await import('@fastify/busboy');
  const uploads = new Map<string, Upload>();
  const writing: Promise<void>[] = [];
  let fault: unknown;
  const form = new Busboy({
    headers: { ...request.headers, 'content-type': request.headers['content-type'] ?? '' },
    limits: { files: FIELDS.length, fields: 0, parts: FIELDS.length, headerPairs: 32 },
  });
  form.on('file', (field, file) => {
    const isKnown = FIELDS.includes(field) && !uploads.has(field);
    fault ??= isKnown ? undefined : unknownField(field);
    const write = async () => {
      if (!isKnown) file.resume();
      else uploads.set(field, await writeStream(file, options));
    };
    writing.push(
      write().catch((error: unknown) => {
        fault ??= error;
        file.resume();
      }),
    );
  });
  for (const event of ['partsLimit', 'filesLimit', 'fieldsLimit'] as const) {
    form.on(event, () => {
      fault ??= unknownField('another one');
    });
  }
  await pipeline(request, form).catch((error: unknown) => {
    fault ??= new Refusal(
      'setting',
      {
        ...{ expected: 'a whole form', name: 'the body', received: 'a damaged one' },
      },
      { cause: error },
    );
  });
  await Promise.all(writing);
  if (fault === undefined && uploads.has('content')) return uploads;
  await discard(uploads);
  throw fault ?? unknownField('none of this name');
}

function unknownField(received: string): Refusal {
  const expected = `files, ${FIELDS.join(' and ')},`;
  const remedy = 'options are parameters of the address: /v1/paint?strength=0.8';
  return new Refusal('setting', { expected, name: 'the form', received, remedy });
}

export function tooLong(limitBytes: number): Refusal {
  const expected = `at most ${Math.round(limitBytes / 1e6)} MB`;
  return new Refusal('bytes', { expected, name: 'the body', received: 'more' });
}
