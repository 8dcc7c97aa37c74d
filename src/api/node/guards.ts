/** Who may ask, from where and how often. */

import { createHash, timingSafeEqual } from 'node:crypto';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import type { HttpBindings } from '@hono/node-server';
import { cors } from 'hono/cors';
import { isLocalHost } from '../../serve/node/local-server.ts';
import { explain, Refusal } from './answers.ts';

export type ApiEnv = { readonly Bindings: HttpBindings };
export type ApiContext = Context<ApiEnv>;

export interface GuardOptions {
  /** Whether only this machine reaches the server. */
  readonly isLocal: boolean;
  /** What clients must send as `Authorization: Bearer …`. */
  readonly token?: string;
  /** Origins of pages that may ask; `*` is any. */
  readonly cors: readonly string[];
  /** Pictures and styles that a client may send in a minute. */
  readonly rate?: number;
  /** Whether the last address of `X-Forwarded-For` is the client's. */
  readonly trustProxy: boolean;
}

const MINUTE_MS = 60_000;

/** Checks of every request but those for the server's health, in their order. */
export function guards(options: GuardOptions): Hono<ApiEnv> {
  const { isLocal, token, cors: origins, rate, trustProxy } = options;
  const app = new Hono<ApiEnv>();
  if (origins.length > 0) {
    const exposeHeaders = ['Content-Location', 'ETag', 'Location', 'Retry-After', 'X-Warning'];
    const origin = origins.includes('*') ? '*' : [...origins];
    app.use(cors({ origin, exposeHeaders, allowMethods: ['GET', 'POST', 'PUT', 'DELETE'], maxAge: 3600 }));
  }
  app.use(fromKnownPages(isLocal, origins));
  if (token !== undefined) app.use(withToken(token));
  if (rate !== undefined) app.use(seldomEnough(rate, trustProxy));
  return app;
}

/** The answer to a request that failed. */
export function refuse(c: Context, thrown: unknown): Response {
  const { error, reason, status } = explain(thrown);
  if (thrown instanceof Refusal && thrown.retryAfter !== undefined) {
    c.header('Retry-After', `${thrown.retryAfter}`);
  }
  return c.json({ error, reason }, status);
}

/**
 * Pages of other web sites reach this machine through its browser: by its usual names, which their origin
 * betrays, or by a name of their own (DNS rebinding).
 */
function fromKnownPages(isLocal: boolean, origins: readonly string[]): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header('Host') ?? '';
    if (isLocal && !isLocalHost(host)) {
      const expected = 'a local host, such as 127.0.0.1';
      return refuse(c, new Refusal('origin', { expected, name: 'Host', received: host }));
    }
    const origin = c.req.header('Origin');
    const own = [`http://${host}`, `https://${host}`];
    if (origin !== undefined && ![...own, ...origins].includes(origin) && !origins.includes('*')) {
      const remedy = 'serve with --cors and this origin';
      const expected = 'a page of an allowed origin';
      return refuse(c, new Refusal('origin', { expected, name: 'Origin', received: origin, remedy }));
    }
    await next();
    return undefined;
  };
}

function withToken(token: string): MiddlewareHandler {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const wanted = digest(`Bearer ${token}`);
  return async (c, next) => {
    const given = c.req.header('Authorization');
    // How far a wrong token agrees with the right one is not to be read from the time.
    if (timingSafeEqual(digest(given ?? ''), wanted)) return next();
    c.header('WWW-Authenticate', 'Bearer');
    const expected = 'Authorization: Bearer and the token of this server';
    const received = given === undefined ? 'none' : 'another one';
    return refuse(c, new Refusal('token', { expected, name: 'the request', received }));
  };
}

/** Counts what takes painters in whole minutes. */
function seldomEnough(rate: number, trustProxy: boolean): MiddlewareHandler<ApiEnv> {
  let [minute, counts] = [0, new Map<string, number>()];
  return async (c, next) => {
    if (!['POST', 'PUT'].includes(c.req.method)) return next();
    const now = Date.now();
    if (now - minute >= MINUTE_MS) [minute, counts] = [now, new Map()];
    const client = clientOf(c, trustProxy);
    const count = (counts.get(client) ?? 0) + 1;
    counts.set(client, count);
    if (count <= rate) return next();
    const retryAfter = Math.max(1, Math.ceil((minute + MINUTE_MS - now) / 1000));
    const expected = `at most ${rate} pictures a minute`;
    return refuse(
      c,
      new Refusal('rate', { expected, name: 'this client', received: 'more' }, { retryAfter }),
    );
  };
}

function clientOf(c: ApiContext, trustProxy: boolean): string {
  const forwarded = trustProxy ? c.req.header('X-Forwarded-For')?.split(',').at(-1)?.trim() : undefined;
  return forwarded ?? c.env.incoming.socket.remoteAddress ?? '';
}
