/** The routes of the API. */

import { Readable } from 'node:stream';
import { Hono, type MiddlewareHandler } from 'hono';
import { accepts } from 'hono/accepts';
import { routePath } from 'hono/route';
import { secureHeaders } from 'hono/secure-headers';
import { streamSSE } from 'hono/streaming';
import { defined } from '../../defined.ts';
import { present } from '../../errors.ts';
import { messageOf } from '../../thrown.ts';
import { openRegular } from '../../files/regular.ts';
import { type ImageFormat, imageFormats } from '../../images/formats.ts';
import type { PainterPool, RunOptions } from '../../painters/node/pool.ts';
import { explain, Refusal } from './answers.ts';
import { type Gallery, type Order, typeOf } from './gallery.ts';
import { type ApiContext, type ApiEnv, type GuardOptions, guards, refuse } from './guards.ts';
import type { Jobs } from './jobs.ts';
import type { Metrics } from './metrics.ts';
import { openApiDocument } from './openapi.ts';
import { type PaintParameters, readPaintParameters, readStyleParameters } from './parameters.ts';
import { fetchSource } from './sources.ts';
import { checkBodiless, discard, formFields, receive, type Uploads } from './upload.ts';

export interface AppOptions extends GuardOptions {
  readonly pool: PainterPool;
  readonly gallery: Gallery;
  readonly jobs: Jobs;
  readonly metrics: Metrics;
  /** Folder for bodies. */
  readonly uploads: string;
  readonly limitBytes: number;
  /** Beginnings of addresses from which contents are fetched. */
  readonly sources: readonly URL[];
  /** Seconds that a painting may take which somebody waits for. */
  readonly seconds: number;
  /** Whether the server is ending. */
  isEnding(): boolean;
}

/** Bodies that are received at once. They lie on the disk, but each has a connection. */
const MOST_UPLOADS = 64;
const JOB_ID = /^[\w-]{1,100}$/;
const KEEP_ALIVE_MS = 15_000;

