/** The user study on the command line: making it blind, serving it safely, killing it, reporting. */

import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RaterState } from '../src/study/api.ts';
import { readKey, readStudy } from '../src/study/node/folder.ts';
import { cli, type Running, startCli } from './helpers/package.ts';
import { temporaryFolder } from './helpers/pictures.ts';
import { freePort, methodNames, startStudy, writeEvaluation } from './helpers/study.ts';

// Each test starts several processes, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder = '';
const at = (...path: string[]): string => join(folder, ...path);
const study = (...args: string[]) => cli(['study', ...args], folder);

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeEvaluation(at('evaluation'));
  const made = await study('make', '--evaluation', 'evaluation', '--output', 'study', '--pairs', '6');
  expect(made).toEqual({ code: 0, stdout: 'study  6 pairs, 18 pictures to rate\n', stderr: '' });
});

afterAll(() => rm(folder, { recursive: true }));

describe('make', () => {
  it('gives every method of each pair a random name, and keeps the names of methods in the key', async () => {
    const [{ items }, key] = await Promise.all([readStudy(at('study')), readKey(at('study'))]);
    expect(items).toHaveLength(18);
    for (const method of methodNames) {
      expect(Object.values(key.items).filter((item) => item.method === method)).toHaveLength(6);
    }
    const files = await readdir(at('study', 'pictures'));
    const ids = new Set(items.flatMap(({ id, content, style }) => [id, content, style]));
    expect(new Set(files)).toEqual(new Set([...ids].map((id) => `${id}.png`)));
    expect(files.every((file) => /^[0-9a-f]{32}\.png$/.test(file))).toBe(true);
    expect(items.map(({ id }) => id)).toEqual(items.map(({ id }) => id).sort());
    const text = await readFile(at('study', 'study.json'), 'utf8');
    for (const name of [...methodNames, 'hut', 'klee']) expect(text).not.toContain(name);
  });

  it('writes pictures with only pixels and a common colour profile, at the content’s size', async () => {
    const { items } = await readStudy(at('study'));
    const profiles = new Set<string | undefined>();
    for (const { id, content } of items) {
      const metadata = await sharp(at('study', 'pictures', `${id}.png`)).metadata();
      const { width, height } = await sharp(at('study', 'pictures', `${content}.png`)).metadata();
      expect([metadata.width, metadata.height]).toEqual([width, height]);
      expect([metadata.exif, metadata.xmp, metadata.comments]).toEqual(Array(3).fill(undefined));
      profiles.add(metadata.icc?.toString('base64'));
    }
    expect(profiles.size).toBe(1);
  });

  it('never replaces other files or answers, and a study only if forced', async () => {
    await writeFile(at('text.txt'), '');
    const make = (...args: string[]) => study('make', '--evaluation', 'evaluation', '--pairs', '1', ...args);
    expect((await make('--output', '.')).stderr).toContain('but received one with other files');
    expect((await make('--output', 'study')).stderr).toContain(
      `but received a study (${at('study')}); add --force to replace it\n`,
    );
    expect((await make('--output', 'other')).code).toBe(0);
    expect(await make('--output', 'other', '--force')).toMatchObject({ code: 0, stderr: '' });
    expect(await readdir(at('other', 'pictures'))).toHaveLength(5);
    const line = { time: '2025-01-31T00:00:00Z', rater: 'Anna', item: 'x', content: 0, style: 0 };
    await writeFile(at('other', 'answers.jsonl'), `${JSON.stringify(line)}\n`);
    expect(await make('--output', 'other', '--force')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a study with answers (1)'),
    });
    expect(await readdir(folder)).toEqual(['evaluation', 'other', 'study', 'text.txt']);
  });

  it('leaves nothing behind when interrupted', async () => {
    const own = await temporaryFolder();
    await writeEvaluation(join(own, 'evaluation'), { size: 256 });
    const args = ['study', 'make', '--evaluation', 'evaluation', '--output', 'study', '--pairs', '12'];
    const running = startCli(args, own);
    for (let i = 0; i < 2000 && (await readdir(own)).length === 1; i++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    running.kill('SIGINT');
    expect(await running.ended).toEqual({
      code: 130,
      stdout: '',
      stderr: 'wasserfarbe: interrupted, nothing is written\n',
    });
    expect(await readdir(own)).toEqual(['evaluation']);
    await rm(own, { recursive: true });
  });

  it('names what an evaluation lacks', async () => {
    const file = at('evaluation', 'evaluation.json');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(',"pictures":"pictures"', ''));
    const without = await study('make', '--evaluation', 'evaluation', '--output', 'new');
    await writeFile(file, text);
    expect(without).toMatchObject({ code: 1, stdout: '' });
    expect(without.stderr).toMatch(
      /^wasserfarbe: [^\n]*run it again as wasserfarbe evaluate … --save-pictures\n$/,
    );
    const many = await study('make', '--evaluation', 'evaluation', '--output', 'new');
    expect(many).toMatchObject({ code: 2, stderr: expect.stringContaining('expected at most 12') });
    expect((await study('make', '--output', 'new')).stderr).toContain('--evaluation but received nothing');
    expect(await readdir(folder)).not.toContain('new');
  });
});

