/** The studio's service worker where the browser has no room for its files, and when a new version comes. */

import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => vi.unstubAllGlobals());

afterEach(() => vi.resetModules());

/** The worker's listeners, in a scope of its own. */
async function start(scope: Readonly<Record<string, unknown>> = {}) {
  const listeners = new Map<string, (event: unknown) => void>();
  const cache = {
    match: async () => undefined,
    put: async () => {
      throw new DOMException('full', 'QuotaExceededError');
    },
  };
  for (const [name, value] of Object.entries({
    kept: { version: '1', first: [], rest: [], runtime: {}, headers: { 'X-Own': 'yes' } },
    location: new URL('https://studio.example/'),
    addEventListener: (type: string, listen: (event: unknown) => void) => listeners.set(type, listen),
    caches: { open: async () => cache },
    fetch: async () => new Response('script'),
    ...scope,
  })) {
    vi.stubGlobal(name, value);
  }
  await import('./service-worker.ts');
  return listeners;
}

it('replaces no version that runs before it is asked to', async () => {
  for (const [active, expected] of [
    [null, 1],
    [{}, 0],
  ] as const) {
    vi.resetModules();
    const skipWaiting = vi.fn(async () => undefined);
    const listeners = await start({ registration: { active }, skipWaiting });
    const waited: Promise<unknown>[] = [];
    const waitUntil = (work: Promise<unknown>) => waited.push(work);
    listeners.get('install')?.({ waitUntil });
    await Promise.all(waited);
    expect(skipWaiting).toHaveBeenCalledTimes(expected);
    listeners.get('message')?.({ data: 'wasm', waitUntil });
    listeners.get('message')?.({ data: 'replace', waitUntil });
    await Promise.all(waited);
    expect(skipWaiting).toHaveBeenCalledTimes(expected + 1);
  }
});

it('answers with the server’s file though it cannot be kept', async () => {
  const listeners = await start();
  const answered = new Promise<Response>((respondWith) => {
    listeners.get('fetch')?.({ request: new Request('https://studio.example/page.js'), respondWith });
  });
  const response = await answered;
  expect(await response.text()).toBe('script');
  expect(response.headers.get('X-Own')).toBe('yes');
});
