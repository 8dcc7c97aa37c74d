/** Clients that leave while what they want painted is still on its way. */

import { readdir } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { drawnPng, startApi, type TestApi } from '../../../test/helpers/api.ts';
import { Gallery } from './gallery.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

/** Called when a body is stored, while its request waits for its client to leave. */
const on = vi.hoisted(() => ({ stored: () => {} }));
vi.mock('./upload.ts', async (original) => {
  const real = await original<typeof import('./upload.ts')>();
  const receive: typeof real.receive = async (request, ...rest) => {
    const uploads = await real.receive(request, ...rest);
    const left = new Promise((done) => request.socket.once('close', done));
    on.stored();
    await left;
    return uploads;
  };
  return { ...real, receive };
});
vi.mock('./addresses.ts', () => ({ isOpenAddress: () => true }));

const silent = createServer();
const paint = vi.spyOn(Gallery.prototype, 'paint');
let api: TestApi;
let gone = new AbortController();

beforeAll(async () => {
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
  api = await startApi({ sources: [new URL(home())] });
});
afterAll(async () => {
  await api.close();
  silent.closeAllConnections();
  await new Promise((done) => silent.close(done));
});
beforeEach(() => {
  gone = new AbortController();
});
afterEach(async () => {
  await vi.waitFor(async () => expect(await readdir(join(api.folder, 'data', 'uploads'))).toEqual([]));
  await vi.waitFor(async () => {
    const text = await (await api.ask('/metrics')).text();
    expect(text).toMatch(/^wasserfarbe_refusals_total\{reason="closed"\} [12]$/m);
  });
  expect(paint).not.toHaveBeenCalled();
});

const home = () => `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;

function ask(query: string, body?: Buffer<ArrayBuffer>): void {
  const asked = api.ask(`/v1/paint?style=woodcut${query}`, {
    ...{ method: 'POST', signal: gone.signal },
    ...(body === undefined ? {} : { body }),
  });
  asked.catch(() => {});
}

it('while their body is stored are not painted for', async () => {
  const stored = new Promise<void>((done) => {
    on.stored = done;
  });
  ask('', await drawnPng(1));
  await stored;
  gone.abort();
});

it('while their source is fetched end that', async () => {
  const fetching = new Promise<IncomingMessage>((done) => silent.once('request', done));
  ask(`&source=${home()}a.jpg`);
  const { socket } = await fetching;
  gone.abort();
  await vi.waitFor(() => expect(socket.destroyed).toBe(true));
});
