/** Trainings of the methods that do not learn style from many paintings: they end with models that paint. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  drawnImage,
  temporaryFolder,
  writePictures,
  writeTinyLossNetwork,
} from '../../../test/helpers/pictures.ts';
import { createRuntime } from '../../runtime/node/onnxruntime.ts';
import { createStylizer } from '../../stylize/stylizer.ts';
import { openModel } from '../../stylize/node/models.ts';
import { parseTrainingConfig, type TrainingSettings } from '../config.ts';
import { MODEL_FILE } from './run-folder.ts';
import { train } from './trainer.ts';

const runtime = createRuntime({ device: 'cpu', threads: 2 });
let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  await writePictures(join(folder, 'content'), 'content', 3, { seed: 1 });
  await writePictures(join(folder, 'style'), 'style', 2, { seed: 100 });
  await writeFile(join(folder, 'one.txt'), 'style-01.png\n');
  await writeTinyLossNetwork(join(folder, 'vgg.safetensors'));
}, 60_000);

afterAll(async () => {
  await runtime.dispose();
  await rm(folder, { recursive: true });
});

function settings(changed: Partial<TrainingSettings> & Pick<TrainingSettings, 'stage' | 'method'>) {
  return parseTrainingConfig({
    contentDir: join(folder, 'content'),
    styleDir: join(folder, 'style'),
    lossNetwork: join(folder, 'vgg.safetensors'),
    saveDir: join(folder, `${changed.method}`),
    ...{ iterations: 1, batchSize: 1, cropSize: 32, regionMin: 40, sampleEvery: 1 },
    ...{ holdoutContents: 1, holdoutStyles: 1 },
    ...changed,
  });
}

it.each([
  ['wct', 'autoencode'],
  ['avatar', 'autoencode'],
  ['johnson', 'single'],
] as const)('%s, by the stage %s', { timeout: 60_000 }, async (method, stage) => {
  const list = stage === 'single' ? { styleList: join(folder, 'one.txt') } : {};
  const config = settings({ stage, method, ...list });
  await train({ config, runtime });
  const model = await openModel(join(config.saveDir, MODEL_FILE));
  expect(model.method).toBe(method);
  const stylizer = createStylizer(model, runtime);
  const style = await stylizer.encodeStyle(drawnImage(3, 50, 43));
  const { data } = await stylizer.stylize(drawnImage(1, 70, 61), style);
  await stylizer.dispose();
  expect(data).toHaveLength(3 * 70 * 61);
  expect(data.every(Number.isFinite)).toBe(true);
  // The sheet of samples shows pictures, whichever the stage.
  expect((await readFile(join(config.saveDir, 'samples', 'step-0000001.png'))).length).toBeGreaterThan(1000);
});

it('of a single painting refuses several', { timeout: 30_000 }, async () => {
  const config = settings({ stage: 'single', method: 'johnson', saveDir: join(folder, 'several') });
  await expect(train({ config, runtime })).rejects.toThrow('expected one painting for stage single for');
});
