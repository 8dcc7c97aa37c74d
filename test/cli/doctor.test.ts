import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goldens } from '../../src/cli/doctor/goldens.ts';
import { wasserfarbe } from '../../src/networks/wasserfarbe.ts';
import { modelNames, openModel } from '../../src/stylize/node/models.ts';
import { writeRandomModel } from '../helpers/model.ts';
import { cli, type Ended, modelShips, root, start, workspaceWithPackage } from '../helpers/package.ts';

// After a change of a model, `npm run goldens` must be run.
it.runIf(modelShips)('every model in models/ has a golden, and there are no others', async () => {
  const models = await Promise.all((await modelNames()).map(openModel));
  expect(Object.keys(goldens).sort(), 'npm run goldens renews them').toEqual(
    models.map(({ sha256 }) => sha256).sort(),
  );
});

describe.runIf(modelShips)('in the repository', () => {
  it('finds everything in order', async () => {
    const { code, stdout, stderr } = await cli(['doctor'], root);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^wasserfarbe \d+\.\d+\.\d+\n {2}Node +\d+\.\d+\.\d+\n {2}ONNX Runtime +\d+\.\d+/);
    expect(stdout).toMatch(/\ndevices\n {2}cpu +works\n/);
    expect(stdout).toMatch(/\n {2}slim +SHA-256 [0-9a-f]{8}… as on its card; paints as expected, to within /);
    expect(stdout.endsWith('\neverything works\n')).toBe(true);
  });

  it('reports it as JSON', async () => {
    const { code, stdout } = await cli(['doctor', '--json'], root);
    expect(code).toBe(0);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({
      ok: true,
      problems: [],
      tolerance: { most: 2, mean: 0.5 },
      versions: { node: process.versions.node, sharp: expect.any(String), memory: expect.any(Number) },
      devices: expect.arrayContaining([{ device: 'cpu', works: true }]),
      models: expect.arrayContaining([
        expect.objectContaining({
          model: 'slim',
          method: 'wasserfarbe',
          ok: true,
          seconds: expect.any(Number),
        }),
      ]),
    });
    for (const { difference } of document.models) expect(difference.most).toBeLessThan(2);
    for (const { works, reason } of document.devices)
      expect(works ? reason : typeof reason).not.toBe('undefined');
  });
});

describe.runIf(modelShips)('in a broken package', () => {
  let folder = '';
  let ended: Ended;
  const at = (...parts: string[]) => join(folder, 'node_modules', 'wasserfarbe', ...parts);
  const doctor = (...flags: string[]) =>
    start(process.execPath, [at('dist', 'cli', 'main.js'), 'doctor', ...flags], folder).ended;

  beforeAll(async () => {
    ({ folder } = await workspaceWithPackage());
    // Slim has another model's golden, SANet's file is missing, AdaIN's is damaged, one model has no golden.
    const [slim, other] = await Promise.all(['slim', 'adain-slim'].map(openModel));
    const [own = '', wrong = ''] = [slim, other].map((model) => goldens[model?.sha256 ?? '']?.blocks);
    let replaced = 0;
    for (const name of await readdir(at('dist', 'chunks'))) {
      const text = await readFile(at('dist', 'chunks', name), 'utf8');
      if (!text.includes(own)) continue;
      await writeFile(at('dist', 'chunks', name), text.replaceAll(own, wrong));
      replaced++;
    }
    expect(replaced).toBe(1);
    await rm(at('models', 'sanet-slim.safetensors'));
    const weights = await readFile(at('models', 'adain-slim.safetensors'));
    weights[50_000] = (weights[50_000] ?? 0) ^ 1;
    await writeFile(at('models', 'adain-slim.safetensors'), weights);
    await writeRandomModel(at('models'), wasserfarbe.slim, { name: 'stray' });
    ended = await doctor();
  });

  afterAll(() => rm(folder, { recursive: true }));

  it('ends with exit code 1 and gives a remedy for each fault, one per line', () => {
    expect(ended.code).toBe(1);
    const lines = ended.stderr.trim().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(
      /^wasserfarbe: the test picture of model slim differs by \d+\.\d\/255 .* more than 2\/255, on average 0\.5\/255; install /,
    );
    expect(lines[1]).toBe('wasserfarbe: model sanet-slim is missing; install the package again');
    expect(lines[2]).toMatch(/^wasserfarbe: model adain-slim: expected SHA-256 .* reinstall the package/);
    expect(lines[3]).toMatch(
      /^wasserfarbe: model stray \([0-9a-f]{8}\) has no golden test picture; .*npm run goldens$/,
    );
  });

  it('still reports the rest', () => {
    expect(ended.stdout).toMatch(/\n {2}cpu +works\n/);
    expect(ended.stdout).toMatch(/\n {2}slim +SHA-256 .* paints WRONG, to within/);
    expect(ended.stdout).toMatch(/\n {2}sanet-slim +cannot be used\n {2}adain-slim +cannot be used\n/);
    expect(ended.stdout.endsWith('\nproblems: 4\n')).toBe(true);
  });

  it('has the problems in the JSON document too', async () => {
    const { code, stdout } = await doctor('--json');
    expect(code).toBe(1);
    const { ok, problems } = JSON.parse(stdout);
    expect({ ok, count: problems.length }).toEqual({ ok: false, count: 4 });
  });
});

it.runIf(modelShips)('names the native package that does not load, and checks the rest', async () => {
  const { folder } = await workspaceWithPackage();
  const stub = join(folder, 'node_modules', 'onnxruntime-node');
  await mkdir(stub);
  await writeFile(join(stub, 'index.js'), "throw new Error('libonnxruntime.so: cannot open\\nmore');");
  const main = join(folder, 'node_modules', 'wasserfarbe', 'dist', 'cli', 'main.js');
  const { code, stdout, stderr } = await start(process.execPath, [main, 'doctor'], folder).ended;
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr:
      'wasserfarbe: expected onnxruntime-node for the runtime but received one that does not load: libonnxruntime.so: cannot open; install it for this system: npm install --ignore-scripts onnxruntime-node\n',
  });
  expect(stdout).toMatch(/\n {2}ONNX Runtime +does not load\n {2}sharp +\d/);
  expect(stdout).toMatch(/\n {2}slim +SHA-256 [0-9a-f]{8}… as on its card, not tested\n/);
  await rm(folder, { recursive: true });
});

it('refuses unknown arguments', async () => {
  expect(await cli(['doctor', '--jsn'], root)).toMatchObject({ code: 2, stdout: '' });
  const probe = await cli(['doctor', '--probe', 'abacus'], root);
  expect(probe).toMatchObject({ code: 2, stderr: expect.stringContaining('received abacus') });
});
