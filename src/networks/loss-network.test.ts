/** Loss networks, from memory and from files with cards. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { randomWeights } from '../../test/helpers/networks.ts';
import { uniform } from '../../test/helpers/numbers.ts';
import { temporaryFolder, writeTinyLossNetwork } from '../../test/helpers/pictures.ts';
import { WeightsError } from '../errors.ts';
import { evaluate } from '../graph/evaluate.ts';
import { input } from '../graph/ops/sources.ts';
import { writeWeights } from '../weights/node/weights-file.ts';
import { sha256 } from '../weights/sha256.ts';
import { lossNetwork } from './loss-network.ts';
import { EYE, lossNetworkPath, readLossNetwork } from './node/loss-network-file.ts';
import { frozen } from './parameters.ts';
import { layerNames, type Preprocessing, vgg19 } from './vgg19.ts';

const widths = [3, 4, 5, 6, 7] as const;
const x = input('x', [1, 3, 20, 20]);
const weightsOf = (preprocessing: Preprocessing) =>
  randomWeights((p) => vgg19(x, p, { widths, preprocessing }, layerNames));

describe('lossNetwork', () => {
  it('takes the given preprocessing, or the file’s own conv0', () => {
    const bare = weightsOf('imagenet');
    expect(lossNetwork(bare, 'file', 'imagenet').config).toEqual({ widths, preprocessing: 'imagenet' });
    expect(lossNetwork(bare, 'file', 'centred').config).toEqual({ widths, preprocessing: 'centred' });
    const whole = weightsOf('conv0');
    const { parameters, config } = lossNetwork(whole, 'file');
    expect(config).toEqual({ widths, preprocessing: 'conv0' });
    const look = (p = parameters) => vgg19(x, p, config, ['relu5_1']);
    const feeds = { x: uniform(1, 1200, 0, 1) };
    expect(evaluate(look(), feeds)).toEqual(evaluate(look(frozen(whole, 'file')), feeds));
  });

  it('never guesses the preprocessing: one line says what to write in which file', () => {
    const guess = () => lossNetwork(weightsOf('imagenet'), '/some/folder/vgg19.safetensors');
    expect(guess).toThrow(WeightsError);
    expect(guess).toThrow(
      /^expected a tensor conv0\.weight, or a card .* for the loss network but received neither \(\/some\/folder\/vgg19\.safetensors\); for weights of torchvision write \{"configuration": \{"preprocessing": "imagenet"\}\} into vgg19\.json$/,
    );
  });
});

describe('readLossNetwork', () => {
  let folder = '';
  let path = '';
  const card = (content: unknown) => writeFile(join(folder, 'vgg.json'), JSON.stringify(content));

  beforeEach(async () => {
    folder = await temporaryFolder();
    path = join(folder, 'vgg.safetensors');
    await writeWeights(path, weightsOf('imagenet'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('takes the preprocessing from the card beside the file, which needs no other field', async () => {
    await expect(readLossNetwork(path)).rejects.toThrow('into vgg.json');
    await card({ configuration: { preprocessing: 'imagenet' } });
    expect((await readLossNetwork(path)).config).toEqual({ widths, preprocessing: 'imagenet' });
    await card({ configuration: { preprocessing: 'centred' }, origin: 'elsewhere' });
    expect((await readLossNetwork(path)).config.preprocessing).toBe('centred');
  });

  it('needs no card if there is conv0', async () => {
    await writeTinyLossNetwork(path);
    const { config } = await readLossNetwork(path);
    expect(config).toEqual({ widths: [4, 4, 8, 8, 8], preprocessing: 'conv0' });
  });

  it('refuses a file that does not belong to the card', async () => {
    const configuration = { preprocessing: 'imagenet' };
    const right = await sha256(await readFile(path));
    await card({ configuration, sha256: right });
    await expect(readLossNetwork(path)).resolves.toMatchObject({ config: { widths } });
    const wrong = '0'.repeat(64);
    await card({ configuration, sha256: wrong });
    await expect(readLossNetwork(path)).rejects.toThrow(
      new WeightsError(
        `expected SHA-256 ${wrong} for the loss network but received ${right} (${path}); the file is damaged or belongs to another card`,
      ),
    );
  });

  it.each([
    [
      'an unknown preprocessing',
      { configuration: { preprocessing: 'caffe' } },
      'configuration.preprocessing',
    ],
    ['none', { configuration: {} }, 'configuration.preprocessing'],
    ['no configuration', {}, 'configuration'],
    ['no object', 7, 'the card'],
  ])('refuses a card with %s in one line', async (_, content, name) => {
    await card(content);
    const reading = readLossNetwork(path);
    await expect(reading).rejects.toThrow(WeightsError);
    await expect(reading).rejects.toThrow(
      /^expected configuration\.preprocessing, one of conv0, imagenet, centred, [^\n]*vgg\.json\)$/,
    );
    await expect(reading).rejects.toThrow(` for ${name} but received `);
  });

  it('says which file is missing', async () => {
    const gone = join(folder, 'gone.safetensors');
    await expect(readLossNetwork(gone)).rejects.toThrow(`received no such file (${gone})`);
  });

  it('finds the eye in the package, and everything else by its path', () => {
    expect(lossNetworkPath(EYE)).toMatch(/\/models\/eye\.safetensors$/);
    expect(lossNetworkPath(path)).toBe(path);
  });
});
