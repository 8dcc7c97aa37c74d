import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generatorWeights, tinyGenerator } from '../../../test/helpers/model.ts';
import { temporaryFolder } from '../../../test/helpers/pictures.ts';
import { SettingError } from '../../errors.ts';
import { EYE, lossNetworkPath } from '../../networks/node/loss-network-file.ts';
import { readWeights, writeWeights } from '../../weights/node/weights-file.ts';
import { parseTrainingConfig, type TrainingSettings } from '../config.ts';
import { readStartingWeights } from './start.ts';

let folder: string;
const own = generatorWeights(tinyGenerator);
const first = 'encoder.conv1_1.weight';

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeWeights(join(folder, 'whole.safetensors'), own);
  const rest = new Map([...own].filter(([name]) => !name.startsWith('encoder.')));
  await writeWeights(join(folder, 'rest.safetensors'), rest);
});
afterAll(() => rm(folder, { recursive: true }));

async function started(changed: Partial<TrainingSettings>) {
  const needed = { stage: 'style', contentDir: '', styleDir: '', saveDir: '' } as const;
  return (await readStartingWeights(parseTrainingConfig({ ...needed, ...changed }))).weights;
}

describe('readStartingWeights', () => {
  it('takes the eye for the encoder if there is no other', async () => {
    const { tensors } = await readWeights(lossNetworkPath(EYE));
    const eye = tensors.get('conv1_1.weight');
    expect((await started({})).get(first)).toEqual(eye);
    const weights = await started({ init: join(folder, 'rest.safetensors') });
    expect(weights.get(first)).toEqual(eye);
    expect(weights.get('decoder.conv1_1.bias')).toEqual(own.get('decoder.conv1_1.bias'));
    expect((await started({ init: join(folder, 'whole.safetensors'), encoder: EYE })).get(first)).toEqual(
      eye,
    );
  });

  it('keeps a given encoder, and adds none for a distillation', async () => {
    expect((await started({ init: join(folder, 'whole.safetensors') })).get(first)).toEqual(own.get(first));
    expect(await started({ stage: 'distil' })).toEqual(new Map());
  });

  it('refuses an encoder alone as the start, which would be ignored', async () => {
    const eye = lossNetworkPath(EYE);
    await expect(started({ stage: 'distil', init: eye })).rejects.toThrow('an encoder alone');
    expect((await started({ stage: 'distil', encoder: EYE })).has(first)).toBe(true);
  });

  it('leaves out the parameters to be renewed', async () => {
    const weights = await started({ init: join(folder, 'whole.safetensors'), renew: 'decoder.' });
    expect([...weights.keys()].filter((name) => name.startsWith('decoder.'))).toEqual([]);
    expect(weights.has(first)).toBe(true);
  });

  it('renews by names with spaces or a comma too many, and refuses those of no parameter', async () => {
    const init = join(folder, 'whole.safetensors');
    const weights = await started({ init, renew: ' decoder.conv1_1 ,decoder.conv2_,' });
    const left = [...own.keys()].filter((name) => !/^decoder\.conv(1_1|2_)/.test(name));
    expect([...weights.keys()].sort()).toEqual(left.sort());
    await expect(started({ init, renew: 'decoder.,modulatoin.' })).rejects.toThrow(SettingError);
    await expect(started({ init, renew: 'decoder.,modulatoin.' })).rejects.toThrow(
      /^expected beginnings of names of parameters for --renew but received modulatoin\.; those of the start begin with .*decoder\., encoder\./,
    );
  });
});
