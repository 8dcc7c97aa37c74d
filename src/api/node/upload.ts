/** Bodies of requests, written to files as they come: memory does not grow with them. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
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
  const isForm = /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');
  const body = async () => new Map([['content', await writeStream(request, options)]]);
  const uploads = await (isForm ? receiveForm(request, options) : body()).catch((error: unknown) => {
    throw request.errored === null ? error : new Refusal('closed', 'the client has gone', { cause: error });
  });
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

/**
 * Writes a stream of bytes to a file, which is removed if it ends early or is too long. The stream is not
 * destroyed then: with the body of a request, its connection would go, and the answer with it.
 */
export async function writeStream(stream: Readable, { folder, limitBytes }: ReceiveOptions): Promise<Upload> {
  const path = temporaryPath('.upload', folder);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const file = await open(path, 'wx');
    try {
      for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > limitBytes) throw tooLong(limitBytes);
        hash.update(chunk);
        await file.writeFile(chunk);
      }
    } finally {
      await file.close();
    }
    return { path, sha256: hash.digest('hex') };
  } catch (error) {
    stream.resume();
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
  const fail = (error: unknown) => {
    fault ??= error;
  };
  const form = new Busboy({
    headers: { ...request.headers, 'content-type': request.headers['content-type'] ?? '' },
    limits: { files: FIELDS.length, parts: FIELDS.length, headerPairs: 32 },
  });
  form.on('file', (field, file) => {
    if (FIELDS.includes(field) && !uploads.has(field)) {
      const written = writeStream(file, options).then((upload) => void uploads.set(field, upload));
      writing.push(written.catch(fail));
    } else {
      fail(unknownField(field));
      file.resume();
    }
  });
  form.on('field', (field) => fail(unknownField(field)));
  for (const event of ['partsLimit', 'filesLimit'] as const)
    form.on(event, () => fail(unknownField('another')));
  try {
    const ended = once(form, 'finish');
    ended.catch(() => {});
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      if (fault !== undefined) break;
      if (!form.write(chunk)) await Promise.race([once(form, 'drain'), ended]);
    }
    request.resume();
    form.end();
    await ended;
  } catch (cause) {
    const problem = { expected: 'a whole form', name: 'the body', received: 'a damaged one' };
    fail(request.errored ?? new Refusal('setting', problem, { cause }));
  }
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
