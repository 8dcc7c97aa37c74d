/** `wasserfarbe studio` on the command line: served until Ctrl-C, or written as files. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { cli, root, startCli } from '../helpers/package.ts';
import { temporaryFolder } from '../helpers/pictures.ts';
import { freePort } from '../helpers/study.ts';

vi.setConfig({ testTimeout: 60_000 });

let folder = '';
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true }));

it('serves the page with the headers for threads until it is interrupted', async () => {
  const port = await freePort();
  const running = startCli(['studio', '--port', `${port}`], folder);
  const url = `http://127.0.0.1:${port}/`;
  const page = await vi.waitFor(() => fetch(url), { timeout: 30_000, interval: 200 });
  expect(await page.text()).toContain('<script type="module" src="studio/page/page.js">');
  expect(page.headers.get('cross-origin-opener-policy')).toBe('same-origin');
  expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  expect(page.headers.get('content-security-policy')).not.toContain('unsafe-inline');
  running.kill('SIGINT');
  expect(await running.ended).toMatchObject({ code: 0, stdout: `${url}\n` });
});

it('has the same address each time, or another one if that is taken', async () => {
  const taken = createServer();
  const isOurs = await new Promise<boolean>((done) => {
    taken.once('error', () => done(false));
    taken.listen(9277, '127.0.0.1', () => done(true));
  });
  const started = async () => {
    const running = startCli(['studio'], folder);
    await vi.waitFor(() => expect(running.errors()).toContain('open this address'), { timeout: 30_000 });
    running.kill('SIGINT');
    return running.ended;
  };
  const other = await started();
  expect(other.stderr).toContain('port 9277 is taken, perhaps by another studio');
  expect(other.stdout).not.toContain(':9277/');
  if (!isOurs) return;
  await new Promise((done) => taken.close(done));
  expect((await started()).stdout).toBe('http://127.0.0.1:9277/\n');
});

it('writes static files, with the headers for hosts that read them from a file', async () => {
  const { code, stdout } = await cli(['studio', '--output', 'site'], folder);
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^site {2}\d+ files\n$/) });
  const site = join(folder, 'site');
  expect(await readFile(join(site, '_headers'), 'utf8')).toContain(
    '  Cross-Origin-Embedder-Policy: require-corp',
  );
  for (const [address, file] of [
    ['models/slim.safetensors', 'models/slim.safetensors'],
    ['styles/watercolour.avif', 'paintings/watercolour.avif'],
  ] as const) {
    const copy = await readFile(join(site, address));
    expect(copy.equals(await readFile(join(root, file))), file).toBe(true);
  }
  const again = await cli(['studio', '--output', 'site'], folder);
  expect(again.code).toBe(1);
  expect(again.stderr).toContain('expected a new or empty folder for --output but received site');
  await writeFile(join(folder, 'file'), '');
  expect(await cli(['studio', '--output', 'file'], folder)).toMatchObject({
    code: 1,
    stderr:
      'wasserfarbe: expected a new or empty folder for --output but received a path through a file that is no folder (file)\n',
  });
});
