/** The paper's settings on small crops with a tiny loss network: on slim networks, and once at its widths. */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomWeights } from '../../../test/helpers/networks.ts';
import { temporaryFolder, writePictures, writeTinyLossNetwork } from '../../../test/helpers/pictures.ts';
import { input } from '../../graph/ops/sources.ts';
import type { Outputs } from '../../graph/tensor.ts';
import { encoders, vgg19 } from '../../networks/vgg19.ts';
import { createRuntime } from '../../runtime/node/onnxruntime.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { writeWeights } from '../../weights/node/weights-file.ts';
import { statesOf } from '../adam.ts';
import { parseTrainingConfig, type TrainingSettings } from '../config.ts';
import { presetSettings } from '../preset-settings.ts';
import { readCheckpoint } from './checkpoint.ts';
import { train } from './trainer.ts';

const runtime = createRuntime({ device: 'cpu', threads: 1 });
let folder: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  // Smaller than the squares that they become.
  await writePictures(join(folder, 'content'), 'content', 3, { width: 30, height: 24 });
  await writePictures(join(folder, 'style'), 'style', 3, { width: 24, height: 90, seed: 100 });
  await writeTinyLossNetwork(join(folder, 'loss.safetensors'));
}, 60_000);

afterAll(async () => {
  await runtime.dispose();
  await rm(folder, { recursive: true });
});

/** The settings of the preset `paper` on slim networks, with the eye as encoder. */
function settings(name: string, changed: Partial<TrainingSettings> = {}) {
  return parseTrainingConfig({
    ...presetSettings.wasserfarbe.paper,
    ...{ stage: 'style', preset: 'paper-slim', saveDir: join(folder, name) },
    ...{ contentDir: join(folder, 'content'), styleDir: join(folder, 'style') },
    ...{ lossNetwork: join(folder, 'loss.safetensors') },
    ...{ cacheSize: 40, cropSize: 32, regionMin: 32, regionMax: 32, iterations: 1, logEvery: 1 },
    ...{ holdoutContents: 1, holdoutStyles: 1 },
    ...changed,
  });
}

/** A runtime that notes the losses of each run of a step's graphs, in order. */
function noting() {
  const runs: Record<string, number>[] = [];
  const noted: Runtime = {
    device: runtime.device,
    compileMixed: runtime.compileMixed,
    dispose: () => runtime.dispose(),
    async compile<K extends string>(outputs: Readonly<Record<K, Outputs[string]>>) {
      const program = await runtime.compile(outputs);
      return {
        ...program,
        async run(feeds) {
          const results = await program.run(feeds);
          const losses = Object.entries<Float32Array>(results).filter(([name]) => name.startsWith('loss/'));
          if (losses.length > 0) {
            runs.push(Object.fromEntries(losses.map(([name, [value = 0]]) => [name.slice(5), value])));
          }
          return results;
        },
      };
    },
  };
  return { noted, runs };
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

describe('the paper’s preset', () => {
  it('trains at its own widths', { timeout: 120_000 }, async () => {
    const encoder = join(folder, 'encoder.safetensors');
    const picture = input('x', [1, 3, 32, 32]);
    await writeWeights(
      encoder,
      randomWeights((p) => vgg19(picture, p, encoders.paper, ['relu4_1']), 3),
    );
    const config = settings('wide', { preset: 'paper', encoder, criticSteps: 1 });
    await train({ config, runtime });
    const { states } = await readCheckpoint(join(config.saveDir, 'checkpoint.safetensors'));
    expect(states.get('parameter/attention.relu4_1.value.weight')?.shape).toEqual([512, 512, 1, 1]);
    expect(states.get('moment2/decoder.conv4_1.weight')?.data.some((value) => value > 0)).toBe(true);
  });

  it('takes five critic steps, then one of the generator, and resumes bit by bit', {
    timeout: 120_000,
  }, async () => {
    const { noted, runs } = noting();
    const config = settings('whole', { iterations: 2 });
    await train({ config, runtime: noted });
    const updated = runs.map((losses) => Object.keys(losses).filter((name) => name.startsWith('norm.')));
    const step = [...Array.from({ length: 5 }, () => ['norm.critic']), ['norm.generator']];
    expect(updated).toEqual([...step, ...step]);
    // Each update sees pictures of its own.
    expect(new Set(runs.map((losses) => losses['penalty.relu1_1'] ?? losses.content)).size).toBe(12);
    const whole = await readCheckpoint(join(folder, 'whole', 'checkpoint.safetensors'));
    expect(whole.pictures).toBe(2 * 2 * 2 * 6);
    expect(statesOf(whole.states, 'average').size).toBe(0);
    const log = (await readFile(join(folder, 'whole', 'log.jsonl'), 'utf8')).trim().split('\n');
    expect(Object.keys(JSON.parse(log[0] ?? '').losses)).toEqual(
      expect.arrayContaining(['content', 'wasserstein.relu5_1', 'penalty.relu5_1', 'norm.critic']),
    );

    await train({ config: settings('parts'), runtime });
    await train({ config: settings('parts', { iterations: 2 }), runtime, resume: true });
    const parts = await readCheckpoint(join(folder, 'parts', 'checkpoint.safetensors'));
    expect(parts.pictures).toBe(whole.pictures);
    const differing = [...whole.states].filter(([name, { data }]) => {
      const other = parts.states.get(name)?.data;
      return other === undefined || Buffer.compare(bytesOf(data), bytesOf(other)) !== 0;
    });
    expect(differing.map(([name]) => name)).toEqual([]);
  });

  it.each([
    ['two levels', { layers: 'relu4_1+relu5_1' }, 'attention.relu5_1.query.weight'],
    ['critics that are told the style', { conditioning: 'standardised' }, 'critic.relu1_1.condition.weight'],
  ] as const)('trains with %s', { timeout: 60_000 }, async (name, changed, wanted) => {
    const config = settings(name, changed);
    await train({ config, runtime });
    const { states } = await readCheckpoint(join(config.saveDir, 'checkpoint.safetensors'));
    expect(states.get(`moment2/${wanted}`)?.data.some((value) => value > 0)).toBe(true);
  });
});
