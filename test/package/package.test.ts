/**
 * The published package: packed, installed into an empty folder, used there. Needs npm's cache or registry.
 */

import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { wasserfarbe } from '../../src/networks/wasserfarbe.ts';
import { writeImage } from '../../src/images/node/image-file.ts';
import { writeRandomModel } from '../helpers/model.ts';
import { type Ended, modelShips, root, start } from '../helpers/package.ts';
import { drawnImage } from '../helpers/pictures.ts';
import { freePort } from '../helpers/study.ts';

let folder = '';
let installed: Ended;
let packed: { files: { path: string }[]; size: number } | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-package-'));
  const pack = await npm(['pack', '--ignore-scripts', '--json', '--pack-destination', folder], root);
  [packed] = JSON.parse(pack.stdout);
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const archive = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  installed = await npm(['install', '--prefer-offline', '--no-audit', '--no-fund', `./${archive}`], folder);
  await writeImage(drawnImage(1, 61, 43), join(folder, 'photo.png'));
  await writeImage(drawnImage(2, 50, 40), join(folder, 'painting.png'));
  await mkdir(join(folder, 'models'));
  await writeRandomModel(join(folder, 'models'), wasserfarbe.slim, { name: 'own' });
}, 120_000);

afterAll(() => rm(folder, { recursive: true }));

function npm(args: readonly string[], cwd: string): Promise<Ended> {
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  return start('npm', args, cwd, env).ended;
}

it('installs', () => {
  expect(installed).toMatchObject({ code: 0 });
});

it('contains exactly the files that it needs', () => {
  const paths = packed?.files.map(({ path }) => path) ?? [];
  expect(paths).toEqual(
    expect.arrayContaining([
      'LICENSE',
      'README.md',
      'CHANGELOG.md',
      'dist/node.js',
      'dist/node.d.ts',
      'dist/cli/main.js',
      'deploy/Dockerfile',
      'deploy/wasserfarbe.service',
      'torch/train.py',
      'torch/operators.py',
    ]),
  );
  expect(paths.filter((path) => /\.test\.|^src\/|^test\/|^demo\//.test(path))).toEqual([]);
  // 4.5 MB of this are weights: three models, and the eye for trainings.
  expect(packed?.size).toBeLessThan(6_000_000);
});

it('has everything that its README links to', async () => {
  const readme = await readFile(join(folder, 'node_modules', 'wasserfarbe', 'README.md'), 'utf8');
  const links = [...readme.matchAll(/(!?)\[[^\]]*\]\(([^)#\s]+)/g)].filter(
    ([, , to = '']) => !/^\w+:/.test(to),
  );
  expect(links.length).toBeGreaterThan(15);
  const there = new Set(packed?.files.map(({ path }) => path));
  // Pictures would be a third of the package. README says that they are in the repository.
  const missing = links.filter(([, isPicture, to = '']) => isPicture === '' && !there.has(to));
  expect(missing.map(([, , to]) => to)).toEqual([]);
});

it.runIf(modelShips)('contains a model that is loaded by default', async () => {
  const ended = await script(`
    import { loadStylizer, modelNames } from 'wasserfarbe';
    const stylizer = await loadStylizer();
    console.log(stylizer.model, (await modelNames()).includes('slim'));`);
  expect(ended).toEqual({ code: 0, stdout: 'slim true\n', stderr: '' });
});

it('stylises from code and writes nothing to stderr', async () => {
  const ended = await script(`
    import { loadStylizer } from 'wasserfarbe';
    const stylizer = await loadStylizer({ model: 'models/own.safetensors' });
    const style = await stylizer.prepareStyle('painting.png', { size: 64 });
    const picture = await stylizer.stylize('photo.png', style);
    await picture.toFile('from-code.png');
    console.log(picture.width, picture.height);
    await stylizer.dispose();`);
  expect(ended).toEqual({ code: 0, stdout: '61 43\n', stderr: '' });
});

it('stylises from its command line', async () => {
  const bin = join(folder, 'node_modules', '.bin', 'wasserfarbe');
  const args = [
    '--content',
    'photo.png',
    '--style',
    'painting.png',
    '--style-size',
    '64',
    '-o',
    'from-cli.png',
  ];
  const ended = await start(bin, ['stylize', ...args, '--model', 'models/own.safetensors'], folder).ended;
  expect(ended).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining('from-cli.png  61×43'),
  });
});

it('serves, as its Dockerfile does', { timeout: 60_000 }, async () => {
  const port = await freePort();
  const bin = join(folder, 'node_modules', '.bin', 'wasserfarbe');
  const own = ['--port', `${port}`, '--painters', '1', '--model', 'models/own.safetensors'];
  const server = start(bin, ['serve', '--host', '0.0.0.0', '--no-auth', '--data', 'data', ...own], folder);
  await server.said(/^http:/);
  const address = `http://127.0.0.1:${port}/v1/paint?style=woodcut&styleSize=64`;
  const painted = await fetch(address, { method: 'POST', body: await readFile(join(folder, 'photo.png')) });
  expect([painted.status, painted.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
  server.kill('SIGTERM');
  expect(await server.ended).toMatchObject({ code: 0 });
});

async function script(text: string): Promise<Ended> {
  await writeFile(join(folder, 'script.js'), text);
  return start(process.execPath, ['script.js'], folder).ended;
}
