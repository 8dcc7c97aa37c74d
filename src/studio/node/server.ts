/** The server of `wasserfarbe studio`. Node only. */

import { readFile, stat } from 'node:fs/promises';
import { Hono } from 'hono';
import { listenLocally, localHost } from '../../serve/node/local-server.ts';
import { headers } from '../headers.ts';
import { type StudioFile, studioFiles, typeOf } from './files.ts';

export interface ServedStudio {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the studio on 127.0.0.1.
 *
 * @param port 0 for any free one
 * @throws WasserfarbeError if a part of the package is missing, or the port is taken
 */
export async function serveStudio(port: number): Promise<ServedStudio> {
  const { server, url } = await listenLocally(studioApp(await studioFiles()), port);
  return {
    url,
    async close() {
      const closed = new Promise((done) => server.close(done));
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}

/** The request handler: files by their addresses, and nothing else. */
function studioApp(files: ReadonlyMap<string, StudioFile>): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    if (!localHost.test(c.req.header('Host') ?? '')) return c.text('expected a local host', 403);
    await next();
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    // Browsers ask for each file again, and get 304 if it is unchanged.
    c.header('Cache-Control', 'no-cache');
    return undefined;
  });
  app.get('*', async (c) => {
    // Paths are built only from known addresses, never directly from the request.
    const address = c.req.path === '/' ? 'index.html' : c.req.path.slice(1);
    const file = files.get(address);
    if (file === undefined) return c.notFound();
    const type = { 'Content-Type': typeOf(address) };
    if ('text' in file) return c.body(file.text, 200, type);
    const { mtimeMs, size } = await stat(file.path);
    const tag = `"${size.toString(36)}-${Math.round(mtimeMs).toString(36)}"`;
    if (c.req.header('If-None-Match') === tag) return c.body(null, 304, { ETag: tag });
    return c.body(Uint8Array.from(await readFile(file.path)), 200, { ...type, ETag: tag });
  });
  app.notFound((c) => c.text('expected a file of the studio', 404));
  app.onError((error, c) => {
    console.error(`wasserfarbe: ${error.message}`);
    return c.text('the server could not answer this; see its terminal', 500);
  });
  return app;
}
