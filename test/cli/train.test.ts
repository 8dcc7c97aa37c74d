import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configSchema } from '../../src/training/config-schema.ts';
import { planSchema } from '../../src/training/step-plan.ts';
import { readWeights } from '../../src/weights/node/weights-file.ts';
import { cli, startCli } from '../helpers/package.ts';
import { temporaryFolder, writePictures, writeTinyLossNetwork } from '../helpers/pictures.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
const settings = {
  stage: 'distil',
  contentDir: 'photos',
  styleDir: 'paintings',
  lossNetwork: 'loss.safetensors',
  batchSize: 1,
  cropSize: 32,
  regionMin: 32,
  regionMax: 40,
  cacheSize: 40,
  holdoutContents: 1,
  holdoutStyles: 1,
};

beforeAll(async () => {
  folder = await temporaryFolder();
  await writePictures(at('photos'), 'photo', 4);
  await writePictures(at('paintings'), 'painting', 4, { seed: 9 });
  await writeTinyLossNetwork(at('loss.safetensors'));
  await writeFile(at('settings.json'), JSON.stringify(settings));
});

afterAll(() => rm(folder, { recursive: true }));

const train = (...args: string[]) => cli(['train', '--threads', '1', ...args], folder);

it('has a flag with a help text for every setting', async () => {
  const { code, stdout } = await train('--help');
  expect(code).toBe(0);
  const help = stdout.replace(/\n {20,}/g, ' ');
  for (const name of Object.keys(configSchema.shape)) {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    expect(help).toMatch(new RegExp(` --(no-)?${flag} (<\\w+>)? *\\w`));
  }
});

it('takes settings from a file and flags, also for SANet, prints them and trains a model', async () => {
  const { code, stdout, stderr } = await train(
    '--config',
    'settings.json',
    '--save_dir',
    'runs/short',
    '--max_iter=2',
    '--lr',
    '1e-4',
    '--lr_decay',
    '1e-3',
    '--layers',
    'relu4_1+relu5_1',
    '--no-loss-heads',
  );
  expect(stderr).toBe('');
  expect(code).toBe(0);
  for (const line of [
    'iterations: 2',
    'learningRate: 0.0001',
    'schedule: "inverse"',
    'layers: "relu4_1+relu5_1"',
    'lossHeads: false',
  ]) {
    expect(stdout).toContain(`  ${line}\n`);
  }
  expect(stdout).toMatch(/2 steps in [\d.]+ h; distil [\d.e+]+; runs\/short\/model\.safetensors\n$/);
  expect((await readWeights(at('runs/short/model.safetensors'))).tensors.size).toBeGreaterThan(10);
});

it('ends properly at Ctrl-C and resumes there with its settings', async () => {
  const running = startCli(
    ['train', '--threads', '1', '--config', 'settings.json', '--save-dir', 'runs/long', '--log-every', '1'],
    folder,
  );
  await logged('runs/long/log.jsonl');
  running.kill('SIGINT');
  const { code, stderr } = await running.ended;
  expect(code).toBe(130);
  const [, step = '0'] = /stopped after step (\d+), saved in runs\/long\/checkpoint/.exec(stderr) ?? [];
  expect(Number(step)).toBeGreaterThan(0);
  expect(stderr).toMatch(/go on with\n {2}wasserfarbe train --resume --save-dir runs\/long\n$/);

  const end = Number(step) + 2;
  const more = ['--iterations', `${end}`, '--lr-decay', '1e-3'];
  const resumed = await train('--resume', '--save-dir', 'runs/long', ...more);
  expect(resumed).toMatchObject({ code: 0, stderr: '' });
  expect(resumed.stdout).toContain('  batchSize: 1\n');
  // The checkpoint's schedule stays, although the given decay has no effect on it.
  expect(resumed.stdout).toContain('  schedule: "inverse"\n');
  expect(resumed.stdout).toContain(`\n${end} steps in`);
});

