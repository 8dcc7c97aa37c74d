/** Serving a page to this machine alone, for the studio and the studies. Node only. */

import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type ServerType } from '@hono/node-server';
import type { Hono } from 'hono';
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
export async function listenLocally(
  { fetch }: Pick<Hono, 'fetch'>,
  port: number,
): Promise<{ readonly server: ServerType; readonly url: string }> {
  const server = createAdaptorServer({ fetch });
  const address = await new Promise<AddressInfo | string | null>((done, fail) => {
    server.once('error', fail);
    server.listen(port, HOST, () => done(server.address()));
  }).catch((cause: unknown) => {
    const received = `${port}: ${cause instanceof Error && 'code' in cause ? cause.code : cause}`;
    throw new WasserfarbeError(
      { expected: 'a free port', name: '--port', received, remedy: 'choose another one' },
      { cause },
    );
  });
  if (address === null || typeof address === 'string') throw internal('no port');
  return { server, url: `http://${HOST}:${address.port}/` };
}
