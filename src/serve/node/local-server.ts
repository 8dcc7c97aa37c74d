/** Serving pages and the API: to this machine alone, unless another host is asked for. Node only. */

import type { ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { internal, type Mismatch, WasserfarbeError } from '../../errors.ts';

/** Reachable from this machine only. */
export const HOST = '127.0.0.1';
const LOOPBACK = [HOST, 'localhost', '::1'];

/** Whether only this machine reaches a host. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.includes(host);
}

/**
 * Whether a request's `Host` is one of those, with or without a port. Other names for this machine would let
 * other web sites in (DNS rebinding).
 */
export function isLocalHost(header: string): boolean {
  return LOOPBACK.map(inAddress).includes(header.replace(/:\d+$/, ''));
}

/** A host as addresses have it. */
function inAddress(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * Answers at 127.0.0.1 until the server is closed.
 *
 * @param port 0 for any free one
 * @throws WasserfarbeError if the port is taken
 */
export async function listenLocally(app: App, port: number): Promise<Listening> {
  return listen(app, port, HOST);
}

/**
 * Answers at an address of this machine until the server is closed.
 *
 * @throws WasserfarbeError for `--port` or `--host` if it is to blame
 */
export async function listen(
  { fetch }: App,
  port: number,
  host: string,
  serverOptions: ServerOptions = {},
): Promise<Listening> {
  const server = createAdaptorServer({ fetch, serverOptions });
  const address = await new Promise<AddressInfo | string | null>((done, fail) => {
    server.once('error', fail);
    server.listen(port, host, () => done(server.address()));
  }).catch((cause: unknown) => {
    throw new WasserfarbeError(refusal(cause, port, host), { cause });
  });
  if (address === null || typeof address === 'string') throw internal('no port');
  return { server, url: `http://${inAddress(host)}:${address.port}/` };
}

/** What is wrong with a port, by the system's errors. */
const PORT_CODES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'a free port',
  EACCES: 'a port that this user may open',
};
/** Errors for hosts that are none, or those of other machines. */
const HOST_CODES = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EAI_AGAIN', 'EINVAL', 'ENOTFOUND'];

function refusal(cause: unknown, port: number, host: string): Mismatch {
  const code = String(cause instanceof Error && 'code' in cause ? cause.code : cause);
  const wanted = PORT_CODES[code];
  if (wanted !== undefined) {
    return { expected: wanted, name: '--port', received: `${port}: ${code}`, remedy: 'choose another one' };
  }
  if (HOST_CODES.includes(code)) {
    const expected = 'an address of this machine';
    const remedy = `${HOST} is for this machine alone, 0.0.0.0 for all networks`;
    return { expected, name: '--host', received: `${host}: ${code}`, remedy };
  }
  return { expected: 'a socket', name: `${inAddress(host)}:${port}`, received: code };
}

/** What answers requests. */
type App = Pick<Parameters<typeof createAdaptorServer>[0], 'fetch'>;

interface Listening {
  readonly server: ServerType;
  readonly url: string;
}
