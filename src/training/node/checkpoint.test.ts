import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/helpers/pictures.ts';
import { WeightsError } from '../../errors.ts';
import { writeWeights } from '../../weights/node/weights-file.ts';
import { sha256 } from '../../weights/sha256.ts';
import { type Checkpoint, readCheckpoint, readStart, stageRecord, writeCheckpoint } from './checkpoint.ts';
import { statesOf, trainedWeights } from '../adam.ts';
import { parseTrainingConfig } from '../config.ts';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true }));

const tensor = (...values: number[]) => ({ shape: [values.length], data: Float32Array.from(values) });
const config = parseTrainingConfig({
  stage: 'style',
  contentDir: 'c',
  styleDir: 's',
  saveDir: 'r',
  lossNetwork: 'v',
  learningRate: 1.5e-4,
});
const checkpoint: Checkpoint = {
  config,
  step: 1234,
  hours: 0.75,
  pictures: 5000,
  states: new Map([
    ['parameter/decoder.w', tensor(0.1, -2)],
    ['parameter/encoder.w', tensor(7)],
    ['average/decoder.w', tensor(0.2, -1)],
    ['moment1/decoder.w', tensor(3, 4)],
    ['moment2/decoder.w', tensor(5, 6)],
  ]),
  losses: { content: 1.23456, 'wasserstein.relu1_1': 0.5 },
  history: [],
  versions: { node: '20.0.0' },
};

describe('checkpoint', () => {
  it('comes back as it was written, every bit', async () => {
    const path = join(folder, 'a.safetensors');
    await writeCheckpoint(path, checkpoint);
    expect(await readCheckpoint(path)).toEqual(checkpoint);
  });

  it('of an older version counts its pictures by steps of two contents and two styles', async () => {
    const path = join(folder, 'older.safetensors');
    const { states, pictures: _, ...rest } = checkpoint;
    await writeWeights(path, states, { metadata: { 'wasserfarbe.checkpoint': JSON.stringify(rest) } });
    expect((await readCheckpoint(path)).pictures).toBe(4 * 1234);
  });

  it('holds states by kind', () => {
    expect([...statesOf(checkpoint.states, 'parameter').keys()]).toEqual(['decoder.w', 'encoder.w']);
    expect([...statesOf(checkpoint.states, 'moment2')]).toEqual([['decoder.w', tensor(5, 6)]]);
  });

  it('starts another stage from its averages, if any, and passes on its history', async () => {
    const path = join(folder, 'b.safetensors');
    await writeCheckpoint(path, checkpoint);
    const wanted = new Map([
      ['decoder.w', tensor(0.2, -1)],
      ['encoder.w', tensor(7)],
    ]);
    const record = stageRecord(checkpoint);
    expect(await readStart(path)).toEqual({ weights: wanted, history: [record] });
    await writeCheckpoint(path, { ...checkpoint, history: [record] });
    expect((await readStart(path)).history).toEqual([record, record]);
    expect(trainedWeights(checkpoint.states)).toEqual(wanted);
  });

  it('starts from a plain weights file too', async () => {
    const path = join(folder, 'plain.safetensors');
    await writeWeights(path, new Map([['decoder.w', tensor(1, 2)]]));
    expect(await readStart(path)).toEqual({ weights: new Map([['decoder.w', tensor(1, 2)]]), history: [] });
  });

  it('starts from exported weights with the history in their card, but not in that of others', async () => {
    const path = join(folder, 'exported.safetensors');
    await writeWeights(path, new Map([['decoder.w', tensor(1, 2)]]));
    const training = { stages: [stageRecord(checkpoint)] };
    const card = { sha256: await sha256(await readFile(path)), training };
    await writeFile(join(folder, 'exported.json'), JSON.stringify(card));
    expect((await readStart(path)).history).toEqual(training.stages);
    await writeFile(join(folder, 'exported.json'), JSON.stringify({ ...card, sha256: '0' }));
    expect((await readStart(path)).history).toEqual([]);
    await writeFile(join(folder, 'exported.json'), '{');
    expect((await readStart(path)).history).toEqual([]);
  });

  it('becomes a line of the model card', () => {
    expect(stageRecord(checkpoint)).toMatchInlineSnapshot(`
      {
        "batchSize": 2,
        "command": "wasserfarbe train --stage style --content-dir c --style-dir s --save-dir r --loss-network v --learning-rate 0.00015",
        "contentLoss": "normalised relu4_1+relu5_1",
        "cropSize": 256,
        "hours": 0.75,
        "iterations": 1234,
        "losses": {
          "content": 1.235,
          "wasserstein.relu1_1": 0.5,
        },
        "pictures": 5000,
        "seed": 1,
        "stage": "style",
      }
    `);
  });

  it('is refused if it is plain weights, with advice', async () => {
    const path = join(folder, 'plain2.safetensors');
    await writeWeights(path, new Map([['w', tensor(1)]]));
    await expect(readCheckpoint(path)).rejects.toThrow(
      `expected a training checkpoint for ${path} but received weights without a training state; start a new run from it with --init instead of --resume`,
    );
  });

  it('is refused if its form is of another version', async () => {
    const path = join(folder, 'old.safetensors');
    const metadata = { 'wasserfarbe.checkpoint': JSON.stringify({ config: {}, step: -1 }) };
    await writeWeights(path, new Map([['w', tensor(1)]]), { metadata });
    await expect(readCheckpoint(path)).rejects.toThrow(/expected a checkpoint of this version for .*old/);
    await expect(readCheckpoint(path)).rejects.toThrow(WeightsError);
  });

  it('is refused if its metadata are no JSON', async () => {
    const path = join(folder, 'broken.safetensors');
    const metadata = { 'wasserfarbe.checkpoint': '{"config":' };
    await writeWeights(path, new Map([['w', tensor(1)]]), { metadata });
    await expect(readCheckpoint(path)).rejects.toThrow(WeightsError);
  });

  it('is refused if it is missing or truncated', async () => {
    await expect(readCheckpoint(join(folder, 'absent.safetensors'))).rejects.toThrow(/no such file/);
    const path = join(folder, 'half.safetensors');
    await writeFile(path, new Uint8Array(20));
    await expect(readCheckpoint(path)).rejects.toThrow(WeightsError);
  });
});
