/** The API as its clients see it: pictures, styles, jobs and results. */

import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { drawnPng, saidIn, startApi, type TestApi } from '../../../test/helpers/api.ts';
import { chunk } from '../../images/node/png-chunk.ts';
import { Jobs } from './jobs.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let api: TestApi;
let photo: Buffer<ArrayBuffer>;
let painting: Buffer<ArrayBuffer>;
let style = '';

beforeAll(async () => {
  api = await startApi();
  [photo, painting] = [await drawnPng(1), await drawnPng(2, 50, 40)];
  const added = await api.ask('/v1/styles?size=64', { method: 'POST', body: painting });
  style = (await saidIn(added)).id ?? '';
});
afterAll(() => api.close());

const post = (path: string, body: RequestInit['body'] = photo, headers: Record<string, string> = {}) =>
  api.ask(path, { method: 'POST', body, headers });
const put = (path: string, body: RequestInit['body'] = photo) => api.ask(path, { method: 'PUT', body });
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

/** The job when it has ended. */
async function ended(id: string) {
  return vi.waitFor(
    async () => {
      const job = await saidIn(await api.ask(`/v1/jobs/${id}`));
      expect(job.state).not.toMatch(/waiting|painting/);
      return job;
    },
    { timeout: 90_000, interval: 100 },
  );
}