describe('rate', () => {
  let server: Running;
  let port = 0;
  const fetchPath = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${path}`, init);
  const state = async (rater: string) => {
    const found: RaterState = JSON.parse(
      await (await fetchPath(`/api/items?rater=${encodeURIComponent(rater)}`)).text(),
    );
    return found;
  };
  const post = (body: unknown, headers: Record<string, string> = { 'Content-Type': 'application/json' }) =>
    fetchPath('/api/ratings', { method: 'POST', headers, body: JSON.stringify(body) });

  beforeAll(async () => {
    port = await freePort();
    server = await startStudy(at('study'), port);
  });

  afterAll(async () => {
    server.kill('SIGINT');
    expect(await server.ended).toMatchObject({
      code: 0,
      stdout: `http://127.0.0.1:${port}/\n`,
      stderr: 'wasserfarbe: 18 pictures to rate there; Ctrl-C ends it\n',
    });
    expect(await readdir(at('study'))).not.toContain('rating.lock');
  });

  it.each([
    '/key.json',
    '/study.json',
    '/answers.jsonl',
    '/pictures/../key.json',
    '/pictures/..%2fkey.json',
    '/pictures/%2e%2e/key.json',
    '/pictures/..%5ckey.json',
    '/page/..%2f..%2fcli%2fmain.js',
    '//key.json',
  ])('does not serve %s', async (path) => {
    // fetch would resolve the dots itself.
    const status = await new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, path }, (reply) => {
        reply.resume();
        resolve(reply.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(404);
  });

  it('answers only to local names, its own page, JSON, and short requests', async () => {
    const statusFor = (headers: Record<string, string>) =>
      new Promise((resolve, reject) => {
        request({ host: '127.0.0.1', port, path: '/', headers }, (reply) => {
          reply.resume();
          resolve(reply.statusCode);
        })
          .on('error', reject)
          .end();
      });
    expect(await statusFor({ Host: `localhost:${port}` })).toBe(200);
    expect(await statusFor({ Host: 'evil.example' })).toBe(403);
    expect(await statusFor({ Host: '127.0.0.1.evil.example' })).toBe(403);
    expect(await statusFor({ Origin: 'https://evil.example' })).toBe(403);
    const { items, study: id } = await state('Zoe');
    const rating = { study: id, rater: 'Zoe', item: items[0]?.id, content: 0.5, style: 0.5 };
    const statuses = await Promise.all([
      post(rating, { 'Content-Type': 'text/plain' }),
      post({ ...rating, content: 1.1 }),
      post({ ...rating, style: null }),
      post({ ...rating, rater: ' ' }),
      post({ ...rating, item: 'x' }),
      post({ ...rating, study: 'x' }),
      post({ ...rating, item: 'x'.repeat(5000) }),
    ]);
    expect(statuses.map(({ status }) => status)).toEqual([415, 400, 400, 400, 404, 409, 413]);
    expect((await state('Zoe')).ratings).toEqual({});
  });

  it('is the only server of a study', async () => {
    const second = await study('rate', 'study');
    expect(second).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr).toMatch(/^wasserfarbe: [^\n]*in use by process \d+; [^\n]*\n$/);
    await study('make', '--evaluation', 'evaluation', '--pairs', '1', '--output', 'third');
    const taken = await study('rate', 'third', '--port', `${port}`);
    expect(taken.stderr).toContain(`expected a free port for --port but received ${port}: EADDRINUSE`);
    expect(await readdir(at('third'))).not.toContain('rating.lock');
  });

  it('loses no acknowledged rating when it is killed repeatedly', async () => {
    const acknowledged = new Map<string, number>();
    let tries = 0;
    for (const kill of [5, 9, 14]) {
      const { items, study: id } = await state('Anna');
      // Several ratings at once, so that one is being written at the moment of the kill.
      const open = items.filter((item) => !acknowledged.has(item.id));
      await Promise.all(
        open.map(async ({ id: item }, i) => {
          const content = ((i + tries) % 11) / 10;
          const reply = await post({ study: id, rater: 'Anna', item, content, style: 0.5 }).catch(
            () => undefined,
          );
          if (reply?.ok) acknowledged.set(item, content);
          if (acknowledged.size >= kill) server.kill('SIGKILL');
        }),
      );
      tries++;
      expect((await server.ended).code).toBe('SIGKILL');
      expect(await readdir(at('study'))).toContain('rating.lock');
      server = await startStudy(at('study'), port);
      const { ratings } = await state('Anna');
      for (const [item, content] of acknowledged) expect(ratings[item]).toEqual({ content, style: 0.5 });
      // A rating that was written but not acknowledged may be there or not.
      for (const [item, { content }] of Object.entries(ratings)) acknowledged.set(item, content);
    }
    const lines = (await readFile(at('study', 'answers.jsonl'), 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).rater)).toEqual(Array(lines.length).fill('Anna'));
  });

  it('recognises a rater however the name is typed', async () => {
    const { items, study: id } = await state('  Jo\u0308rg   B ');
    await post({ study: id, rater: 'J\u00f6rg B', item: items[0]?.id, content: 0, style: 1 });
    expect((await state('J\u00f6rg  B')).ratings).toEqual({ [items[0]?.id ?? '']: { content: 0, style: 1 } });
  });
});

describe('report', () => {
  it('prints the report and writes no files', async () => {
    const before = await readdir(at('study'));
    const text = await study('report', 'study');
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toContain('by 2 raters, ');
    const json = await study('report', 'study', '--json');
    const report = JSON.parse(json.stdout);
    expect(report.methods.map(({ method }: { method: string }) => method)).toEqual(methodNames);
    expect(report.paper.both).toEqual({ AdaIN: 0.5, SANet: 0.67, paper: 0.79 });
    expect(await readdir(at('study'))).toEqual(before);
  });

  it('needs a study and ratings', async () => {
    expect(await study('report', 'third')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('expected ratings for the study but received none'),
    });
    expect((await study('report', 'evaluation')).stderr).toContain('no such file');
    expect(await study()).toEqual({
      code: 2,
      stdout: '',
      stderr: 'wasserfarbe: expected a command; see --help\n',
    });
  });
});
