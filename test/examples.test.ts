/**
 * Runs the code of README.md and docs/ like a user: in a folder with the package, photographs and paintings.
 * `test/browser/examples.test.ts` runs that of pages. A block that is not run says why, as in
 * ```` ```sh by hand: needs a GPU ````.
 */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksIn, commandsOf, exampleWorkspace, pages, type Workspace } from './helpers/examples.ts';
import { type Ended, root, type Running, start } from './helpers/package.ts';
import { freePort } from './helpers/study.ts';

/** Commands that serve a page until Ctrl-C. */
const serves = /wasserfarbe (studio$|study rate|serve$)/;
/** The address of the API in commands. */
const API = '127.0.0.1:9278';

/** Flags that shorten commands from hours to moments; later flags win. */
const shorter: readonly (readonly [RegExp, string])[] = [
  [/ train .*--export-step/, '--batch-size 1 --crop-size 80 --region-min 32'],
  [
    / train /,
    '--iterations 1 --batch-size 1 --crop-size 80 --region-min 32 --holdout-contents 1 --holdout-styles 1',
  ],
  [/ --refine/, '--refine 1 --content-size 64 --style-size 64'],
  [/ evaluate /, '--size 64 --pairs 2'],
  [/ sheet /, '--size 64 --cell 64'],
  [/ study make /, '--pairs 2'],
  [/ study rate | serve$/, '--port 0'],
];

let workspace: Workspace;
beforeAll(async () => {
  workspace = await exampleWorkspace(pages);
});
afterAll(() => rm(workspace.folder, { recursive: true }));

it('every block says what it is, and why if it is not run', () => {
  const known = ['sh', 'ts', 'js', 'html', 'text'];
  const odd = pages
    .flatMap(({ blocks }) => blocks)
    .filter(({ language, mark }) => !(mark === '' ? known.includes(language) : /^by hand: \S/.test(mark)));
  expect(odd.map(({ place }) => place)).toEqual([]);
});

it('README has examples of both kinds', () => {
  const [readme] = pages;
  const counts = ['ts', 'sh'].map((language) => readme && blocksIn(readme, language).length);
  expect(counts).toEqual([3, 8]);
});

describe.each(pages)('$page', (own) => {
  const { page } = own;
  const programs = blocksIn(own, 'ts').map(({ code }) => complete(code));
  const commands = commandsOf(own);
  const asksApi = commands.some((command) => command.includes(API));
  let api: { readonly server: Running; readonly address: string } | undefined;
  beforeAll(async () => {
    if (asksApi) api = await serveApi(workspace.folderOf(page));
  }, 60_000);
  afterAll(async () => {
    api?.server.kill('SIGTERM');
    await api?.server.ended;
  });

  it.runIf(programs.length > 0)('has programs that pass the type check', { timeout: 60_000 }, async () => {
    const folder = workspace.folderOf(page);
    for (const [i, text] of programs.entries()) await writeFile(join(folder, `example-${i}.ts`), text);
    const compilerOptions = {
      ...{ strict: true, noEmit: true, module: 'nodenext', target: 'es2023' },
      ...{ lib: ['es2023'], types: ['node'] },
    };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    expect(await run(process.execPath, [tsc], folder)).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it.each(programs.map((text, i) => [i, text] as const))(
    'program %i runs',
    { timeout: 60_000 },
    async (i, text) => {
      const ended = await run(
        process.execPath,
        ['--import', 'tsx', `example-${i}.ts`],
        workspace.folderOf(page),
      );
      expect(ended).toMatchObject({ code: 0, stderr: '' });
      const promised = /\/\/ (expected .*)/.exec(text)?.[1];
      if (promised !== undefined) expect(ended.stdout).toContain(promised);
    },
  );

  it.each(commands)('%s', { timeout: 120_000 }, async (command) => {
    // npx itself takes half a second and finds the same file.
    const line = command.replaceAll(/(^|&& )npx /g, '$1').replaceAll(API, api?.address ?? API);
    const [, flags = ''] = shorter.find(([pattern]) => pattern.test(command)) ?? [];
    if (command.includes(' study report ')) await rateOne(join(workspace.folderOf(page), 'runs', 'study'));
    if (serves.test(command)) {
      const running = start('sh', ['-c', `exec ${line} ${flags}`], workspace.folderOf(page), workspace.env);
      await running.said(/http:\/\/127\.0\.0\.1:\d+/);
      running.kill('SIGINT');
      expect(await running.ended).toMatchObject({ code: 0 });
    } else {
      const ended = await run('sh', ['-c', `${line} ${flags}`], workspace.folderOf(page));
      expect(ended).toMatchObject({ code: 0, stderr: '' });
    }
  });
});

/** A program of README as it is; that of a page in which \`stylizer\` is at hand, with it. */
function complete(code: string): string {
  const quick = code.replace(/seconds: \d+/, 'seconds: 1');
  if (/\bstylizer =/.test(code) || !code.includes('stylizer')) return quick;
  const head = "import { loadStylizer } from 'wasserfarbe';\n\nconst stylizer = await loadStylizer();\n";
  return `${head}${quick}await stylizer.dispose();\n`;
}

/** What somebody would do in the page of a study. */
async function rateOne(study: string): Promise<void> {
  const { items } = JSON.parse(await readFile(join(study, 'study.json'), 'utf8'));
  const line = { time: '2025-01-31T00:00:00Z', rater: 'Anna', item: items[0].id, content: 1, style: 0.5 };
  await writeFile(join(study, 'answers.jsonl'), `${JSON.stringify(line)}\n`);
}

/** A server for a page's commands. Its curl fails on refusals, and says nothing else. */
async function serveApi(folder: string): Promise<{ server: Running; address: string }> {
  await writeFile(join(folder, '.curlrc'), 'fail\nsilent\nshow-error\n');
  const address = `127.0.0.1:${await freePort()}`;
  const line = `exec wasserfarbe serve --painters 1 --port ${address.split(':')[1]}`;
  const server = start('sh', ['-c', line], folder, workspace.env);
  await server.said(/http:/);
  return { server, address };
}

function run(program: string, args: readonly string[], folder: string): Promise<Ended> {
  return start(program, args, folder, { ...workspace.env, CURL_HOME: folder }).ended;
}
