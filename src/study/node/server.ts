/**
 * The server of `wasserfarbe study rate`: the page, the pictures under opaque names, the ratings. Node only.
 */

import { readdir, readFile } from 'node:fs/promises';
import { readRegular } from '../../files/regular.ts';
import { join } from 'node:path';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { WasserfarbeError } from '../../errors.ts';
import { packagePath } from '../../files/package.ts';
import { HOST, listenLocally, isLocalHost } from '../../serve/node/local-server.ts';
import type { RaterState, RatingSaved, Refusal, StudySummary } from '../api.ts';
import { PICTURES_FOLDER, raterSchema, ratingRequestSchema, type Study } from '../format.ts';
import { type AnswerStore, openAnswers } from './answers.ts';
import { readStudy } from './folder.ts';
import { orderFor } from '../pairs.ts';
import { css } from '../page/css.ts';
import { html } from '../page/html.ts';

/** The page is always compiled, even if the server runs from source. */
const pageFolder = packagePath('dist/study/page/');

export interface ServedStudy {
  readonly url: string;
  readonly study: Study;
  /** Ends after pending ratings have been written. */
  close(): Promise<void>;
}

/**
 * Serves a study on 127.0.0.1.
 *
 * @param port 0 for any free one
 * @throws WasserfarbeError if the folder holds no study, another process serves it, or the port is taken
 */
export async function serveStudy(folder: string, port: number): Promise<ServedStudy> {
  await readStudy(folder);
  const answers = await openAnswers(folder);
  try {
    // Read again: another study may have replaced it before the lock was taken.
    const study = await readStudy(folder);
    const app = studyApp(folder, study, answers, await readScripts());
    const { server, url } = await listenLocally(app, port);
    return {
      url,
      study,
      async close() {
        const closed = new Promise((done) => server.close(done));
        if ('closeIdleConnections' in server) server.closeIdleConnections();
        await answers.close();
        if ('closeAllConnections' in server) server.closeAllConnections();
        await closed;
      },
    };
  } catch (error) {
    await answers.close();
    throw error;
  }
}

/**
 * The request handler. It knows the study and the answers, but not the key.
 *
 * @param scripts the page's compiled modules, by file name
 */
function studyApp(
  folder: string,
  study: Study,
  answers: AnswerStore,
  scripts: ReadonlyMap<string, string>,
): Hono {
  const items = new Set(study.items.map(({ id }) => id));
  const pictures = new Set(study.items.flatMap(({ id, content, style }) => [id, content, style]));
  const app = new Hono();
  app.use(guard);
  app.use(secureHeaders({ contentSecurityPolicy, strictTransportSecurity: false }));
  app.use('/api/*', bodyLimit({ maxSize: 4096, onError: (c) => refuse(c, 413, 'a shorter request') }));
  app.use(async (c, next) => {
    c.header('Cache-Control', 'no-store');
    await next();
  });

  app.get('/', (c) => c.html(html));
  app.get('/style.css', (c) => c.body(css, 200, { 'Content-Type': 'text/css; charset=utf-8' }));
  app.get('/page/:name', (c) => {
    const script = scripts.get(c.req.param('name'));
    if (script === undefined) return c.notFound();
    return c.body(script, 200, { 'Content-Type': 'text/javascript; charset=utf-8' });
  });
  app.get('/pictures/:name', async (c) => {
    // Paths are built only from known names, never directly from the request.
    const id = c.req.param('name').replace(/\.png$/, '');
    if (!pictures.has(id)) return c.notFound();
    const bytes = await readRegular(join(folder, PICTURES_FOLDER, `${id}.png`));
    const headers = { 'Content-Type': 'image/png', 'Cache-Control': 'private, max-age=31536000, immutable' };
    return c.body(Uint8Array.from(bytes), 200, headers);
  });

  app.get('/api/study', (c) => c.json<StudySummary>({ study: study.id, items: items.size }));
  app.get('/api/items', (c) => {
    const rater = raterSchema.safeParse(c.req.query('rater'));
    if (!rater.success) return refuse(c, 400, 'a name of 1 to 60 characters');
    return c.json<RaterState>({
      study: study.id,
      rater: rater.data,
      items: orderFor(study.items, study.seed, rater.data),
      ratings: Object.fromEntries(answers.ratingsOf(rater.data)),
    });
  });
  app.post('/api/ratings', async (c) => {
    // A form of another web site cannot send this type without a preflight request.
    if (!/^application\/json\b/.test(c.req.header('Content-Type') ?? '')) return refuse(c, 415, 'JSON');
    const request = ratingRequestSchema.safeParse(await c.req.json().catch(() => undefined));
    if (!request.success) return refuse(c, 400, 'a name, and two ratings from 0 to 1');
    const { rater, item, content, style } = request.data;
    if (request.data.study !== study.id) return refuse(c, 409, 'a rating of this study; reload the page');
    if (!items.has(item)) return refuse(c, 404, 'a picture of this study');
    await answers.save(rater, item, { content, style });
    return c.json<RatingSaved>({ rated: answers.ratingsOf(rater).size });
  });

  app.notFound((c) => refuse(c, 404, 'a page of this study'));
  app.onError((error, c) => {
    console.error(`wasserfarbe: ${error.message}`);
    // After a 5xx the page keeps the rating and tries again.
    const failed = c.req.method === 'POST' ? 'save' : 'answer';
    return c.json<Refusal>({ error: `the server could not ${failed} this; see its terminal` }, 500);
  });
  return app;
}

const contentSecurityPolicy = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/** Refuses requests that other web sites make through the rater's browser. */
async function guard(c: Context, next: () => Promise<void>): Promise<Response | undefined> {
  const host = c.req.header('Host') ?? '';
  const origin = c.req.header('Origin');
  if (!isLocalHost(host)) return refuse(c, 403, `a local host, such as ${HOST}`);
  if (origin !== undefined && origin !== `http://${host}`) return refuse(c, 403, 'a request of its own page');
  await next();
  return undefined;
}

function refuse(c: Context, status: 400 | 403 | 404 | 409 | 413 | 415, expected: string): Response {
  return c.json<Refusal>({ error: `expected ${expected}` }, status);
}

async function readScripts(): Promise<Map<string, string>> {
  const names = await readdir(pageFolder).catch((cause: unknown) => {
    const remedy = 'run npm run build, or install the package again';
    throw new WasserfarbeError(
      { expected: 'the page', name: 'the package', received: 'none', where: pageFolder, remedy },
      { cause },
    );
  });
  const scripts = names.filter((name) => name.endsWith('.js'));
  return new Map(
    await Promise.all(
      scripts.map(async (name) => [name, await readFile(join(pageFolder, name), 'utf8')] as const),
    ),
  );
}
