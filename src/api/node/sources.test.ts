/** Fetching contents: only allowed addresses, only checked ones, bounded. */

import { readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../../../test/helpers/pictures.ts';
import { fetchSource, type SourceOptions } from './sources.ts';

let folder = '';
let server: Server;
let port = 0;
/** Paths that were asked for. */
const asked: string[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    if (request.url === '/in/far') response.writeHead(302, { Location: 'http://169.254.169.254/latest' });
    else if (request.url === '/in/out') response.writeHead(302, { Location: '/out/secret' });
    else if (request.url === '/in/again') response.writeHead(302, { Location: '/in/a.jpg' });
    else if (request.url === '/in/ever') response.writeHead(302, { Location: '/in/ever' });
    else if (request.url === '/in/none') response.writeHead(404);
    else if (request.url === '/in/long') {
      server.emit('answering', response);
      return void response.write('x'.repeat(2000));
    }
    response.end(`bytes for ${request.headers.host}`);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  await rm(folder, { recursive: true });
});

/** A name that leads to this machine, which counts as open. */
function options(changes: Partial<SourceOptions> = {}): SourceOptions {
  return {
    ...{ folder, limitBytes: 1000, allowed: [new URL(`http://pictures.example:${port}/in/`)] },
    resolve: async () => ['127.0.0.1'],
    isOpen: () => true,
    ...changes,
  };
}

const fetched = (path: string, changes: Partial<SourceOptions> = {}) =>
  fetchSource(`http://pictures.example:${port}${path}`, options(changes));

describe('a picture', () => {
  it('comes from the address that was checked, with the name that was asked for', async () => {
    const { path } = await fetched('/in/a.jpg');
    expect(await readFile(path, 'utf8')).toBe(`bytes for pictures.example:${port}`);
    await rm(path);
  });

  it('may be elsewhere, if that is allowed too', async () => {
    await rm((await fetched('/in/again')).path);
  });

  it('may lie behind a coded slash that the owner allows', async () => {
    const allowed = [new URL(`http://pictures.example:${port}/in%2Fa/`)];
    await rm((await fetched('/in%2Fa/b.jpg', { allowed })).path);
  });
});

describe('refusals', () => {
  it.each([
    ['an address inside, behind an allowed name', '/in/a.jpg', { isOpen: undefined }],
    [
      'one of several addresses inside',
      '/in/a.jpg',
      { resolve: async () => ['1.1.1.1', '127.0.0.1'], isOpen: undefined },
    ],
    ['another path', '/out/secret', {}],
    ['another path by dots', '/in/../out/secret', {}],
    ['another path by coded dots', '/in/%2e%2e/out/secret', {}],
    ['another path by coded slashes', '/in/%2e%2e%2fout/secret', {}],
    ['another path by coded backslashes', '/in/..%5Cout/secret', {}],
  ])('of %s, which is not connected to', async (_, path, changes) => {
    asked.length = 0;
    const { isOpen, ...rest } = options(changes as Partial<SourceOptions>);
    const given = isOpen === undefined ? rest : { ...rest, isOpen };
    const fetching = fetchSource(`http://pictures.example:${port}${path}`, given);
    await expect(fetching).rejects.toMatchObject({ reason: 'source' });
    expect(asked).toEqual([]);
  });

  it.each([
    ['another host', 'http://other.example/in/a.jpg'],
    ['another port', 'http://pictures.example:1/in/a.jpg'],
    ['a name before the host', 'http://pictures.example@evil.example/in/a.jpg'],
    ['a password', 'http://me:secret@pictures.example/in/a.jpg'],
    ['a file', 'file:///etc/passwd'],
    ['data', 'data:image/png;base64,AAAA'],
    ['no address', 'in/a.jpg'],
    ['this machine', 'http://127.0.0.1/'],
    ['this machine as a number', 'http://2130706433/'],
    ['this machine of version 6', 'http://[::ffff:127.0.0.1]/'],
    ['nothing', 'http://0.0.0.0/'],
  ])('of %s', async (_, address) => {
    asked.length = 0;
    await expect(fetchSource(address, options())).rejects.toMatchObject({ reason: 'source' });
    expect(asked).toEqual([]);
  });

  it('of numbers inside, even if they are allowed', async () => {
    const { isOpen: _, ...rest } = options({ allowed: [new URL(`http://127.0.0.1:${port}/`)] });
    const fetching = fetchSource(`http://127.0.0.1:${port}/in/a.jpg`, rest);
    await expect(fetching).rejects.toMatchObject({ reason: 'source' });
  });

  it.each(['/in/far', '/in/out', '/in/ever', '/in/none'])('of what %s leads to', async (path) => {
    await expect(fetched(path)).rejects.toMatchObject({ reason: 'source' });
  });

  it('of too many bytes, of which nothing is left and no more are taken', async () => {
    const answering = new Promise<ServerResponse>((done) => server.once('answering', done));
    await expect(fetched('/in/long')).rejects.toMatchObject({
      ...{ reason: 'bytes', message: 'expected at most 1 kB for source but received more' },
    });
    expect(await readdir(folder)).toEqual([]);
    const answer = await answering;
    await vi.waitFor(() => expect(answer.destroyed).toBe(true));
  });
});
