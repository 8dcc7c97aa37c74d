/** `wasserfarbe serve` on the command line: flags, its orderly end, what stays for the next start. */

import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { drawnPng, saidIn } from '../helpers/api.ts';
import { writeRandomModel } from '../helpers/model.ts';
import { cli, type Running, startCli } from '../helpers/package.ts';
import { temporaryFolder } from '../helpers/pictures.ts';
import { freePort } from '../helpers/study.ts';

vi.setConfig({ testTimeout: 120_000 });

let folder = '';
let photo: Buffer<ArrayBuffer>;
beforeAll(async () => {
  folder = await temporaryFolder();
  photo = await drawnPng(1);
  await writeRandomModel(folder);
  await writeFile(join(folder, 'token.txt'), 'a-token-of-this-test-0123456789\n');
  await writeFile(join(folder, 'short.txt'), 'abc\n');
});
afterAll(() => rm(folder, { recursive: true }));

/** A server of one painter with the tiny model. */
async function serve(...flags: string[]): Promise<{ server: Running; url: string }> {
  const port = await freePort();
  const usual = ['--port', `${port}`, '--painters', '1', '--model', './random.safetensors'];
  const server = startCli(['serve', ...usual, ...flags], folder);
  await server.said(/^http:/);
  return { server, url: `http://127.0.0.1:${port}` };
}

describe('an end', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('by %s finishes what there is', async (signal) => {
    const { server, url } = await serve();
    const put = await fetch(`${url}/v1/jobs/a?style=woodcut&styleSize=64&refine=true&seconds=5`, {
      ...{ method: 'PUT', body: photo },
    });
    expect(put.status).toBe(202);
    const events = fetch(`${url}/v1/jobs/a/events`).then((answer) => answer.text());
    const painting = fetch(`${url}/v1/paint?style=woodcut&styleSize=64`, { method: 'POST', body: photo });
    await vi.waitFor(
      async () => {
        const text = await (await fetch(`${url}/metrics`)).text();
        expect(text).toMatch(/^wasserfarbe_queue_pictures 1$/m);
      },
      { timeout: 60_000, interval: 50 },
    );
    server.kill(signal);
    expect((await painting).status).toBe(200);
    expect(await events).toContain('event: done');
    expect(await server.ended).toMatchObject({ code: 0, stdout: `${url}/\n` });
  });
});

it('keeps styles and results for the next start, in a folder of its own', async () => {
  const first = await serve('--data', 'data');
  const added = await fetch(`${first.url}/v1/styles?size=64`, { method: 'POST', body: photo });
  const { id = '' } = await saidIn(added);
  const painted = await fetch(`${first.url}/v1/paint?style=${id}`, { method: 'POST', body: photo });
  const place = painted.headers.get('content-location') ?? '';
  await painted.arrayBuffer();
  const other = await cli(['serve', '--port', '0', '--data', 'data'], folder);
  expect(other).toMatchObject({ code: 1, stdout: '' });
  expect(other.stderr).toMatch(
    /^wasserfarbe: expected a folder that no other server uses for --data but received/,
  );
  first.server.kill('SIGTERM');
  await first.server.ended;
  expect((await readdir(join(folder, 'data'))).sort()).toEqual([
    ...['results', 'styles', 'uploads', 'wasserfarbe-serve.txt'],
  ]);

  const second = await serve('--data', 'data');
  expect((await fetch(`${second.url}/v1/styles/${id}`)).status).toBe(200);
  expect((await fetch(second.url + place)).status).toBe(200);
  // Nothing is asked of those that are killed; the next server goes on.
  second.server.kill('SIGKILL');
  await second.server.ended;
  const third = await serve('--data', 'data');
  third.server.kill('SIGTERM');
  expect((await third.server.ended).code).toBe(0);
});

it('ends when another server has taken its folder over, as after a long pause', async () => {
  const { server } = await serve('--data', 'lost');
  const lock = { pid: 1, host: 'elsewhere', touched: true, token: 'other' };
  await writeFile(join(folder, 'lost', 'lock'), JSON.stringify(lock));
  expect(await server.ended).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /\nwasserfarbe: expected a folder that no other server uses for --data but received one in use by process 1 of another computer; .*\n$/,
    ),
  });
  expect(await readdir(join(folder, 'lost'))).toContain('lock');
});

describe('wrong usage', () => {
  it.each([
    [
      ['--host', '0.0.0.0'],
      'expected a token for host 0.0.0.0 for --token-file but received none; give --token-file',
    ],
    [['--token-file', 'none.txt'], 'expected a file for --token-file but received no such file (none.txt)'],
    [['--token-file', 'short.txt'], 'expected one line of 16 or more letters'],
    [['--painter-memory', '100MB'], 'expected at least 500MB for --painter-memory but received 100MB'],
    [
      ['--painters', '0'],
      "option '--painters <count>' argument '0' is invalid. Expected a whole number from 1 to 1024.",
    ],
    [['--painters', '1000000'], 'Expected a whole number from 1 to 1024.'],
    [['--allow-source', 'ftp://x'], 'Expected the beginning of addresses, as in https://pictures.example/.'],
    [['--allow-source', 'https://a.example/get?bucket=mine'], 'Expected an address without ?, # and a user'],
    [['--allow-source', 'https://me@a.example/'], 'Expected an address without ?, # and a user'],
    [
      ['--data', 'token.txt'],
      'expected a folder that can be written for --data but received a path through a file that is no folder (token.txt)',
    ],
    [['--cors', 'site'], 'Expected an origin, as in https://site.example, or *.'],
    [['--workers', '2'], "unknown option '--workers'; use --painters"],
    [['--model', 'nosuch'], 'for model but received nosuch'],
  ])('%j', async (flags, line) => {
    const { code, stdout, stderr } = await cli(['serve', '--port', '0', ...flags], folder);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(line);
    expect(stderr.trim()).not.toContain('\n');
  });

  it('a folder for temporary files that is not there', async () => {
    const { code, stderr } = await cli(['serve', '--port', '0'], folder, { TMPDIR: '/nonexistent' });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'wasserfarbe: expected a folder that can be written for TMPDIR but received no such file (/nonexistent)\n',
    });
  });

  it('a port that is taken', async () => {
    const { server, url } = await serve();
    const taken = await cli(
      ['serve', '--port', new URL(url).port, '--model', './random.safetensors'],
      folder,
    );
    expect(taken).toMatchObject({ code: 1, stdout: '' });
    expect(taken.stderr).toContain('expected a free port for --port but received');
    server.kill('SIGTERM');
    await server.ended;
  });

  it('no token is needed where it is said, and one is asked for where it is given', async () => {
    const open = await serve('--host', '0.0.0.0', '--no-auth');
    expect((await fetch(`${open.url}/openapi.json`)).status).toBe(200);
    const guarded = await serve('--token-file', 'token.txt');
    expect((await fetch(`${guarded.url}/openapi.json`)).status).toBe(401);
    const headers = { Authorization: 'Bearer a-token-of-this-test-0123456789' };
    expect((await fetch(`${guarded.url}/openapi.json`, { headers })).status).toBe(200);
    for (const { server } of [open, guarded]) server.kill('SIGTERM');
    for (const { server } of [open, guarded]) expect((await server.ended).code).toBe(0);
  });
});
