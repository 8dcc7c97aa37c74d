/** What goes wrong around the API: crowds, slow and vanishing clients, killed painters, full disks. */

import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { drawnPng, saidIn, startApi, type TestApi } from '../../../test/helpers/api.ts';
import { temporaryFolder } from '../../../test/helpers/pictures.ts';
import type { ApiOptions } from './server.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const photo = await drawnPng(1);
const open: TestApi[] = [];
const start = async (changes: Partial<ApiOptions> = {}) => {
  const api = await startApi(changes);
  open.push(api);
  return api;
};
afterEach(async () => {
  for (const api of open.splice(0)) await api.close();
});

const QUICK = '/v1/paint?style=woodcut&styleSize=64';
const ENDLESS = '?style=woodcut&styleSize=64&refine=true&seconds=100';
const post = (api: TestApi, path: string, init: RequestInit = {}) =>
  api.ask(path, { method: 'POST', body: photo, ...init });

async function figure(api: TestApi, name: string): Promise<number> {
  const text = await (await api.ask('/metrics')).text();
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}

const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 90_000, interval: 100 });

/** Painters of this process. */
async function pids(): Promise<number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found: number[] = [];
  for (const pid of all) {
    const read = (name: string) => readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => '');
    const [, parent] = (await read('stat')).replace(/^.*\) /s, '').split(' ');
    const isPainter = (await read('cmdline')).includes('painters/node/painter');
    if (isPainter && Number(parent) === process.pid) found.push(Number(pid));
  }
  return found;
}

describe('a crowd', () => {
  it('is painted or told when to come again, and lives meanwhile', async () => {
    const api = await start({ queue: 4 });
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const health = await api.ask('/health/live');
        expect(health.status).toBe(200);
        return post(api, `${QUICK}&strength=0.${i + 10}`);
      }),
    );
    for (const answer of answers) {
      if (answer.status === 503) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      else expect(answer.status).toBe(200);
      await answer.arrayBuffer();
    }
    expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThanOrEqual(5);
    expect(await readdir(join(api.folder, 'data', 'uploads'))).toEqual([]);
    expect((await post(api, QUICK)).status).toBe(200);
  });
});

describe('a client', () => {
  it('that sends slowly is cut off', async () => {
    const api = await start({ receiveSeconds: 2 });
    const { port } = new URL(api.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(`POST ${QUICK} HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 100000\r\n\r\nbegin`);
    const drip = setInterval(() => socket.write('x'), 300);
    let text = '';
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('error', () => {});
    await new Promise((done) => socket.once('close', done));
    clearInterval(drip);
    expect(text).toMatch(/^(HTTP\/1.1 408 |$)/);
    expect((await post(api, QUICK)).status).toBe(200);
    await until(async () => expect(await readdir(join(api.folder, 'data', 'uploads'))).toEqual([]));
  });

  it('that is gone is not painted for', async () => {
    const api = await start();
    const gone = new AbortController();
    const asked = post(api, `/v1/paint${ENDLESS}`, { signal: gone.signal });
    asked.catch(() => {});
    await until(async () => expect(await figure(api, 'wasserfarbe_painters_free')).toBe(0));
    gone.abort();
    await until(async () => expect(await figure(api, 'wasserfarbe_painters_free')).toBe(1));
    await until(async () => expect(await readdir(join(api.folder, 'data', 'uploads'))).toEqual([]));
  });
});

describe('a painter', () => {
  it('that is killed is replaced, and its picture painted', async () => {
    const api = await start();
    const job = await api.ask('/v1/jobs/a?style=woodcut&styleSize=64&refine=true&seconds=5', {
      method: 'PUT',
      body: photo,
    });
    expect(job.status).toBe(202);
    await until(async () => expect((await saidIn(await api.ask('/v1/jobs/a'))).phase).toBe('refine'));
    for (const pid of await pids()) process.kill(pid, 'SIGKILL');
    await until(async () => expect((await saidIn(await api.ask('/v1/jobs/a'))).state).toBe('done'));
    expect(await figure(api, 'wasserfarbe_painters_replaced')).toBe(1);
  });

  it('that takes too long is replaced, and its client told', async () => {
    const api = await start({ seconds: 3 });
    const late = await post(api, `/v1/paint${ENDLESS}`);
    expect([late.status, (await saidIn(late)).reason]).toEqual([504, 'late']);
    await until(async () => expect((await post(api, QUICK)).status).toBe(200));
  });
});

describe('a full disk', () => {
  const folder = temporaryFolder();
  let isMounted = false;
  afterAll(async () => {
    if (isMounted) execFileSync('umount', [await folder]);
    await rm(await folder, { recursive: true });
  });

  it('is said, and ends with room', async ({ skip }) => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=300k', 'tmpfs', await folder], { stdio: 'ignore' });
      isMounted = true;
    } catch {
      skip('only root can make a small disk');
    }
    const data = join(await folder, 'data');
    const api = await start({ data });
    const noise = Buffer.alloc(900_000, 'x');
    const large = await post(api, QUICK, { body: noise });
    expect([large.status, (await saidIn(large)).reason]).toEqual([507, 'storage']);
    const result = await post(api, `${QUICK}&contentSize=600&format=tiff`);
    expect([result.status, (await saidIn(result)).reason]).toEqual([507, 'storage']);
    expect(await readdir(join(data, 'uploads'))).toEqual([]);
    expect((await post(api, QUICK)).status).toBe(200);
  });
});

