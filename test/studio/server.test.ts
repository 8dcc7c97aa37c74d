/** What the studio's server answers: tags, compressed files, and the service worker's list of files. */

import { createHash } from 'node:crypto';
import { readFile, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { contentOf, studioFiles } from '../../src/studio/node/files.ts';
import { type ServedStudio, serveStudio } from '../../src/studio/node/server.ts';
import { readStyleFileInfo } from '../../src/stylize/style-file.ts';
import { root } from '../helpers/package.ts';

let served: ServedStudio;
beforeAll(async () => {
  served = await serveStudio(0);
});
afterAll(() => served.close());

const get = (address: string, headers: Record<string, string> = {}) =>
  fetch(served.url + address, { headers: { 'Accept-Encoding': 'identity', ...headers } });

it('tags every file, and sends an unchanged one no second time', async () => {
  for (const address of [...(await studioFiles()).keys(), '']) {
    const answer = await get(address);
    expect(answer.status, address).toBe(200);
    await answer.body?.cancel();
    const tag = answer.headers.get('etag') ?? '';
    expect(tag, address).toMatch(/^W\/"[\w-]+"$/);
    expect(answer.headers.get('cache-control'), address).toBe('no-cache');
    const again = await get(address, { 'If-None-Match': `"other", ${tag}` });
    expect([again.status, again.headers.get('etag'), await again.text()], address).toEqual([304, tag, '']);
    expect(again.headers.get('cross-origin-embedder-policy'), address).toBe('require-corp');
    expect((await get(address, { 'If-None-Match': '"other"' })).status, address).toBe(200);
  }
});

it('sends a file anew when it has changed', async () => {
  const address = 'photographs/sunrise.avif';
  const path = join(root, address);
  const { atime, mtime } = await stat(path);
  const tag = (await get(address)).headers.get('etag') ?? '';
  try {
    await utimes(path, atime, new Date(mtime.getTime() + 5000));
    expect((await get(address, { 'If-None-Match': tag })).status).toBe(200);
  } finally {
    await utimes(path, atime, mtime);
  }
});

it('compresses texts and WebAssembly for browsers that take it', async () => {
  for (const [address, most] of [
    ['', 0.7],
    ['style.css', 0.4],
    ['studio/page/page.js', 0.5],
    ['browser/worker.js', 0.5],
    ['runtime/ort-wasm-simd-threaded.wasm', 0.3],
  ] as const) {
    const plain = await get(address);
    const zipped = await get(address, { 'Accept-Encoding': 'gzip, br' });
    expect([plain.headers.get('content-encoding'), zipped.headers.get('content-encoding')]).toEqual([
      null,
      'gzip',
    ]);
    expect(zipped.headers.get('vary')).toBe('Accept-Encoding');
    const [size, sent] = [plain, zipped].map(({ headers }) => Number(headers.get('content-length')));
    expect((sent ?? 0) / (size ?? 0), address).toBeLessThan(most);
    // Decompressed by `fetch`.
    expect(hash(await zipped.arrayBuffer()), address).toBe(hash(await plain.arrayBuffer()));
  }
  const weights = await get('models/slim.safetensors', { 'Accept-Encoding': 'gzip' });
  expect(weights.headers.get('content-encoding')).toBeNull();
});

it('lists the files for the service worker, all of them, once', async () => {
  const files = await studioFiles();
  const file = files.get('service-worker.js');
  if (file === undefined) throw new Error('no service worker');
  const script = await contentOf(file);
  expect(await contentOf(file)).toBe(script);
  const [, list = ''] = /^self\.kept = (.*);$/m.exec(String(script)) ?? [];
  const kept = JSON.parse(list);
  const all = [...kept.first, ...kept.rest, ...kept.runtime.wasm, ...kept.runtime.webgpu];
  const wanted = [...files.keys()].filter((name) => !['index.html', 'service-worker.js'].includes(name));
  expect(all.sort()).toEqual(['./', ...wanted].sort());
  const worker = await readFile(join(root, 'dist', 'studio', 'page', 'service-worker.js'), 'utf8');
  expect(String(script).endsWith(worker)).toBe(true);
  expect(kept.version).toMatch(/^[0-9a-f]{16}$/);
});

it('has the first painting as a style of the model', async () => {
  const bytes = await (await get('styles/impasto.style')).arrayBuffer();
  const info = readStyleFileInfo(new Uint8Array(bytes), 'impasto.style');
  expect(info).toMatchObject({ modelName: 'slim', width: 512, height: 512 });
});

const hash = (bytes: ArrayBuffer) => createHash('sha256').update(new Uint8Array(bytes)).digest('hex');