describe('/v1/paint', () => {
  it('paints, in the format of Accept, and gives what it has painted before', async () => {
    const first = await post(`/v1/paint?style=${style}`);
    expect(first.status).toBe(200);
    expect(first.headers.get('content-type')).toBe('image/jpeg');
    const bytes = await bytesOf(first);
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'jpeg', width: 61, height: 43 });
    const again = await post(`/v1/paint?style=${style}`);
    expect((await bytesOf(again)).equals(bytes)).toBe(true);
    const text = await (await api.ask('/metrics')).text();
    expect(text).toMatch(/wasserfarbe_picture_seconds_count\{from="store"\} [1-9]/);
    const webp = await post(`/v1/paint?style=${style}`, photo, { Accept: 'image/webp,*/*;q=0.5' });
    expect(await sharp(await bytesOf(webp)).metadata()).toMatchObject({ format: 'webp' });
    const tiff = await post(`/v1/paint?style=${style}&format=tiff`, photo, { Accept: 'image/webp' });
    expect(tiff.headers.get('content-type')).toBe('image/tiff');
  });

  it('tells faults of the photograph each time, without a word about its own files', async () => {
    const jpeg = await sharp(photo).resize(400).jpeg().toBuffer();
    const cut = Buffer.from(jpeg.subarray(0, jpeg.length / 2));
    const warned = [];
    for (let time = 0; time < 2; time++) {
      const answer = await post(`/v1/paint?style=${style}`, cut);
      await answer.arrayBuffer();
      warned.push(decodeURI(answer.headers.get('x-warning') ?? ''));
      const place = answer.headers.get('content-location') ?? '';
      expect((await api.ask(place)).status).toBe(200);
      expect((await api.ask(`${place}.warnings`)).status).toBe(404);
    }
    const line = expect.stringMatching(/^the content ends before its picture does: /);
    expect(warned).toEqual([line, line]);
  });

  it('takes forms, mixtures, shipped paintings and all options', async () => {
    const form = new FormData();
    form.set('content', new Blob([photo]), 'photo.png');
    form.set('style', new Blob([painting]), 'painting.png');
    expect((await post('/v1/paint?styleSize=64&format=png', form)).status).toBe(200);
    const mixed = `/v1/paint?style=${style}&style=woodcut&weight=2&weight=1&styleSize=64`;
    const options =
      '&strength=0.8&strokeSize=1.5&detail=0&contentSize=30&quality=80&keepMetadata=true&format=webp';
    const answer = await post(`${mixed}${options}`);
    expect(await sharp(await bytesOf(answer)).metadata()).toMatchObject({ format: 'webp', height: 30 });
    expect((await post(`/v1/paint?style=${style}&preserveColor=coral`)).status).toBe(200);
  });

  it.each([
    ['strength=2', 400, 'expected a number from 0 to 1 for strength but received 2'],
    ['strength=', 400, 'expected a number from 0 to 1 for strength but received empty text'],
    ['strength=1&strength=0', 400, 'expected one value for strength but received 2'],
    ['strenght=1', 400, /^expected one of .*strength.* for an option of paint but received strenght$/],
    ['tile=64', 400, /but received tile$/],
    ['refine=yes', 400, 'expected true or false for refine but received yes'],
    ['steps=5', 400, 'expected refine=true for steps but received it alone'],
    ['weight=1&weight=2', 400, 'expected one for each of 1 styles for weight but received 2'],
    ['style=nosuch', 404, /^expected a known style for style but received nosuch; POST/],
    ['contentSize=5000', 413, 'expected at most 1 megapixels for the result but received 7093×5000 pixels'],
    ['style=woodcut&styleSize=5000', 413, /megapixels for style 2 at size 5000 but received \d+×\d+ pixels$/],
    ['source=https://site.example/', 400, /^expected no body beside source .* received one; send either$/],
  ])('refuses ?%s with %i', async (query, status, error) => {
    const answer = await post(`/v1/paint?style=${style}&${query}`);
    expect(answer.status).toBe(status);
    const problem = await saidIn(answer);
    expect(problem.error).toEqual(typeof error === 'string' ? error : expect.stringMatching(error));
    expect(problem.reason).toMatch(/^\w+$/);
  });

  it('refuses sources that its owner does not allow', async () => {
    const answer = await post(`/v1/paint?style=${style}&source=https://site.example/`, null);
    expect([answer.status, await saidIn(answer)]).toEqual([
      422,
      {
        error: 'expected an address that this server allows for source but received https://site.example',
        reason: 'source',
      },
    ]);
  });

  it('refuses what is no picture, without a word about its own files', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>';
    const bomb = await sharp({ create: { width: 1100, height: 1000, channels: 3, background: '#fff' } })
      .png()
      .toBuffer();
    const size = Buffer.from([0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30, 8, 2, 0, 0, 0]);
    const pixels = deflateSync(Buffer.alloc(90_001));
    const start = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
    const claim = Buffer.concat([start, chunk('IHDR', size), chunk('IDAT', pixels), chunk('IEND')]);
    for (const [body, status] of [
      [claim, 413],
      ['text', 415],
      [svg, 415],
      ['', 422],
      [Buffer.from(photo.subarray(0, 60)), 422],
      [Buffer.from(bomb), 413],
      [Buffer.alloc(1_100_000), 413],
    ] as const) {
      const answer = await post(`/v1/paint?style=${style}`, body);
      const { error } = await saidIn(answer);
      expect([answer.status, error]).toEqual([status, expect.stringMatching(/^expected /)]);
      expect(error).not.toContain(api.folder);
      expect(error).not.toContain('\n');
      const asStyle = await post('/v1/styles', body);
      expect(asStyle.status).toBe(status);
    }
  });

  it('refuses other forms', async () => {
    const form = new FormData();
    form.set('photo', new Blob([photo]), 'photo.png');
    expect((await post(`/v1/paint?style=${style}`, form)).status).toBe(400);
    const fields = new FormData();
    fields.set('content', new Blob([photo]), 'photo.png');
    fields.set('strength', '0.5');
    expect(await (await post(`/v1/paint?style=${style}`, fields)).json()).toMatchObject({
      reason: 'setting',
    });
    const cut = await post('/v1/paint?style=woodcut', '--x\r\nContent-Dis', {
      'Content-Type': 'multipart/form-data; boundary=x',
    });
    expect(cut.status).toBe(400);
    const large = new FormData();
    large.set('content', new Blob([Buffer.alloc(2_000_000)]), 'photo.png');
    expect((await post(`/v1/paint?style=${style}`, large)).status).toBe(413);
  });
});

describe('/v1/styles', () => {
  it('gives one id for one picture, size and model, also in a form', async () => {
    const answer = await post('/v1/styles?size=64', painting);
    expect(await saidIn(answer)).toEqual({ id: style, width: 80, height: 64 });
    expect(await (await api.ask(`/v1/styles/${style}`)).json()).toEqual({ id: style, width: 80, height: 64 });
    const form = new FormData();
    form.set('style', new Blob([painting]), 'painting.png');
    expect((await saidIn(await post('/v1/styles?size=64', form))).id).toBe(style);
    const other = await saidIn(await post('/v1/styles?size=48', painting));
    expect(other.id).not.toBe(style);
    expect((await api.ask('/v1/styles/nosuch')).status).toBe(404);
  });
});