it('starts anew in the folder of a run only if forced', { timeout: 120_000 }, async () => {
  const args = ['--config', 'settings.json', '--save-dir', 'runs/twice', '--iterations', '1'];
  expect(await train(...args)).toMatchObject({ code: 0, stderr: '' });
  const before = await readFile(at('runs/twice/checkpoint.safetensors'));
  const refused = await train(...args, '--seed', '2');
  expect(refused.stderr).toMatch(
    /^wasserfarbe: expected [^\n]* for --save-dir but received [^\n]*--force\n$/,
  );
  expect(refused.code).toBe(2);
  expect(await readFile(at('runs/twice/checkpoint.safetensors'))).toEqual(before);
  expect(await train(...args, '--seed', '2', '--force')).toMatchObject({ code: 0, stderr: '' });
  expect(await readFile(at('runs/twice/checkpoint.safetensors'))).not.toEqual(before);
});

it('exports its step instead of running it', async () => {
  const args = [
    '--config',
    'settings.json',
    '--save-dir',
    'runs/elsewhere',
    '--export-step',
    'step',
    '--split',
    '--style-list',
    'list.txt',
  ];
  const { code, stdout, stderr } = await train(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(
    'step: gradients.onnx, update.onnx, maps.onnx, scales.onnx, state.safetensors, plan.json\n' +
      'an exported step has no --style-list: wasserfarbe dataset pack --list list.txt\n',
  );
  const plan = planSchema.parse(JSON.parse(await readFile(at('step/plan.json'), 'utf8')));
  expect(plan.order.map(({ graph }) => graph)).toEqual(['gradients', 'update']);
  await expect(readFile(at('runs/elsewhere/log.jsonl'))).rejects.toThrow();
});

describe('refuses in one line', () => {
  const run = ['--config', 'settings.json', '--save-dir', 'runs/refused'];
  it.each([
    [2, ['--stage', 'distil'], 'expected --content-dir, as a flag or as contentDir in --config'],
    [2, ['--lrr', '1'], "unknown option '--lrr' (Did you mean --lr?)"],
    [2, ['--batch-sise', '1'], "unknown option '--batch-sise' (Did you mean --batch-size?)"],
    [2, [...run, '--lr', 'fast'], 'Expected a number.'],
    [2, [...run, '--batch-size', '0'], 'training setting batchSize: '],
    [2, [...run, '--stage', 'dream'], 'Allowed choices are distil, autoencode'],
    [2, [...run, '--layers', 'relu4_1+relu5_1', 'perhaps'], 'too many arguments'],
    [2, [...run, '--device', 'abacus'], 'for --device but received abacus'],
    [2, ['--config', 'gone.json'], 'expected a JSON file for --config but received no such file (gone.json)'],
    [2, ['--config', 'loss.safetensors'], 'expected a JSON object for --config'],
    [2, ['--resume'], 'expected the folder of a run for --save-dir but received nothing'],
    [1, ['--resume', '--save-dir', 'runs/none'], 'received no such file'],
    [1, [...run, '--content-dir', 'gone'], 'gone'],
  ])('with code %i: %j', async (code, args, message) => {
    const result = await train(...args);
    expect(result.stderr).toContain(message);
    expect(result.stderr).toMatch(/^wasserfarbe: [^\n]+\n$/);
    expect(result.code).toBe(code);
  });
});

it('reports in one line the needs of a device that does not work here', async () => {
  const args = [
    '--config',
    'settings.json',
    '--save-dir',
    'runs/device',
    '--iterations',
    '1',
    '--device',
    'cuda',
  ];
  const { code, stderr } = await train(...args);
  if (code === 0) return;
  // The driver may have printed lines before it.
  const last = stderr.trimEnd().split('\n').at(-1);
  expect(last).toMatch(/^wasserfarbe: expected .*(for --device cuda|for device) but received \S.*; ./);
});

async function logged(name: string): Promise<void> {
  for (let i = 0; i < 3000; i++) {
    if ((await readFile(at(name), 'utf8').catch(() => '')) !== '') return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('no step was logged');
}