export function apiApp(options: AppOptions): Hono<ApiEnv> {
  const { pool, gallery, jobs, metrics } = options;
  const app = new Hono<ApiEnv>();
  const receiver = new Receiver(options);

  app.use(secureHeaders({ strictTransportSecurity: false, crossOriginResourcePolicy: false }));
  app.use(async (c, next) => {
    const began = performance.now();
    await next();
    if (options.isEnding()) c.header('Connection', 'close');
    metrics.answered(c.req.method, routePath(c), c.res.status, (performance.now() - began) / 1000);
  });
  app.get('/health/live', (c) => c.text('live\n'));
  app.get('/health/ready', (c) => {
    const isReady = pool.isReady && !options.isEnding();
    return c.text(isReady ? 'ready\n' : 'not ready\n', isReady ? 200 : 503);
  });
  app.use(oneATurn());
  app.route('/', guards(options));
  app.get('/metrics', async (c) => {
    const { type, body } = await metrics.text();
    return c.body(body, 200, { 'Content-Type': type });
  });
  app.get('/openapi.json', (c) => c.json(openApiDocument({ isOpen: options.token === undefined })));

  app.post('/v1/paint', async (c) => {
    const parameters = readPaintParameters(c.req.queries());
    return receiver.with(c, 'paint', parameters.source, async (uploads, run) => {
      const began = performance.now();
      const result = await gallery.paint(orderOf(c, uploads, parameters), run);
      metrics.painted(result.isKept, (performance.now() - began) / 1000);
      for (const line of result.warnings) c.header('X-Warning', encodeURI(line), { append: true });
      c.header('Content-Location', `/v1/results/${result.key}`);
      return sendPicture(c, result.key, result.path, 'no-store');
    });
  });

  app.post('/v1/styles', async (c) => {
    const parameters = readStyleParameters(c.req.queries());
    return receiver.with(c, 'style', undefined, async (uploads, run) => {
      const picture = present(uploads.get('style'), 'style');
      return c.json(await gallery.addStyle(picture, parameters, run));
    });
  });
  app.get('/v1/styles/:id', async (c) => {
    const style = await gallery.findStyle(c.req.param('id'));
    return style === undefined ? refuse(c, unknown('style', c.req.param('id'))) : c.json(style);
  });

  app.put('/v1/jobs/:id', async (c) => {
    const id = c.req.param('id');
    if (!JOB_ID.test(id)) {
      const expected = 'an id of 1 to 100 letters, digits, - and _';
      throw new Refusal('setting', { expected, name: 'the job', received: id });
    }
    const parameters = readPaintParameters(c.req.queries());
    const uploads = await receiver.receive(c, 'paint', parameters.source);
    let isOurs = false;
    try {
      const order = orderOf(c, uploads, parameters);
      const { answer, isNew } = jobs.begin(id, order.key, async (run) => {
        const began = performance.now();
        try {
          const result = await gallery.paint(order, run);
          metrics.painted(result.isKept, (performance.now() - began) / 1000);
          return result;
        } catch (error) {
          note(error);
          throw error;
        } finally {
          await discard(uploads);
        }
      });
      isOurs = isNew;
      return c.json(answer, isNew ? 202 : 200, { Location: `/v1/jobs/${id}` });
    } finally {
      if (!isOurs) await discard(uploads);
    }
  });
  app.get('/v1/jobs/:id', (c) => {
    const job = jobs.find(c.req.param('id'));
    return job === undefined ? refuse(c, unknown('job', c.req.param('id'))) : c.json(job);
  });
  app.delete('/v1/jobs/:id', (c) => {
    const id = c.req.param('id');
    return jobs.remove(id) ? c.body(null, 204) : refuse(c, unknown('job', id));
  });
  app.get('/v1/jobs/:id/events', (c) => {
    const id = c.req.param('id');
    if (jobs.find(id) === undefined) return refuse(c, unknown('job', id));
    // Hono drops the body of an answer to HEAD, and nobody would end the stream.
    if (c.req.method === 'HEAD') return c.body(null, 200, { 'Content-Type': 'text/event-stream' });
    return streamSSE(c, async (stream) => {
      const gone = new AbortController();
      stream.onAbort(() => gone.abort());
      const breath = setInterval(() => stream.write(': still here\n\n').catch(() => {}), KEEP_ALIVE_MS);
      try {
        for await (const answer of jobs.follow(id, gone.signal)) {
          await stream.writeSSE({ event: answer.state, data: JSON.stringify(answer) });
        }
      } finally {
        clearInterval(breath);
      }
    });
  });

  app.get('/v1/results/:key', async (c) => {
    const key = c.req.param('key');
    if (c.req.header('If-None-Match')?.includes(`"${key}"`)) return c.body(null, 304, { ETag: `"${key}"` });
    const path = gallery.find(key);
    if (path === undefined) return refuse(c, unknown('result', key, 'paint it again'));
    const whose = options.token === undefined ? 'public' : 'private';
    return sendPicture(c, key, path, `${whose}, max-age=31536000, immutable`);
  });

  app.notFound((c) => refuse(c, unknown('address', c.req.path, 'see /openapi.json')));
  app.onError((error, c) => {
    note(error);
    return refuse(c, error);
  });
  return app;

  /** Counts what gave no picture, and tells our own faults to whoever looks after the server. */
  function note(error: unknown): void {
    const { reason } = explain(error);
    metrics.refused(reason);
    if (reason === 'bug' || reason === 'storage') console.error(`wasserfarbe: ${messageOf(error)}`);
  }

  function orderOf(c: ApiContext, uploads: Uploads, parameters: PaintParameters): Order {
    const format = parameters.format ?? wantedFormat(c);
    const content = present(uploads.get('content'), 'content');
    return gallery.order(content, uploads.get('style'), parameters, format);
  }
}

/**
 * Begins one request a turn of the event loop. Of hundreds that come at once, each would else be begun before
 * anyone hears that the server lives.
 */
