/**
 * The studio's service worker: it keeps the page's files, so that the page works without its server, and
 * adds the headers for threads where the server does not send them. `node/files.ts` writes the list of files
 * before it.
 */

/** What `node/files.ts` writes. */
interface Kept {
  /** Changes with any file. */
  readonly version: string;
  /** Addresses of files that the first painting needs. */
  readonly first: readonly string[];
  /** Addresses of files for later: other models, finishing; and ONNX Runtime for each device. */
  readonly rest: readonly string[];
  readonly runtime: Readonly<Record<string, readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** The type library of pages does not know service workers. */
interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface FetchEvent extends Extendable {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}
interface Scope {
  readonly registration: { readonly active: unknown };
  readonly kept: Kept;
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: Extendable) => void): void;
  addEventListener(type: 'message', listener: (event: Extendable & MessageEvent<string>) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
}

const scope = globalThis as unknown as Scope;
const { version, first, rest, runtime, headers } = scope.kept;
/** What `offline.ts` says to a new version. */
const REPLACE = 'replace';
const PREFIX = 'wasserfarbe-studio-';
const cacheName = PREFIX + version;

scope.addEventListener('install', (event) => {
  // A page of the version before keeps its files until it asks to be loaded anew.
  const isFirst = scope.registration.active === null;
  event.waitUntil(fetchAll(first).then(() => (isFirst ? scope.skipWaiting() : undefined)));
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(forgetOthers());
  // Nothing waits for it: in Firefox it never ends where threads of ONNX Runtime wait for work, and until
  // the worker is active, all requests of the page wait for the worker.
  void scope.clients.claim();
});

// The page says which device it uses, or that it wants this version now. What cannot be fetched now is
// fetched at the next visit.
scope.addEventListener('message', (event) => {
  if (event.data === REPLACE) event.waitUntil(scope.skipWaiting());
  else event.waitUntil(fetchAll([...(runtime[event.data] ?? []), ...rest]).catch(() => {}));
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || new URL(request.url).origin !== scope.location.origin) return;
  event.respondWith(answer(request));
});

async function forgetOthers(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== cacheName);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** Fetches files that are not kept yet, one after the other. */
async function fetchAll(addresses: readonly string[]): Promise<void> {
  const cache = await caches.open(cacheName);
  for (const address of addresses) {
    const url = new URL(address, scope.location.href);
    if ((await cache.match(url)) === undefined) await cache.add(new Request(url, { cache: 'no-cache' }));
  }
}

/** A kept file, or the server's, which is kept from then on. */
async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(request, { ignoreSearch: true, ignoreVary: true });
  if (kept !== undefined) return withHeaders(kept);
  const response = await fetch(request);
  // On a full disk the page still works with its server.
  if (response.ok) await cache.put(request, response.clone()).catch(() => undefined);
  return withHeaders(response);
}

function withHeaders(response: Response): Response {
  // An opaque answer cannot be changed.
  if (response.status === 0) return response;
  const all = new Headers(response.headers);
  // The body is decompressed already, and some browsers would try that again.
  for (const name of ['Content-Encoding', 'Content-Length']) all.delete(name);
  for (const [name, value] of Object.entries(headers)) all.set(name, value);
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers: all });
}
