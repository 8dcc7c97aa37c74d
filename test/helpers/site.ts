/** A web site on 127.0.0.1 for tests of pages: folders under prefixes, cross-origin isolated for threads. */

import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono } from 'hono';

export interface Site {
  /** Without a trailing slash. */
  readonly origin: string;
  close(): Promise<void>;
}

export interface SiteOptions {
  /** Folders by the prefix of their addresses, e.g. `{ '/models/': '…/models' }`; the first match wins. */
  readonly folders: Readonly<Record<string, string>>;
  /** Sends the headers COOP and COEP; default true. */
  readonly isolated?: boolean;
  /** Sends the header CORS, for pages of other origins. */
  readonly shared?: boolean;
}

/** Serves folders, and an empty page at `/blank.html`. */
export async function serveSite({ folders, isolated = true, shared = false }: SiteOptions): Promise<Site> {
  const app = new Hono();
  app.use(async (c, next) => {
    if (isolated) {
      c.header('Cross-Origin-Opener-Policy', 'same-origin');
      c.header('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    if (shared) c.header('Access-Control-Allow-Origin', '*');
    c.header('Cross-Origin-Resource-Policy', shared ? 'cross-origin' : 'same-origin');
    await next();
  });
  app.get('/blank.html', (c) => c.html('<!doctype html><title>Test</title><link rel="icon" href="data:,">'));
  for (const [prefix, root] of Object.entries(folders)) {
    const rewriteRequestPath = (path: string): string => path.slice(prefix.length - 1);
    app.get(`${prefix}*`, serveStatic({ root, rewriteRequestPath }));
  }
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    close() {
      if ('closeAllConnections' in server) server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}
