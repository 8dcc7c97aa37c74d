/** A client made of the API's description by another program, openapi-typescript, paints a picture. */

import { cp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { drawnPng, startApi, type TestApi } from './helpers/api.ts';
import { commandsOf, pages } from './helpers/examples.ts';
import { root, start } from './helpers/package.ts';

let api: TestApi;
const at = (name: string) => join(api.folder, name);

beforeAll(async () => {
  api = await startApi();
  await writeFile(at('package.json'), '{ "type": "module" }');
  await symlink(join(root, 'node_modules'), at('node_modules'));
  await writeFile(at('photo.png'), await drawnPng(1));
  await writeFile(at('painting.png'), await drawnPng(2));
  await cp(join(root, 'examples', 'api', 'paint.ts'), at('paint.ts'));
}, 60_000);
afterAll(() => api.close());

const run = (program: string, ...args: string[]) =>
  start(process.execPath, [program, ...args], api.folder).ended;

it('is made, passes the type check, and paints', { timeout: 120_000 }, async () => {
  await writeFile(at('openapi.json'), await (await api.ask('/openapi.json')).text());
  const generator = join(root, 'examples', 'node_modules', 'openapi-typescript', 'bin', 'cli.js');
  expect(await run(generator, 'openapi.json', '-o', 'api.d.ts')).toMatchObject({ code: 0 });

  const compilerOptions = {
    ...{ strict: true, noEmit: true, module: 'nodenext', target: 'es2023', skipLibCheck: true },
    ...{ lib: ['es2023', 'dom'], types: ['node'], allowImportingTsExtensions: true },
  };
  await writeFile(at('tsconfig.json'), JSON.stringify({ compilerOptions, include: ['paint.ts'] }));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  expect(await run(tsc)).toEqual({ code: 0, stdout: '', stderr: '' });

  const args = ['--import', 'tsx', 'paint.ts', api.url, 'photo.png', 'painting.png', 'painted.png'];
  const [first = '', ...rest] = args;
  expect(await run(first, ...rest)).toMatchObject({ code: 0, stderr: '' });
  expect(await sharp(at('painted.png')).metadata()).toMatchObject({ format: 'png', width: 61, height: 43 });
});

it('finds in the description what the server answers', async () => {
  const document = (await (await api.ask('/openapi.json')).json()) as {
    readonly paths: Record<string, Record<string, unknown>>;
  };
  for (const path of Object.keys(document.paths)) {
    if (document.paths[path]?.get === undefined) continue;
    const { status } = await api.ask(path.replace(/\{\w+\}/, 'nosuch'));
    expect([path, status]).toEqual([path, path.includes('{') ? 404 : 200]);
  }
});

it('finds in the description how it may be refused', async () => {
  type Operation = { readonly responses: object; readonly security?: readonly unknown[] };
  const document = (await (await api.ask('/openapi.json')).json()) as {
    readonly paths: Record<string, Record<string, Operation>>;
  };
  const { paths } = document;
  for (const [path, method] of [
    ['/v1/paint', 'post'],
    ['/v1/styles', 'post'],
    ['/v1/jobs/{id}', 'put'],
  ] as const) {
    const statuses = Object.keys(paths[path]?.[method]?.responses ?? {});
    expect(statuses).toEqual(
      expect.arrayContaining(['400', '401', '403', '404', '408', '413', '500', '507']),
    );
  }
  for (const { get } of Object.values(paths)) {
    if (get === undefined) continue;
    // Health is told to anyone.
    const expected = get.security === undefined ? ['401', '403'] : [];
    const statuses = Object.keys(get.responses).filter((status) => ['401', '403'].includes(status));
    expect([get, statuses]).toEqual([get, expected]);
  }
});

it('has a command in docs/serve.md for everything in the description', async () => {
  const document = (await (await api.ask('/openapi.json')).json()) as {
    readonly paths: Record<string, Record<string, unknown>>;
  };
  const page = pages.find((own) => own.page === 'docs/serve.md');
  const commands = page === undefined ? [] : commandsOf(page);
  for (const [path, operations] of Object.entries(document.paths)) {
    const address = new RegExp(`${path.replace(/\{id\}/, '[^/ ]+').replace(/\{key\}/, '')}([?"' )]|$|\\[)`);
    for (const method of Object.keys(operations).filter((name) => name !== 'parameters')) {
      const isAsked = commands.some((command) => {
        const own =
          / -X (\w+) /.exec(command)?.[1] ?? (/ (-F|--data-binary) /.test(command) ? 'POST' : 'GET');
        const isThere = address.test(command);
        return isThere && (own === method.toUpperCase() || command.startsWith('ID='));
      });
      expect([method, path, isAsked]).toEqual([method, path, true]);
    }
  }
});
