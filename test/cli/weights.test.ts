/** `wasserfarbe weights`: networks of other programs become files of this one, models their mean. */

import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModel, readWeights } from '../../src/weights/node/weights-file.ts';
import { readNetwork } from '../../src/networks/node/network-file.ts';
import { readLossNetwork } from '../../src/networks/node/loss-network-file.ts';
import { tinyGenerator, writeRandomModel } from '../helpers/model.ts';
import { cli, root, startCli } from '../helpers/package.ts';
import { temporaryFolder, writePictures } from '../helpers/pictures.ts';

const file = (name: string) => join(root, 'test', 'weights', 'files', name);
let folder = '';
beforeAll(async () => {
  folder = await temporaryFolder();
  await writePictures(join(folder, 'photos'), 'photo', 3);
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...args: string[]) => cli(['weights', ...args], folder);

describe('import', () => {
  it('makes a file that needs no card', async () => {
    const ended = await run(
      'import',
      file('torchvision.pth'),
      '--preprocessing',
      'imagenet',
      '-o',
      'a.safetensors',
    );
    expect(ended).toEqual({
      code: 0,
      stdout:
        'a.safetensors  VGG-19 to conv5_1, 0.0 million values\n  preprocessing imagenet, as its layer conv0\n',
      stderr:
        'wasserfarbe: its layers keep their own scales; --pictures FOLDER brings them to mean activations of 1\n',
    });
    const { metadata, tensors } = await readWeights(join(folder, 'a.safetensors'));
    expect(metadata).toMatchObject({ source: 'torchvision.pth', preprocessing: 'imagenet' });
    expect(tensors.size).toBe(28);
    expect((await readLossNetwork(join(folder, 'a.safetensors'))).config.preprocessing).toBe('conv0');
    const again = await run('import', file('adain.pth'), '-o', 'a.safetensors');
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('which exists; add --force') });
    // A card of an older file would be obeyed in place of the layer.
    const card = join(folder, 'a.json');
    await writeFile(card, JSON.stringify({ configuration: { preprocessing: 'imagenet' } }));
    const forced = await run('import', file('adain.pth'), '-o', 'a.safetensors', '--force');
    expect([forced.code, existsSync(card)]).toEqual([0, false]);
  });

  it('brings channels to mean activations of 1 on the pictures of its user', async () => {
    const ended = await run(
      'import',
      file('adain.pth'),
      '-o',
      'b.safetensors',
      '--pictures',
      'photos',
      '--threads',
      '1',
    );
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('  mean activations of 1 over 3 pictures\n');
    const { tensors: own } = await readWeights(join(folder, 'b.safetensors'));
    const { weights: plain } = await readNetwork(file('adain.pth'), 'the network');
    expect([...own.keys()]).toEqual([...plain.keys()]);
    expect(own.get('conv0.weight')).toEqual(plain.get('conv0.weight'));
    expect(own.get('conv1_1.bias')).not.toEqual(plain.get('conv1_1.bias'));
  });

  it.each([
    [[file('torchvision.pth'), '-o', 'x.safetensors'], 1, 'expected to be told the preprocessing'],
    [[file('module.pth'), '-o', 'x.safetensors'], 1, 'received torch.nn.modules.container.Sequential'],
    [
      [file('adain.pth'), '-o', 'x.pth'],
      2,
      'expected the ending .safetensors for --output but received x.pth',
    ],
    [[file('adain.pth')], 2, 'expected a .safetensors file for --output but received nothing'],
    [[file('golden.json'), '-o', 'x.safetensors'], 1, 'golden.json'],
    [['none.pth', '-o', 'x.safetensors'], 1, 'received no such file (none.pth)'],
  ])('says in one line what is wrong with %o', async (args, code, words) => {
    const ended = await run('import', ...args);
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(words) });
    expect(ended.stderr).toMatch(/^wasserfarbe: [^\n]+\n$/);
  });

  it('ends at Ctrl-C, also where a bar is shown', async () => {
    await writePictures(join(folder, 'many'), 'photo', 200);
    const args = ['import', file('adain.pth'), '-o', 'c.safetensors', '--pictures', 'many', '--threads', '1'];
    const terminal = { NODE_OPTIONS: '--import=data:text/javascript,process.stderr.isTTY=true' };
    const running = startCli(['weights', ...args], folder, terminal);
    while (!running.errors().includes('/200 pictures'))
      await new Promise((resolve) => setTimeout(resolve, 5));
    running.kill('SIGINT');
    expect(await running.ended).toMatchObject({
      code: 130,
      stdout: '',
      stderr: expect.stringContaining('wasserfarbe: interrupted, nothing is written\n'),
    });
    expect(existsSync(join(folder, 'c.safetensors'))).toBe(false);
  });
});

describe('average', () => {
  it('is the mean, with a card', async () => {
    const [one, two] = [
      await writeRandomModel(folder, tinyGenerator, { name: 'one', seed: 1 }),
      await writeRandomModel(folder, tinyGenerator, { name: 'two', seed: 2 }),
    ];
    expect(await run('average', one, two, '-o', 'mean.safetensors')).toMatchObject({ code: 0, stderr: '' });
    const [mean, a, b] = [
      await loadModel(join(folder, 'mean.safetensors')),
      await loadModel(one),
      await loadModel(two),
    ];
    expect(mean.card).toMatchObject({ name: 'mean', description: 'The mean of one, two.', licence: 'MIT' });
    for (const [name, { data }] of mean.tensors) {
      data.forEach((value, i) => {
        const wanted = ((a.tensors.get(name)?.data[i] ?? 0) + (b.tensors.get(name)?.data[i] ?? 0)) / 2;
        expect(Math.abs(value - wanted)).toBeLessThan(1e-3);
      });
    }
    expect(JSON.parse(await readFile(join(folder, 'mean.json'), 'utf8')).sha256).toHaveLength(64);
  });

  it('takes the place of old files only with --force, and without cards leaves no old one', async () => {
    const models = await Promise.all(
      ['x', 'y'].map((name, seed) => writeRandomModel(folder, tinyGenerator, { name, seed })),
    );
    const [weights, card] = [join(folder, 'new.safetensors'), join(folder, 'new.json')];
    await writeFile(card, 'mine');
    expect(await run('average', ...models, '-o', 'new.safetensors')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('received new.json, which exists; add --force'),
    });
    expect([existsSync(weights), await readFile(card, 'utf8')]).toEqual([false, 'mine']);
    for (const model of models) await rm(model.replace('.safetensors', '.json'));
    const ended = await run('average', ...models, '-o', 'new.safetensors', '--force');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect([existsSync(weights), existsSync(card)]).toEqual([true, false]);
  });

  it('is refused for other forms, and for one alone; a painter is no VGG-19', async () => {
    const one = await writeRandomModel(folder, tinyGenerator, { name: 'one' });
    const other = await writeRandomModel(folder, { ...tinyGenerator, negativeSlope: 0.1 }, { name: 'other' });
    expect(await run('average', one, other, '-o', 'no.safetensors')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^wasserfarbe: expected negativeSlope [^\n]+, as [^\n]+ has, for the model but received 0.1 [^\n]+\n$/,
      ),
    });
    expect(await run('import', one, '-o', 'no.safetensors')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('expected a VGG-19 for the network but received a painter ('),
    });
    expect(await run('average', one, '-o', 'no.safetensors')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('expected two files or more'),
    });
  });
});
