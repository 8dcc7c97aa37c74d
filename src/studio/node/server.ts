/** The server of `wasserfarbe studio`. Node only. */

import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Hono } from 'hono';
import { listenLocally, isLocalHost } from '../../serve/node/local-server.ts';
import { headers } from '../headers.ts';
import { contentOf, type StudioFile, studioFiles, typeOf } from './files.ts';

export interface ServedStudio {
  readonly url: string;
  /** Makes ahead what a browser waits for: the engine, compressed, and the first painting, encoded. */
  prepare(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Serves the studio on 127.0.0.1.
 *
 * @param port 0 for any free one
 * @throws WasserfarbeError if a part of the package is missing, or the port is taken
 */
export async function serveStudio(port: number): Promise<ServedStudio> {
  const files = await studioFiles();
  const zipped = zippedFiles();
  const { server, url } = await listenLocally(studioApp(files, zipped), port);
  return {
    url,
    async prepare() {
      for (const [address, file] of files) {
        if (address === WASM) await zipped(address, file, await tagOf(file));
        else if (address.endsWith('.style')) await contentOf(file);
      }
    },
    async close() {
      const closed = new Promise((done) => server.close(done));
      if ('closeAllConnections' in server) server.closeAllConnections();
      await closed;
    },
  };
}

const WASM = 'runtime/ort-wasm-simd-threaded.wasm';

/** The request handler: files by their addresses, and nothing else. */
function studioApp(files: ReadonlyMap<string, StudioFile>, zipped: Zipped): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    if (!isLocalHost(c.req.header('Host') ?? '')) return c.text('expected a local host', 403);
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
    const tag = await tagOf(file);
    // Weak: the same content may be zipped or not.
    const about = { ETag: `W/"${tag}"`, Vary: 'Accept-Encoding' };
    if (c.req.header('If-None-Match')?.includes(`"${tag}"`)) return c.body(null, 304, about);
    const type = { ...about, 'Content-Type': typeOf(address) };
    if (!isZipped.test(address) || !/\bgzip\b/.test(c.req.header('Accept-Encoding') ?? '')) {
      return c.body(await contentOf(file), 200, type);
    }
    return c.body(await zipped(address, file, tag), 200, { ...type, 'Content-Encoding': 'gzip' });
  });
  app.notFound((c) => c.text('expected a file of the studio', 404));
  app.onError((error, c) => {
    console.error(`wasserfarbe: ${error.message}`);
    return c.text('the server could not answer this; see its terminal', 500);
  });
  return app;
}

/** Files that gzip makes much smaller. Weights and pictures stay as they are. */
const isZipped = /\.(css|html|js|json|mjs|svg|wasm|webmanifest)$/;

/** Changes with the content. */
async function tagOf(file: StudioFile): Promise<string> {
  if ('path' in file) {
    const { mtimeMs, size } = await stat(file.path);
    return `${size.toString(36)}-${Math.round(mtimeMs).toString(36)}`;
  }
  return createHash('sha256')
    .update(await contentOf(file))
    .digest('base64url')
    .slice(0, 16);
}

type Zipped = (address: string, file: StudioFile, tag: string) => Promise<Buffer<ArrayBuffer>>;

/** Zips a file once, when it is first asked for. */
function zippedFiles(): Zipped {
  const zipped = new Map<string, Promise<Buffer<ArrayBuffer>>>();
  return (address, file, tag) => {
    const key = `${address} ${tag}`;
    const known = zipped.get(key) ?? contentOf(file).then((content) => zip(content, { level: LEVEL }));
    zipped.set(key, known);
    known.catch(() => zipped.delete(key));
    return known;
  };
}

const zip = promisify(gzip);

/** WebAssembly of 14 MB takes two thirds of the time of the usual level, for 4 % more bytes. */
const LEVEL = 4;
