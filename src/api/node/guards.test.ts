/** Who may ask: tokens, pages of other sites, names of this machine, rates. */

import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { drawnPng, saidIn, startApi, type TestApi } from '../../../test/helpers/api.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const token = 'a-token-of-this-test-0123456789';
let open: TestApi;
let guarded: TestApi;

beforeAll(async () => {
  open = await startApi();
  guarded = await startApi({
    ...{ host: '0.0.0.0', token, cors: ['https://site.example'], rate: 2, trustProxy: true },
  });
});
afterAll(() => Promise.all([open.close(), guarded.close()]));

/** Asks with headers that fetch would not send. */
function status(api: TestApi, headers: Record<string, string>, path = '/openapi.json'): Promise<number> {
  const url = api.url.replace('0.0.0.0', '127.0.0.1');
  return new Promise((done, failed) => {
    request(`${url}${path}`, { headers }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    })
      .once('error', failed)
      .end();
  });
}

describe('on this machine', () => {
  it('answers by its usual names only, and not to pages of others', async () => {
    const { host, port } = new URL(open.url);
    expect(await status(open, {})).toBe(200);
    expect(await status(open, { Host: `localhost:${port}` })).toBe(200);
    expect(await status(open, { Host: `evil.example:${port}` })).toBe(403);
    expect(await status(open, { Origin: `http://${host}` })).toBe(200);
    expect(await status(open, { Origin: 'https://evil.example' })).toBe(403);
    expect(await status(open, { Origin: 'null' })).toBe(403);
  });
});

describe('on a network', () => {
  const bearer = { Authorization: `Bearer ${token}` };

  it('asks for the token everywhere but for its health', async () => {
    for (const headers of [{}, { Authorization: 'Bearer another' }, { Authorization: `Basic ${token}` }]) {
      for (const path of ['/openapi.json', '/metrics', '/v1/jobs/a', '/nothing']) {
        expect(await status(guarded, headers, path)).toBe(401);
      }
    }
    const answer = await fetch(`${guarded.url.replace('0.0.0.0', '127.0.0.1')}/metrics`);
    expect([answer.status, (await saidIn(answer)).reason]).toEqual([401, 'token']);
    expect(await status(guarded, {}, '/health/live')).toBe(200);
    expect(await status(guarded, {}, '/health/ready')).toBe(200);
    expect(await status(guarded, bearer)).toBe(200);
    expect(await status(guarded, { ...bearer, Host: 'wasserfarbe.example' })).toBe(200);
  });

  it('lets pages of allowed origins ask', async () => {
    const url = `${guarded.url.replace('0.0.0.0', '127.0.0.1')}/openapi.json`;
    const headers = { Origin: 'https://site.example', 'Access-Control-Request-Method': 'POST' };
    const before = await fetch(url, { method: 'OPTIONS', headers });
    expect(before.status).toBe(204);
    expect(before.headers.get('access-control-allow-origin')).toBe('https://site.example');
    expect(before.headers.get('access-control-allow-methods')).toContain('PUT');
    const answer = await fetch(url, { headers: { ...bearer, Origin: 'https://site.example' } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-expose-headers')).toContain('X-Warning');
    expect(await status(guarded, { ...bearer, Origin: 'https://other.example' })).toBe(403);
  });

  it('counts what each client sends', async () => {
    const url = `${guarded.url.replace('0.0.0.0', '127.0.0.1')}/v1/paint?style=woodcut&styleSize=64`;
    const body = await drawnPng(1, 20, 20);
    const send = (client: string) =>
      fetch(url, { method: 'POST', body, headers: { ...bearer, 'X-Forwarded-For': `9.9.9.9, ${client}` } });
    expect((await send('1.1.1.1')).status).toBe(200);
    expect((await send('1.1.1.1')).status).toBe(200);
    const third = await send('1.1.1.1');
    expect([third.status, (await saidIn(third)).reason]).toEqual([429, 'rate']);
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await send('2.2.2.2')).status).toBe(200);
  });
});
