/** Bodies of requests, written to files as they come: memory does not grow with them. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { BusboyInstance } from '@fastify/busboy';
import { removeTemporary, temporaryPath } from '../../files/temporary.ts';
import { inWords as bytesInWords } from '../../images/node/limits.ts';
import { inWords } from '../../stylize/option-kinds.ts';
import { Refusal } from './answers.ts';

/** A received file. */
export interface Upload {
  readonly path: string;
  readonly sha256: string;
}

/** The files of a request by their fields. */
export type Uploads = ReadonlyMap<string, Upload>;

/** Files that a request may send. The first must be there; a body that is no form is this one. */
type Fields = readonly [needed: string, ...others: string[]];

/** What the body of a request is called in errors. */
const BODY = 'the body';

export const formFields = {
  paint: ['content', 'style'],
  style: ['style'],
} as const satisfies Record<string, Fields>;

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
export async function receive(
  request: IncomingMessage,
  fields: Fields,
  options: ReceiveOptions,
): Promise<Uploads> {
  const { limitBytes } = options;
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLong(limitBytes, BODY);
  const isForm = /^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '');
  const body = async () => new Map([[fields[0], await writeStream(request, options)]]);
  const uploads = await (isForm ? receiveForm(request, fields, options) : body()).catch((error: unknown) => {
    throw request.errored === null ? error : new Refusal('closed', 'the client has gone', { cause: error });
  });
  const empty = [...uploads].find(([, { sha256 }]) => sha256 === NOTHING);
  if (empty === undefined) return uploads;
  await discard(uploads);
  const remedy = `${example(fields)}, or --data-binary @photo.jpg`;
  throw new Refusal('picture', { expected: 'a picture', name: empty[0], received: 'nothing', remedy });
}

/** @throws Refusal if a request has a body, which a source is in place of */
export function checkBodiless({ headers }: IncomingMessage): void {
  if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0) return;
  const problem = { expected: 'no body beside source', name: 'the request', received: 'one' };
  throw new Refusal('setting', { ...problem, remedy: 'send either' });
}

/** Removes files that are no longer needed. */
export async function discard(uploads: Uploads): Promise<void> {
  await Promise.all([...uploads.values()].map(({ path }) => removeTemporary(path)));
}

/**
 * Writes a stream of bytes to a file, which is removed if it ends early or is too long. The stream is not
 * destroyed then: with the body of a request, its connection would go, and the answer with it.
 *
 * @param name of the stream in errors
 */
export async function writeStream(
  stream: Readable,
  { folder, limitBytes }: ReceiveOptions,
  name = BODY,
): Promise<Upload> {
  const path = temporaryPath('.upload', folder);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    await mkdir(folder, { recursive: true });
    const file = await open(path, 'wx');
    try {
      for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > limitBytes) throw tooLong(limitBytes, name);
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
/** What the parser calls `undefined`. */
const NAMELESS = 'a part without a name';

async function receiveForm(
  request: IncomingMessage,
  fields: Fields,
  options: ReceiveOptions,
): Promise<Uploads> {
  const form = await formOf(request, fields);
  const uploads = new Map<string, Upload>();
  const files = new Map<string, Readable>();
  const writing: Promise<void>[] = [];
  let bytes = 0;
  let fault: unknown;
  const fail = (error: unknown) => {
    fault ??= error;
  };
  form.on('file', (field: string | undefined = NAMELESS, file: Readable) => {
    // A form that breaks off fails its last file too, maybe before anyone reads it. The form tells why.
    file.on('error', () => {});
    if (!fields.includes(field) || files.has(field)) {
      fail(unknownField(fields, files.has(field) ? `a second ${field}` : field));
      file.resume();
      return;
    }
    files.set(field, file);
    const written = writeStream(file, options).then((upload) => void uploads.set(field, upload));
    writing.push(written.catch(fail));
  });
  form.on('field', (field: string | undefined = NAMELESS) => fail(unknownField(fields, field)));
  for (const event of ['partsLimit', 'filesLimit'] as const)
    form.on(event, () => fail(unknownField(fields, 'more')));
  try {
    const ended = once(form, 'finish');
    ended.catch(() => {});
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > options.limitBytes) fail(tooLong(options.limitBytes, BODY));
      if (fault !== undefined) break;
      if (!form.write(chunk)) await Promise.race([once(form, 'drain'), ended]);
    }
    request.resume();
    form.end();
    await ended;
  } catch (cause) {
    const problem = { expected: 'a whole form', name: BODY, received: 'a damaged one' };
    fail(request.errored ?? new Refusal('setting', problem, { cause }));
    // Files that are not whole yet get neither more bytes nor an end.
    for (const file of files.values()) file.destroy();
  }
  await Promise.all(writing);
  if (fault === undefined && uploads.has(fields[0])) return uploads;
  await discard(uploads);
  const problem = { expected: 'a file', name: fields[0], received: 'none', remedy: example(fields) };
  throw fault ?? new Refusal('setting', problem);
}

/** The parser of a form. */
async function formOf({ headers }: IncomingMessage, fields: Fields): Promise<BusboyInstance> {
  const busboy = await import('@fastify/busboy');
  const type = headers['content-type'] ?? '';
  try {
    return new busboy.Busboy({
      headers: { ...headers, 'content-type': type },
      limits: { files: fields.length, parts: fields.length, headerPairs: 32 },
    });
  } catch (cause) {
    const expected = 'a form with a boundary';
    const remedy = `leave this header to the client, ${example(fields)}`;
    const problem = { expected, name: 'Content-Type', received: inWords(type), remedy };
    throw new Refusal('setting', problem, { cause });
  }
}

/** How to send what is needed. */
function example([needed]: Fields): string {
  return `as in: curl -F ${needed}=@photo.jpg`;
}

function unknownField(fields: Fields, received: string): Refusal {
  const expected = `only the ${fields.length > 1 ? 'files' : 'file'} ${fields.join(' and ')}`;
  const remedy = 'options are parameters of the address: /v1/paint?strength=0.8';
  return new Refusal('setting', { expected, name: 'the form', received, remedy });
}

export function tooLong(limitBytes: number, name: string): Refusal {
  return new Refusal('bytes', { expected: `at most ${bytesInWords(limitBytes)}`, name, received: 'more' });
}
