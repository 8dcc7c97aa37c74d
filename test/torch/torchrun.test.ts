/** Several processes as in docs/gpu.md: one killed worker ends all, and a single process can continue. */

import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCheckpoint, stageRecord } from '../../src/training/node/checkpoint.ts';
import { parseTrainingConfig } from '../../src/training/config.ts';
import { exportStep } from '../../src/training/node/export-step.ts';
import { packPictures } from '../../src/training/node/pack.ts';
import { root, type Running } from '../helpers/package.ts';
import { temporaryFolder, writePictures, writeTinyLossNetwork } from '../helpers/pictures.ts';
import {
  python,
  runProcesses,
  runPython,
  startTorchrun,
  trainScript,
  unlessTorch,
  until,
} from '../helpers/torch.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
const checkpoint = (): string => at('run/checkpoint.safetensors');

/** Arguments of the loop on the exported step. */
function loop(...more: string[]): string[] {
  const packs = ['--content', at('content'), '--style', at('style')];
  return [trainScript, at('step'), ...packs, '--out', at('run'), ...more];
}

/** Process numbers of a process's children. */
function childrenOf({ pid }: Running): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}

describe.runIf(python)('torchrun', () => {
  beforeAll(async () => {
    folder = await temporaryFolder();
    for (const kind of ['content', 'style']) {
      await writePictures(at(`${kind} files`), kind, 6);
      await packPictures({ folder: at(`${kind} files`), output: at(kind), shortSide: 40, quality: 90 });
    }
    await writeTinyLossNetwork(at('vgg.safetensors'));
    const config = parseTrainingConfig({
      ...{ stage: 'style', method: 'adain', init: join(root, 'models', 'adain-slim.safetensors') },
      ...{ contentDir: at('content'), styleDir: at('style'), saveDir: at('run') },
      ...{
        lossNetwork: at('vgg.safetensors'),
        cropSize: 32,
        regionMin: 24,
        regionMax: 40,
        gridWeight: 0,
        steadinessWeight: 0,
      },
      ...{ holdoutContents: 1, holdoutStyles: 1, batchSize: 2, logEvery: 1, saveMinutes: 1e-6 },
    });
    await exportStep({ config, folder: at('step'), split: true });
    await writePictures(at('painting files'), 'painting', 1);
    await packPictures({ folder: at('painting files'), output: at('painting'), shortSide: 40, quality: 90 });
    const single = { ...config, stage: 'single' as const, holdoutStyles: 0 };
    await exportStep({ config: single, folder: at('single step'), split: true });
  });

  afterAll(() => rm(folder, { recursive: true }));

  it('ends with a checkpoint when a worker is killed or all are signalled, and continues with one process', {
    timeout: 180_000,
  }, async () => {
    const killed = startTorchrun(2, loop(), folder);
    await until(() => existsSync(checkpoint()));
    const workers = childrenOf(killed);
    expect(workers).toHaveLength(2);
    process.kill(workers[1] ?? Number.NaN, 'SIGKILL');
    expect((await killed.ended).code).toBe(1);
    const first = await readCheckpoint(checkpoint());
    expect(first.step).toBeGreaterThan(0);
    // Two processes, each with two contents and two styles.
    expect(first.pictures).toBe(8 * first.step);

    const left = readFileSync(checkpoint());
    const stopped = startTorchrun(2, loop('--resume'), folder);
    await until(() => !left.equals(readFileSync(checkpoint())));
    stopped.kill('SIGTERM');
    expect((await stopped.ended).stdout).toMatch(/wasserfarbe train --resume --save-dir \S+run\n/);
    const second = await readCheckpoint(checkpoint());
    expect(second.step).toBeGreaterThan(first.step);

    const alone = await runPython(loop('--resume', '--iterations', `${second.step + 3}`), folder);
    expect(alone).toMatchObject({ code: 0, stderr: '' });
    const third = await readCheckpoint(checkpoint());
    expect(stageRecord(third)).toMatchObject({
      iterations: second.step + 3,
      pictures: 8 * second.step + 4 * 3,
    });
  });

  it('learns one painting in every process, and refuses fewer photographs than processes', {
    timeout: 120_000,
  }, async () => {
    const args = (content: string, run: string) => [
      ...[trainScript, at('single step'), '--content', at(content), '--style', at('painting')],
      ...['--out', at(run), '--iterations', '2'],
    ];
    for (const ended of await runProcesses(2, args('content', 'single run'), folder)) {
      expect(ended).toMatchObject({ code: 0, stderr: '' });
    }
    expect((await readCheckpoint(at('single run/checkpoint.safetensors'))).step).toBe(2);

    await writePictures(at('pair files'), 'pair', 2);
    await packPictures({ folder: at('pair files'), output: at('pair'), shortSide: 40, quality: 90 });
    for (const ended of await runProcesses(2, args('pair', 'refused run'), folder)) {
      expect(ended).toMatchObject({
        code: 1,
        stderr:
          `expected a picture or more for each of 2 processes for ${at('pair')} but received 1; ` +
          'start fewer processes\n',
      });
    }
  });
});

it.skipIf(python)(`torchrun${unlessTorch}`, () => {});
