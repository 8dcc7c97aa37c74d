/** The studio's service worker where the browser has no room for its files. */

import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => vi.unstubAllGlobals());

it('answers with the server’s file though it cannot be kept', async () => {
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
  })) {
    vi.stubGlobal(name, value);
  }
  await import('./service-worker.ts');
  const answered = new Promise<Response>((respondWith) => {
    listeners.get('fetch')?.({ request: new Request('https://studio.example/page.js'), respondWith });
  });
  const response = await answered;
  expect(await response.text()).toBe('script');
  expect(response.headers.get('X-Own')).toBe('yes');
});
