/** Listening at addresses of this machine, and what is wrong with those where nothing can. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { isLocalHost, isLoopback, listen } from './local-server.ts';

const open: { close(done: () => void): unknown }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await new Promise<void>((done) => server.close(done));
});

const app = {
  fetch: (request: Request) => {
    const isLocal = isLocalHost(request.headers.get('Host') ?? '');
    return new Response(`${isLocal}`, { headers: { Connection: 'close' } });
  },
};

const addresses = Object.values(networkInterfaces()).flatMap((own) => own ?? []);
const hosts = ['127.0.0.1', 'localhost', '::1'];
const reachable = hosts.filter((host) => host !== '::1' || addresses.some(({ address }) => address === host));

describe('a host of this machine', () => {
  it.each(reachable)('%s answers at the address that is told', async (host) => {
    expect(isLoopback(host)).toBe(true);
    const { server, url } = await listen(app, 0, host);
    open.push(server);
    expect(await (await fetch(url)).text()).toBe('true');
  });

  it('is known in Host with a port and without', () => {
    expect(['127.0.0.1', 'localhost', '[::1]'].every(isLocalHost)).toBe(true);
    expect(['127.0.0.1:80', 'localhost:80', '[::1]:80'].every(isLocalHost)).toBe(true);
    expect(['', ':80', '::1', '[::2]', '127.0.0.1.evil.example', 'evil.example:80'].some(isLocalHost)).toBe(
      false,
    );
  });
});

describe('a refusal to listen', () => {
  it('blames the port that is taken', async () => {
    const other = createServer();
    open.push(other);
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const { port } = other.address() as AddressInfo;
    await expect(listen(app, port, '127.0.0.1')).rejects.toThrow(
      `expected a free port for --port but received ${port}: EADDRINUSE; choose another one`,
    );
  });

  // 192.0.2.1 is for examples, and .invalid is no domain.
  it.each(['192.0.2.1', 'no-such-host.invalid', '[::1]'])('blames the host %s', async (host) => {
    const words = `expected an address of this machine for --host but received ${host}: E`;
    await expect(listen(app, 0, host)).rejects.toThrow(words);
  });
});
