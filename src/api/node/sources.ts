/**
 * Contents by their addresses. Only what the server's owner allows is fetched, and only from the open
 * internet: each name is resolved once, all its addresses are checked, and one of them is connected to.
 */

import { lookup } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
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
}

/**
 * Fetches a picture file.
 *
 * @throws Refusal if its address is not allowed, or it cannot be fetched
 */
export async function fetchSource(text: string, options: SourceOptions): Promise<Upload> {
  const signal = AbortSignal.timeout(1000 * FETCH_SECONDS);
  let url = parse(text);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await get(url, options, signal);
    const { statusCode = 0, headers } = response;
    if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
      response.destroy();
      url = parse(headers.location, url);
      continue;
    }
    if (statusCode !== 200) {
      response.destroy();
      throw refused('a picture', `status ${statusCode}`);
    }
    if (Number(headers['content-length'] ?? 0) > options.limitBytes) {
      response.destroy();
      throw tooLong(options.limitBytes, NAME);
    }
    // The rest of what is refused is not taken from its host.
    return writeStream(response, options, NAME).catch((error: unknown) => {
      response.destroy();
      return unlessRefused(error);
    });
  }
  throw refused(`at most ${MOST_REDIRECTS} redirects`, 'more');
}

async function get(url: URL, options: SourceOptions, signal: AbortSignal): Promise<IncomingMessage> {
  const { allowed, resolve = resolveAll, isOpen = isOpenAddress } = options;
  if (!allowed.some((beginning) => isWithin(url, beginning))) {
    throw refused('an address that this server allows', url.origin);
  }
  // Node does not look addresses up that are none but numbers.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = isIP(host) > 0 ? [host] : await resolve(host).catch(unlessRefused);
  const [address] = addresses;
  if (address === undefined || !addresses.every(isOpen)) {
    throw refused('an address of the open internet', 'another one');
  }
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise<IncomingMessage>((done, failed) => {
    const sent = request(url, {
      signal,
      agent: false,
      headers: { Accept: 'image/*', 'Accept-Encoding': 'identity' },
      lookup: (_, { all }, answer) => {
        const family = isIP(address);
        if (all === true) answer(null, [{ address, family }]);
        else answer(null, address, family);
      },
    });
    sent.once('response', done).once('error', failed).end();
  }).catch(unlessRefused);
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

/** What a host inside of a network answers, or whether it is there, is not told. */
function unlessRefused(error: unknown): never {
  if (error instanceof Refusal) throw error;
  throw refused('a picture', 'none', error);
}

function refused(expected: string, received: string, cause?: unknown): Refusal {
  return new Refusal('source', { expected, name: NAME, received }, { cause });
}
