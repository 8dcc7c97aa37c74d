/** A distillation's maps under PyTorch equal those that Node solves from the same pictures. */

import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/training/node/checkpoint.ts';
import { parseTrainingConfig } from '../../src/training/config.ts';
import { exportStep } from '../../src/training/node/export-step.ts';
import { writeWeights } from '../../src/weights/node/weights-file.ts';
import type { WeightMap } from '../../src/weights/safetensors.ts';
import { rowsOf, trainRecorded, writeHalfStart } from '../helpers/exported.ts';
import { temporaryFolder, writeTinyLossNetwork } from '../helpers/pictures.ts';
import { python, runProcesses, runPython, trainScript, unlessTorch } from '../helpers/torch.ts';

let folder = '';
const at = (name: string): string => join(folder, name);

/** Settings with steps too small to move the maps away from the solution. */
function settings(batchSize: number, iterations = 1) {
  return parseTrainingConfig({
    ...{ stage: 'distil', contentDir: '', styleDir: '', saveDir: at('run'), init: at('start.safetensors') },
    ...{ lossNetwork: at('tiny.safetensors'), iterations, learningRate: 1e-12 },
    ...{ batchSize, cropSize: 32 },
  });
}

/** Largest difference of each map from Node's, relative to its largest weight. */
function apart(found: WeightMap, wanted: WeightMap): number[] {
  const maps = [...wanted].filter(([name]) => /^parameter\/distil\.relu._1\./.test(name));
  expect(maps).toHaveLength(8);
  return maps.map(([name, { data }]) => {
    const other = found.get(name)?.data ?? [];
    return largest(data.map((value, i) => value - (other[i] ?? Number.NaN))) / largest(data);
  });
}

function largest(values: ArrayLike<number>): number {
  return Math.max(...Array.from(values, Math.abs));
}

/**
 * If channels are nearly equal, only the ridge decides between them, and it is not much larger than rounding.
 */
const TOLERANCE = 1e-2;

describe.runIf(python)('maps of a distillation', () => {
  beforeAll(async () => {
    folder = await temporaryFolder();
    await writeTinyLossNetwork(at('tiny.safetensors'));
    await writeHalfStart(at('start.safetensors'), 'slim');
  });

  afterAll(() => rm(folder, { recursive: true }));

  it('are solved again when the plan says so, as in Node', { timeout: 120_000 }, async () => {
    const { plan } = await exportStep({ config: settings(2, 2), folder: at('step'), split: false });
    const often = { ...plan, maps: { ...plan.maps, every: 1 } };
    await writeFile(at('step/plan.json'), JSON.stringify(often));
    const node = await trainRecorded(settings(2, 2), at('step'), 2, { fitEvery: 1 });
    await writeWeights(at('inputs.safetensors'), node.recorded);
    const args = [trainScript, at('step'), '--out', at('run'), '--inputs', at('inputs.safetensors')];
    expect(await runPython(args, folder)).toMatchObject({ code: 0, stderr: '' });
    const { states } = await readCheckpoint(at('run/checkpoint.safetensors'));
    expect(largest(apart(states, node.states))).toBeLessThan(TOLERANCE);
    const first = await trainRecorded(settings(2, 2), at('step'), 2);
    expect(largest(apart(states, first.states))).toBeGreaterThan(2 * TOLERANCE);
  });

  it('are solved from the pictures of all processes', { timeout: 120_000 }, async () => {
    await exportStep({ config: settings(1), folder: at('halves'), split: true });
    const node = await trainRecorded(settings(2), at('halves'), 1, { split: true });
    for (const rank of [0, 1]) {
      const mine = [...node.recorded].map(
        ([name, { shape, data }]) => [name, rowsOf(data, shape, 1, rank, rank + 1)] as const,
      );
      await writeWeights(at(`inputs-${rank}.safetensors`), new Map(mine));
    }
    const args = [trainScript, at('halves'), '--out', at('two'), '--inputs', at('inputs-{rank}.safetensors')];
    for (const ended of await runProcesses(2, args, folder))
      expect(ended).toMatchObject({ code: 0, stderr: '' });
    const { states } = await readCheckpoint(at('two/checkpoint.safetensors'));
    expect(largest(apart(states, node.states))).toBeLessThan(TOLERANCE);
  });
});

it.skipIf(python)(`maps${unlessTorch}`, () => {});
