/**
 * Contents by their addresses. Only what the server's owner allows is fetched, and only from the open
 * internet: each name is resolved once, all its addresses are checked, and one of them is connected to.
 */

import { lookup } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { addAbortSignal } from 'node:stream';
import { isDiskFault } from '../../files/read.ts';
import { isOpenAddress } from './addresses.ts';
import { Refusal } from './answers.ts';
import { type ReceiveOptions, tooLong, type Upload, writeStream } from './upload.ts';

/** The parameter, in errors. */
const NAME = 'source';
const FETCH_SECONDS = 20;
const MOST_REDIRECTS = 3;

export interface SourceOptions extends ReceiveOptions {
  /** Beginnings of addresses, each with a path of `/` at least. */
  readonly allowed: readonly URL[];
  /** All addresses of a name; another one in tests. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
  /** Whether an address may be connected to; another one in tests. */
  readonly isOpen?: (address: string) => boolean;
  /** Ends the fetching. */
  readonly signal?: AbortSignal;
}

/**
 * Fetches a picture file.
 *
 * @throws Refusal if its address is not allowed, or it cannot be fetched; the signal's reason; the system's
 *   error if it cannot be written
 */
export async function fetchSource(text: string, options: SourceOptions): Promise<Upload> {
  try {
    return await fetchFrom(parse(text), options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof Refusal || isDiskFault(error)) throw error;
    // What a host inside of a network answers, or whether it is there, is not told.
    throw refused('a picture', 'none', error);
  }
}

async function fetchFrom(first: URL, options: SourceOptions): Promise<Upload> {
  const late = AbortSignal.timeout(1000 * FETCH_SECONDS);
  let url = first;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await get(url, options, late);
    try {
      const { statusCode = 0, headers } = response;
      if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
        url = parse(headers.location, url);
        continue;
      }
      if (statusCode !== 200) throw refused('a picture', `status ${statusCode}`);
      if (Number(headers['content-length'] ?? 0) > options.limitBytes)
        throw tooLong(options.limitBytes, NAME);
      return await writeStream(response, options, NAME);
    } finally {
      // What is not wanted is not taken from its host.
      response.destroy();
    }
  }
  throw refused(`at most ${MOST_REDIRECTS} redirects`, 'more');
}

async function get(url: URL, options: SourceOptions, late: AbortSignal): Promise<IncomingMessage> {
  const { allowed, resolve = resolveAll, isOpen = isOpenAddress, signal } = options;
  if (!allowed.some((beginning) => isWithin(url, beginning))) {
    throw refused('an address that this server allows', url.origin);
  }
  // Node does not look addresses up that are none but numbers.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) > 0 ? [host] : await resolve(host);
  const [address] = addresses;
  if (address === undefined || !addresses.every(isOpen)) {
    throw refused('an address of the open internet', 'another one');
  }
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise<IncomingMessage>((done, failed) => {
    const sent = request(url, {
      signal: late,
      agent: false,
      headers: { Accept: 'image/*', 'Accept-Encoding': 'identity' },
      lookup: (_, { all }, answer) => {
        const family = isIP(address);
        if (all === true) answer(null, [{ address, family }]);
        else answer(null, address, family);
      },
    });
    if (signal !== undefined) addAbortSignal(signal, sent);
    sent.once('response', done).once('error', failed).end();
  });
}

/**
 * Whether an address begins as allowed. `..` between slashes, and its codes, are resolved by then. Slashes
 * may be coded too, and some servers resolve `..` between those: the rest of the path has none.
 */
function isWithin(url: URL, beginning: URL): boolean {
  const plain = url.username === '' && url.password === '';
  if (!plain || url.origin !== beginning.origin || !url.pathname.startsWith(beginning.pathname)) return false;
  return !/%2f|%5c/i.test(url.pathname.slice(beginning.pathname.length));
}

function parse(text: string, base?: URL): URL {
  if (URL.canParse(text, base?.href)) {
    const url = new URL(text, base?.href);
    if (['https:', 'http:'].includes(url.protocol)) return url;
  }
  throw refused('an address that begins with https://', 'another one');
}

async function resolveAll(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

function refused(expected: string, received: string, cause?: unknown): Refusal {
  return new Refusal('source', { expected, name: NAME, received }, { cause });
}