describe('results that have made room', () => {
  it('are painted again by their jobs', async () => {
    const api = await start({ keepBytes: 1 });
    const put = () => api.ask('/v1/jobs/a?style=woodcut&styleSize=64', { method: 'PUT', body: photo });
    const done = () =>
      until(async () => expect((await saidIn(await api.ask('/v1/jobs/a'))).state).toBe('done'));
    await put();
    await done();
    const { result = '' } = await saidIn(await api.ask('/v1/jobs/a'));
    expect((await put()).status).toBe(200);
    await (await post(api, QUICK)).arrayBuffer();
    await (await post(api, `${QUICK}&strength=0.5`)).arrayBuffer();
    expect((await api.ask(result)).status).toBe(404);
    expect((await put()).status).toBe(202);
    await done();
    expect((await api.ask(result)).status).toBe(200);
  });
});

describe('a style', () => {
  it('gets its picture back, and keeps it as long as itself', async () => {
    const api = await start();
    const add = async () => (await saidIn(await post(api, '/v1/styles?size=64'))).id ?? '';
    const id = await add();
    const picture = join(api.folder, 'data', 'styles', `${id}.picture`);
    const refined = () => post(api, `/v1/paint?style=${id}&refine=true&steps=1`);
    expect((await refined()).status).toBe(200);
    await utimes(picture, 1, 1);
    await (await post(api, `/v1/paint?style=${id}`)).arrayBuffer();
    await until(async () => expect((await stat(picture)).mtimeMs).toBeGreaterThan(1000));
    // It has made room for others.
    await rm(picture);
    expect(await add()).toBe(id);
    expect(await readdir(join(api.folder, 'data', 'styles'))).toContain(`${id}.picture`);
    expect((await post(api, `/v1/paint?style=${id}&preserveColor=coral`)).status).toBe(200);
  });
});

describe('a folder of others', () => {
  it('is refused and left as it is', async () => {
    const data = await temporaryFolder();
    try {
      for (const name of ['uploads/thesis.txt', 'results/old.bin']) {
        await mkdir(join(data, name, '..'), { recursive: true });
        await writeFile(join(data, name), 'x'.repeat(100));
      }
      const starting = start({ data, keepBytes: 10 });
      await expect(starting).rejects.toThrow(/^expected a new or empty folder, .* for --data but received /);
      expect((await readdir(data, { recursive: true })).sort()).toEqual([
        ...['results', 'results/old.bin', 'uploads', 'uploads/thesis.txt'],
      ]);
    } finally {
      await rm(data, { recursive: true });
    }
  });
});

describe('the end', () => {
  it('finishes what there is, and takes no more', async () => {
    const api = await startApi();
    const asked = [1, 2].map((i) => post(api, `${QUICK}&strength=0.${i}`));
    await until(async () => expect(await figure(api, 'wasserfarbe_queue_pictures')).toBeGreaterThan(0)).catch(
      () => {},
    );
    await api.close();
    for (const answer of asked) expect([200, 503]).toContain((await answer).status);
    await expect(api.ask('/health/live')).rejects.toThrow();
  });
});
