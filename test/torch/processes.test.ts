/** Two processes, each with half of a batch, take the same steps as one with the whole batch. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTrainingConfig } from '../../src/training/config.ts';
import { exportStep } from '../../src/training/node/export-step.ts';
import { readWeights, writeWeights } from '../../src/weights/node/weights-file.ts';
import type { WeightMap } from '../../src/weights/safetensors.ts';
import {
  lossesApart,
  readLosses,
  rowsOf,
  trainRecorded,
  writeHalfLossNetwork,
  writeHalfStart,
} from '../helpers/exported.ts';
import { temporaryFolder } from '../helpers/pictures.ts';
import { python, runProcesses, trainScript, unlessTorch } from '../helpers/torch.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
const STEPS = 3;

function settings(batchSize: number) {
  return parseTrainingConfig({
    ...{ stage: 'style', contentDir: 'photos', styleDir: 'paintings', saveDir: at('run') },
    ...{ init: at('start.safetensors'), lossNetwork: at('loss.safetensors'), iterations: STEPS },
    // With critics in a separate graph too; positions are drawn for both processes, mixing factors for each.
    ...{
      batchSize,
      cropSize: 48,
      gridWeight: 0,
      steadinessWeight: 0,
      criticSteps: 2,
      positions: 64,
      drafts: false,
      warmup: 0,
    },
    ...{ remdWeight: 0, learningRate: 1e-4, criticLearningRate: 1e-4 },
  });
}

describe.runIf(python)('two processes', () => {
  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeHalfLossNetwork(at('loss.safetensors'));
    await writeHalfStart(at('start.safetensors'), 'slim');
    await exportStep({ config: settings(1), folder: at('halves'), split: true });
    await exportStep({ config: settings(1), folder: at('whole'), split: false });
  });

  afterAll(() => rm(folder, { recursive: true }));

  it('equal one with twice the batch', { timeout: 180_000 }, async () => {
    const { losses, recorded, states } = await trainRecorded(settings(2), at('halves'), STEPS, {
      split: true,
    });
    for (const rank of [0, 1]) {
      const mine: WeightMap = new Map();
      for (const [name, { shape, data }] of recorded) {
        const own = /\/(content|style|share|mix\..*)$/.test(name);
        mine.set(name, own ? rowsOf(data, shape, 1, rank, rank + 1) : { shape, data });
      }
      await writeWeights(at(`inputs-${rank}.safetensors`), mine);
    }
    const args = [trainScript, at('halves'), '--out', at('run'), '--inputs', at('inputs-{rank}.safetensors')];
    for (const ended of await runProcesses(2, args, folder))
      expect(ended).toMatchObject({ code: 0, stderr: '' });
    const together = await readLosses(at('run'));
    expect(together).toHaveLength(STEPS);
    expect(lossesApart(together.slice(0, 1), losses.slice(0, 1), 1e-4)).toEqual([]);
    expect(lossesApart(together, losses, 1e-2)).toEqual([]);
    const { tensors } = await readWeights(at('run/checkpoint.safetensors'));
    for (const name of ['parameter/decoder.conv1_1.weight', 'parameter/critic.relu1_1.hidden1.weight']) {
      const one = Array.from(states.get(name)?.data ?? []);
      const two = tensors.get(name)?.data ?? [];
      const apart = one.reduce((sum, value, i) => sum + Math.abs(value - (two[i] ?? 0)), 0);
      // Each of three updates moves a weight by up to 1e-4.
      expect(apart / one.length, name).toBeLessThan(1e-5);
    }
  });

  it('need a step exported in halves', { timeout: 60_000 }, async () => {
    const [ended] = await runProcesses(2, [trainScript, at('whole'), '--out', at('other')], folder);
    expect(ended?.code).toBe(1);
    expect(ended?.stderr).toBe(
      'expected a step exported with --split for 2 processes but received one in a single graph\n',
    );
  });
});

it.skipIf(python)(`processes${unlessTorch}`, () => {});