function oneATurn(): MiddlewareHandler {
  let last = Promise.resolve();
  return async (_, next) => {
    last = last.then(() => new Promise((resume) => setImmediate(resume)));
    await last;
    await next();
  };
}

/** Takes bodies, while there is room for them and for the work that they bring. */
class Receiver {
  readonly #options: AppOptions;
  #receiving = 0;

  constructor(options: AppOptions) {
    this.#options = options;
  }

  /** Receives the files of a request, works on them, and removes them. */
  async with<T>(
    c: ApiContext,
    form: keyof typeof formFields,
    source: string | undefined,
    work: (uploads: Uploads, run: RunOptions) => Promise<T>,
  ): Promise<T> {
    const signal = goneSignal(c);
    const uploads = await this.receive(c, form, source, signal);
    try {
      signal.throwIfAborted();
      return await work(uploads, { seconds: this.#options.seconds, signal });
    } finally {
      await discard(uploads);
    }
  }

  /** @param signal ends the fetching of a source; a body ends with its connection */
  async receive(
    c: ApiContext,
    form: keyof typeof formFields,
    source: string | undefined,
    signal?: AbortSignal,
  ): Promise<Uploads> {
    const { pool, uploads: folder, limitBytes, sources, isEnding } = this.#options;
    const retryAfter = pool.wait;
    const remedy = 'try again after the seconds of Retry-After';
    if (isEnding() || pool.isFull || this.#receiving >= MOST_UPLOADS) {
      const received = isEnding() ? 'one that is ending' : 'one that is busy';
      const problem = { expected: 'a server with room', name: 'the request', received, remedy };
      throw new Refusal(isEnding() ? 'closed' : 'full', problem, { retryAfter });
    }
    this.#receiving++;
    try {
      const body = c.env.incoming as never;
      if (source === undefined) return await receive(body, formFields[form], { folder, limitBytes });
      checkBodiless(body);
      const fetching = { folder, limitBytes, allowed: sources, ...defined({ signal }) };
      const content = await fetchSource(source, fetching);
      return new Map([['content', content]]);
    } finally {
      this.#receiving--;
    }
  }
}

/** Sends a file of the store; it may just have made room for others. */
async function sendPicture(c: ApiContext, key: string, path: string, caching: string): Promise<Response> {
  const opened = await openRegular(path).catch(() => undefined);
  if (opened === undefined) return refuse(c, unknown('result', key, 'paint it again'));
  const { file, stats } = opened;
  const headers = {
    ...{
      'Content-Type': typeOf(key),
      'Content-Length': `${stats.size}`,
      ETag: `"${key}"`,
      'Cache-Control': caching,
    },
  };
  if (c.req.method === 'HEAD') {
    await file.close();
    return c.body(null, 200, headers);
  }
  return c.body(Readable.toWeb(file.createReadStream()) as ReadableStream, 200, headers);
}

/** The first format of Accept that can be written. */
function wantedFormat(c: ApiContext): ImageFormat {
  const supports = imageFormats.map((format) => `image/${format}`);
  const type = accepts(c, { header: 'Accept', supports, default: 'image/jpeg' });
  return imageFormats.find((format) => type === `image/${format}`) ?? 'jpeg';
}

/** Aborts when the client is gone before it has its answer. */
function goneSignal(c: ApiContext): AbortSignal {
  const { outgoing } = c.env;
  const gone = new AbortController();
  const abort = () => {
    if (!outgoing.writableFinished) gone.abort(new Refusal('closed', 'the client has gone'));
  };
  outgoing.once('close', abort);
  // It may have closed before anyone listened.
  if (outgoing.destroyed) abort();
  return gone.signal;
}

function unknown(what: string, received: string, remedy?: string): Refusal {
  const problem = { expected: `a known ${what}`, name: 'the request', received };
  return new Refusal('missing', remedy === undefined ? problem : { ...problem, remedy });
}
