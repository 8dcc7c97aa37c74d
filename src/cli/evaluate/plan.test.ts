import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder, writeTinyLossNetwork } from '../../../test/helpers/pictures.ts';
import { readWeights, writeWeights } from '../../weights/node/weights-file.ts';
import { openNetworks } from './plan.ts';

let folder = '';
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeTinyLossNetwork(at('vgg.safetensors'));
  const { tensors } = await readWeights(at('vgg.safetensors'));
  const without = (pattern: RegExp) => new Map([...tensors].filter(([name]) => !pattern.test(name)));
  await writeWeights(at('eye.safetensors'), without(/conv([45]_|3_[234])/));
  await writeWeights(at('short.safetensors'), without(/conv[345]_/));
});
afterAll(() => rm(folder, { recursive: true }));

describe('the networks of an evaluation', () => {
  it('are the loss network for both, or a separate eye', async () => {
    const lossNetwork = at('vgg.safetensors');
    const both = await openNetworks({ lossNetwork });
    expect(both.eye).toBe(both.loss);
    const { loss, eye } = await openNetworks({ lossNetwork, eye: at('eye.safetensors') });
    expect([loss?.file, eye.file]).toEqual(['vgg.safetensors', 'eye.safetensors']);
    expect(await openNetworks({ eye: at('eye.safetensors') })).toMatchObject({ loss: undefined });
  });

  it('are the package’s eye if none is named, marked as not for claims', async () => {
    const { loss, eye } = await openNetworks({});
    expect(loss).toBeUndefined();
    expect(eye.file).toBe('eye.safetensors (eye: not for claims)');
    expect(eye.network.config.preprocessing).toBe('centred');
  });

  it('must be deep enough', async () => {
    await expect(openNetworks({ lossNetwork: at('eye.safetensors') })).rejects.toThrow(
      /expected a VGG-19 up to relu5_1 for --loss-network but received one that ends before .*name it with --eye/,
    );
    await expect(openNetworks({ eye: at('short.safetensors') })).rejects.toThrow(
      /expected VGG-19 weights conv1_1\.weight … conv5_1\.weight for loss network/,
    );
  });
});