describe('/v1/jobs', () => {
  it('begins once, ends, and its result is found by its name', async () => {
    const begun = await put(`/v1/jobs/one?style=${style}&format=png`);
    expect([begun.status, begun.headers.get('location')]).toEqual([202, '/v1/jobs/one']);
    const job = await ended('one');
    expect(job).toMatchObject({ id: 'one', state: 'done', warnings: [] });
    const result = await api.ask(job.result ?? '');
    const tag = result.headers.get('etag') ?? '';
    expect(result.headers.get('cache-control')).toContain('immutable');
    expect(await sharp(await bytesOf(result)).metadata()).toMatchObject({ format: 'png', width: 61 });
    expect((await api.ask(job.result ?? '', { headers: { 'If-None-Match': tag } })).status).toBe(304);
    const head = await api.ask(job.result ?? '', { method: 'HEAD' });
    expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, tag, '']);

    const again = await put(`/v1/jobs/one?style=${style}&format=png`);
    expect([again.status, (await saidIn(again)).state]).toEqual([200, 'done']);
    const other = await put('/v1/jobs/one?style=woodcut');
    expect([other.status, (await saidIn(other)).reason]).toEqual([409, 'conflict']);
    expect((await api.ask('/v1/jobs/one', { method: 'DELETE' })).status).toBe(204);
    expect((await api.ask('/v1/jobs/one')).status).toBe(404);
    expect((await api.ask(job.result ?? '')).status).toBe(200);
    expect((await put(`/v1/jobs/a.b?style=${style}`)).status).toBe(400);
  });

  it('tells how far it is, and refines', async () => {
    await put(`/v1/jobs/two?style=${style}&refine=true&steps=3`);
    const events = await (await api.ask('/v1/jobs/two/events')).text();
    const jobs = [...events.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data));
    expect(jobs.map(({ phase }) => phase)).toContain('refine');
    expect(jobs.at(-1)).toMatchObject({ state: 'done' });
    expect(events).toContain('event: done\n');
  });

  it('answers HEAD of its events at once, and follows nothing for it', async () => {
    await put(`/v1/jobs/head?style=${style}`);
    const follow = vi.spyOn(Jobs.prototype, 'follow');
    const head = await api.ask('/v1/jobs/head/events', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect(follow).not.toHaveBeenCalled();
    follow.mockRestore();
    expect((await api.ask('/v1/jobs/nosuch/events', { method: 'HEAD' })).status).toBe(404);
    await ended('head');
  });

  it('fails in words, can be sent again, and can be ended', async () => {
    await put('/v1/jobs/three?style=woodcut', 'no picture');
    expect(await ended('three')).toMatchObject({ state: 'failed', reason: 'kind' });
    expect((await put('/v1/jobs/three?style=woodcut', 'no picture')).status).toBe(202);
    await ended('three');

    await put(`/v1/jobs/four?style=${style}&refine=true&seconds=100`);
    const events = (await api.ask('/v1/jobs/four/events')).text();
    await vi.waitFor(
      async () => expect((await saidIn(await api.ask('/v1/jobs/four'))).phase).toBe('refine'),
      { timeout: 60_000, interval: 100 },
    );
    expect((await api.ask('/v1/jobs/four', { method: 'DELETE' })).status).toBe(204);
    expect(await events).toContain('event: cancelled\n');
    expect((await post(`/v1/paint?style=${style}&contentSize=20`)).status).toBe(200);
  });
});

it('answers for its health, and what it does not know', async () => {
  expect(await (await api.ask('/health/live')).text()).toBe('live\n');
  expect((await api.ask('/health/ready')).status).toBe(200);
  const unknown = await api.ask('/v2/paint');
  expect([unknown.status, (await saidIn(unknown)).reason]).toEqual([404, 'missing']);
  const metrics = await (await api.ask('/metrics')).text();
  expect(metrics).toContain('route="/v1/jobs/:id"');
  expect(metrics).toMatch(/wasserfarbe_painters 1\n/);
});
