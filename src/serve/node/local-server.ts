/** Serving pages and the API: to this machine alone, unless another host is asked for. Node only. */

import type { ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type ServerType } from '@hono/node-server';
import { internal, WasserfarbeError } from '../../errors.ts';

/** Reachable from this machine only. Other names for it would let other web sites in (DNS rebinding). */
export const HOST = '127.0.0.1';
export const localHost = /^(127\.0\.0\.1|localhost)(:\d+)?$/;

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
 * @throws WasserfarbeError if the port is taken, or the machine has no such address
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
    const received = `${port}: ${cause instanceof Error && 'code' in cause ? cause.code : cause}`;
    throw new WasserfarbeError(
      { expected: 'a free port', name: '--port', received, remedy: 'choose another one' },
      { cause },
    );
  });
  if (address === null || typeof address === 'string') throw internal('no port');
  const name = host.includes(':') ? `[${host}]` : host;
  return { server, url: `http://${name}:${address.port}/` };
}

/** What answers requests. */
type App = Pick<Parameters<typeof createAdaptorServer>[0], 'fetch'>;

interface Listening {
  readonly server: ServerType;
  readonly url: string;
}
