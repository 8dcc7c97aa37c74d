/**
 * Whole trainings, small: the slim generator on drawn pictures, with a random VGG-19 of 4 to 8
 * channels for the losses.
 */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { temporaryFolder, writePictures, writeTinyLossNetwork } from '../../../test/helpers/pictures.ts';
import type { Outputs } from '../../graph/tensor.ts';
import { parseNetworkCard } from '../../networks/network-card.ts';
import { readLossNetwork } from '../../networks/node/loss-network-file.ts';
import { layerNames } from '../../networks/vgg19.ts';
import { wasserfarbe } from '../../networks/wasserfarbe.ts';
import { createRuntime } from '../../runtime/node/onnxruntime.ts';
import { encodeOnnx } from '../../graph/onnx.ts';
import type { Program, Runtime } from '../../runtime/runtime.ts';
import { readWeights, writeWeights } from '../../weights/node/weights-file.ts';
import type { WeightMap, WeightTensor } from '../../weights/safetensors.ts';
import { sha256 } from '../../weights/sha256.ts';
import { readCheckpoint, readStart } from './checkpoint.ts';
import { statesOf } from '../adam.ts';
import { parseTrainingConfig, type TrainingSettings } from '../config.ts';
import { LossWatch } from '../loss-watch.ts';
import { CHECKPOINT_FILE, MODEL_FILE } from './run-folder.ts';
import { type Progress, type TrainingOptions, train } from './trainer.ts';

const runtime = createRuntime({ device: 'cpu', threads: 2 });
let folder: string;
let init: string;

beforeAll(async () => {
  folder = await temporaryFolder();
  await writePictures(join(folder, 'content'), 'content', 5, { seed: 1 });
  await writePictures(join(folder, 'style'), 'style', 6, { seed: 100 });
  await writeFile(join(folder, 'style', 'broken.jpg'), 'no picture');
  await writeTinyLossNetwork(join(folder, 'vgg.safetensors'));
  await train({
    config: settings({ stage: 'distil', iterations: 1, saveDir: join(folder, 'first') }),
    runtime,
  });
  init = join(folder, 'first', CHECKPOINT_FILE);
}, 60_000);

afterAll(async () => {
  await runtime.dispose();
  await rm(folder, { recursive: true });
});

function settings(changed: Partial<TrainingSettings> & Pick<TrainingSettings, 'stage' | 'saveDir'>) {
  return parseTrainingConfig({
    contentDir: join(folder, 'content'),
    styleDir: join(folder, 'style'),
    lossNetwork: join(folder, 'vgg.safetensors'),
    ...(changed.stage === 'distil' ? {} : { init }),
    iterations: 3,
    batchSize: 2,
    cropSize: 48,
    gridWeight: 0,
    steadinessWeight: 0,
    // One pass and one loss, since graphs take longer to compile than to run.
    drafts: false,
    styleLoss: 'moments',
    remdWeight: 0,
    slicedWeight: 0,
    trainEncoder: false,
    regionMin: 24,
    regionMax: 40,
    warmup: 0,
    positions: 16,
    holdoutContents: 1,
    holdoutStyles: 2,
    logEvery: 1,
    ...changed,
  });
}

/** Compiled graphs by content, for runs in which a fresh session would prove nothing more. */
const compiled = new Map<string, Promise<Program>>();

async function compileOnce(outputs: Outputs): Promise<Program> {
  const key = await sha256(encodeOnnx(outputs));
  const known = compiled.get(key) ?? runtime.compile(outputs);
  compiled.set(key, known);
  return { ...(await known), dispose: async () => {} };
}

/** A runtime that records every number that a training step returns: the losses before any averaging. */
function recording(fresh: boolean, poison: (name: string, run: number) => boolean = () => false) {
  const runs: Record<string, number>[] = [];
  const wrapped: Runtime = {
    device: runtime.device,
    compileMixed: runtime.compileMixed,
    dispose: () => runtime.dispose(),
    async compile<K extends string>(outputs: Readonly<Record<K, Outputs[string]>>) {
      const program: Program<K> = await (fresh ? runtime.compile(outputs) : compileOnce(outputs));
      return {
        inputs: program.inputs,
        dispose: () => program.dispose(),
        async run(feeds) {
          const results = await program.run(feeds);
          // Measurements before the first step have no next states.
          if (!Object.keys(results).some((name) => name.startsWith('next/'))) return results;
          const losses: Record<string, number> = {};
          for (const name of Object.keys(results) as K[]) {
            if (name.startsWith('next/') || results[name].length !== 1) continue;
            if (poison(name, runs.length)) results[name] = Float32Array.of(Number.NaN) as (typeof results)[K];
            losses[name] = results[name][0] ?? Number.NaN;
          }
          runs.push(losses);
          return results;
        },
      };
    },
  };
  return { runtime: wrapped, runs };
}

async function trained(
  options: Omit<TrainingOptions, 'runtime'>,
  { fresh = false, poison }: { fresh?: boolean; poison?: (name: string, run: number) => boolean } = {},
) {
  const { runtime: recorder, runs } = recording(fresh, poison);
  const result = await train({ ...options, runtime: recorder });
  return { result, runs };
}

async function startWeights(path: string): Promise<WeightMap> {
  return (await readStart(path)).weights;
}

/** Hashes of the tensors, for quick comparison bit by bit. */
function digests(weights: WeightMap, names: Iterable<string> = weights.keys()): Record<string, string> {
  const digest = ({ shape, data }: WeightTensor) =>
    `${shape} ${createHash('sha256')
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      .digest('hex')}`;
  return Object.fromEntries(
    [...names].map((name) => {
      const tensor = weights.get(name);
      return [name, tensor === undefined ? 'none' : digest(tensor)];
    }),
  );
}

const stages = [
  ['distil', 'distil', {}],
  ['autoencode', 'autoencode', {}],
  [
    'moments',
    'style',
    {
      schedule: 'cosine',
      warmup: 2,
      identityWeight: 0.5,
      variationWeight: 0.1,
      contentForm: 'raw',
    },
  ],
  ['swd', 'style', { styleLoss: 'swd', directions: 8 }],
  [
    'wasserstein',
    'style',
    {
      styleLoss: 'wasserstein+moments',
      criticSteps: 2,
      momentPositions: 64,
      drafts: true,
      remdWeight: 6,
      slicedWeight: 6,
    },
  ],
] as const satisfies readonly (readonly [string, TrainingSettings['stage'], Partial<TrainingSettings>])[];

describe.each(stages)('%s in stage %s', (kind, stage, changed) => {
  const at = (name: string) => join(folder, `${kind}-${name}`);

  it('repeats itself with its seed, resumes bit for bit, and differs with another', {
    timeout: 240_000,
  }, async () => {
    const whole = await trained(
      { config: settings({ stage, ...changed, saveDir: at('whole') }) },
      { fresh: true },
    );
    const perStep = whole.runs.length / 3;
    expect(perStep).toBe(kind === 'wasserstein' ? 2 : 1);
    expect(whole.result).toMatchObject({ step: 3, interrupted: false });
    const values = whole.runs.flatMap((losses) => Object.values(losses));
    expect(values.every(Number.isFinite)).toBe(true);
    expect(values.some((v) => v !== 0)).toBe(true);

    const stop = new AbortController();
    const config = settings({ stage, ...changed, saveDir: at('halves') });
    const first = await trained({
      config,
      signal: stop.signal,
      events: { onStep: ({ step }) => step === 2 && stop.abort() },
    });
    expect(first.result).toMatchObject({ step: 2, interrupted: true });
    expect(first.runs).toEqual(whole.runs.slice(0, 2 * perStep));
    const checkpoint = await readCheckpoint(first.result.checkpoint);
    expect(checkpoint).toMatchObject({ step: 2, config });
    const second = await trained({ config, resume: true }, { fresh: true });
    expect(second.result).toMatchObject({ step: 3, interrupted: false });
    expect(second.runs).toEqual(whole.runs.slice(2 * perStep));
    const [a, b] = [
      await readCheckpoint(whole.result.checkpoint),
      await readCheckpoint(at(`halves/${CHECKPOINT_FILE}`)),
    ];
    expect(digests(b.states)).toEqual(digests(a.states));

    const other = settings({ stage, ...changed, seed: 2, iterations: 1, saveDir: at('other') });
    expect((await trained({ config: other })).runs[0]).not.toEqual(whole.runs[0]);
  });

  it('trains its parameters and leaves the rest alone', async () => {
    const { states } = await readCheckpoint(at(`whole/${CHECKPOINT_FILE}`));
    const now = statesOf(states, 'parameter');
    const before: WeightMap = stage === 'distil' ? new Map() : await startWeights(init);
    const encoder = [...now.keys()].filter((name) => name.startsWith('encoder.'));
    expect(encoder.length).toBeGreaterThan(10);
    if (stage !== 'distil') {
      expect(digests(now, encoder)).toEqual(digests(before, encoder));
    }
    const moved = [...statesOf(states, 'moment2')].filter(([, { data }]) => data.some((v) => v !== 0));
    const groups = new Set(moved.map(([name]) => name.split('.')[0]));
    const wanted = {
      distil: ['distil', 'encoder'],
      autoencode: ['decoder', 'modulation'],
      moments: ['attention', 'decoder', 'modulation'],
      swd: ['attention', 'decoder', 'modulation'],
      wasserstein: ['attention', 'critic', 'decoder', 'modulation'],
    };
    expect([...groups].sort()).toEqual(wanted[kind]);
    if (kind === 'wasserstein') {
      expect([...statesOf(states, 'average').keys()].some((name) => name.startsWith('critic.'))).toBe(false);
    }
  });

  it('writes a log and weights without critics, in half precision', async () => {
    const text = await readFile(at('whole/log.jsonl'), 'utf8');
    const lines = text
      .trim()
      .split('\n')
      .map((line): Progress => JSON.parse(line));
    expect(lines.map((line) => line.step)).toEqual([1, 2, 3]);
    expect(Object.keys(lines[0]?.losses ?? {}).length).toBeGreaterThan(1);
    const { tensors } = await readWeights(at(`whole/${MODEL_FILE}`));
    expect([...tensors.keys()].some((name) => /^(critic|distil)\./.test(name))).toBe(false);
    // A distillation makes a loss network, whose tensors have no prefix.
    expect(tensors.has('conv1_1.weight')).toBe(stage === 'distil');
    expect([...tensors.keys()].some((name) => name.startsWith('encoder.'))).toBe(stage !== 'distil');
    expect([...tensors.keys()].some((name) => name.startsWith('decoder.'))).toBe(stage !== 'distil');
    expect((await readFile(at(`whole/${MODEL_FILE}`))).byteLength).toBeLessThan(2e6);
  });
});

describe('training', () => {
  it('reports pictures read, pictures skipped, and steps', { timeout: 30_000 }, async () => {
    const messages: string[] = [];
    const steps: Progress[] = [];
    const list = join(folder, 'list.txt');
    await writeFile(list, 'style-00.png\n\n  style-02.png \nstyle-04.png\nbroken.jpg\n');
    await train({
      config: settings({
        stage: 'style',
        saveDir: join(folder, 'told'),
        iterations: 2,
        styleList: list,
        holdoutStyles: 1,
        sampleEvery: 1,
        keepEvery: 2,
        trainEncoder: true,
      }),
      runtime,
      events: { onMessage: (text) => messages.push(text), onStep: (progress) => steps.push(progress) },
    });
    expect(messages[0]).toBe(`5 content pictures in ${join(folder, 'content')}, 0 skipped`);
    expect(messages[1]).toBe(`3 style pictures in ${join(folder, 'style')}, 1 skipped`);
    expect(messages[2]).toMatch(/^skipped broken\.jpg: expected a whole picture file/);
    expect(steps.map(({ step, iterations }) => [step, iterations])).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect(steps[0]?.stepsPerSecond).toBeGreaterThan(0);
    expect(Object.keys(steps[0]?.losses ?? {})).toEqual(expect.arrayContaining(['content', 'moments']));
    // The sheet has one held-back content and style: a label row and column, and one cell.
    const samples = join(folder, 'told', 'samples');
    expect(await readdir(samples)).toEqual(['step-0000001.png', 'step-0000002.png']);
    const { format, width = 0, height = 0 } = await sharp(join(samples, 'step-0000002.png')).metadata();
    expect(format).toBe('png');
    expect(width).toBeGreaterThan(512);
    expect(height).toBeGreaterThan(512);
    expect(existsSync(join(folder, 'told', 'step-0000002.safetensors'))).toBe(true);
    expect(existsSync(join(folder, 'told', 'step-0000001.safetensors'))).toBe(false);
    const before = await startWeights(init);
    const after = statesOf((await readCheckpoint(join(folder, 'told', CHECKPOINT_FILE))).states, 'parameter');
    const weight = 'encoder.conv1_1.weight';
    expect(after.get(weight)).not.toEqual(before.get(weight));
  });

  it('shows the inversion while autoencoding, also without held-back pictures', {
    timeout: 30_000,
  }, async () => {
    const saveDir = join(folder, 'inverted');
    const config = settings({
      stage: 'autoencode',
      saveDir,
      iterations: 1,
      sampleEvery: 1,
      holdoutContents: 0,
      holdoutStyles: 0,
    });
    await train({ config, runtime });
    expect(existsSync(join(saveDir, 'samples', 'step-0000001.png'))).toBe(true);
  });

  it('saves along the way', { timeout: 30_000 }, async () => {
    const saveDir = join(folder, 'along');
    const config = settings({ stage: 'distil', saveDir, iterations: 2, saveMinutes: 1e-9 });
    const seen: boolean[] = [];
    await train({
      config,
      runtime,
      events: { onStep: () => seen.push(existsSync(join(saveDir, CHECKPOINT_FILE))) },
    });
    expect(seen).toEqual([false, true]);
  });

  it('stops at a loss that is not finite, names it, and mentions no checkpoint if there is none', {
    timeout: 30_000,
  }, async () => {
    const saveDir = join(folder, 'huge');
    const config = settings({ stage: 'distil', saveDir, iterations: 9, learningRate: 1e30 });
    await expect(train({ config, runtime })).rejects.toThrow(
      /^expected a finite number for loss \S+ at step \d+ but received (NaN|-?Infinity); lower .*; there is no checkpoint yet$/,
    );
    expect(existsSync(join(saveDir, CHECKPOINT_FILE))).toBe(false);
  });

  it('names the poisoned loss, and the last good checkpoint, which it leaves alone', {
    timeout: 30_000,
  }, async () => {
    const saveDir = join(folder, 'poisoned');
    const config = settings({ stage: 'autoencode', saveDir, iterations: 1 });
    await train({ config, runtime });
    const path = join(saveDir, CHECKPOINT_FILE);
    const good = await readFile(path);
    const poisoned = trained(
      { config: { ...config, iterations: 5 }, resume: true },
      { poison: (name, run) => run === 1 && name.endsWith('autoencode.features') },
    );
    await expect(poisoned).rejects.toThrow(
      `loss autoencode.features at step 3 but received NaN; lower --learning-rate or --clip; the last good checkpoint is ${path}`,
    );
    expect((await readFile(path)).equals(good)).toBe(true);
  });

  it('that is interrupted while its losses rise leaves the checkpoint from before', {
    timeout: 30_000,
  }, async () => {
    const config = settings({ stage: 'autoencode', saveDir: join(folder, 'rising'), iterations: 1 });
    const { result } = await trained({ config });
    const good = await readFile(result.checkpoint);
    const model = await readFile(join(config.saveDir, MODEL_FILE));
    const healthy = vi.spyOn(LossWatch.prototype, 'healthy', 'get').mockReturnValue(false);
    const [stop, messages] = [new AbortController(), [] as string[]];
    const again = await trained({
      ...{ config: { ...config, iterations: 5 }, resume: true, signal: stop.signal },
      events: { onStep: ({ step }) => step === 3 && stop.abort(), onMessage: (text) => messages.push(text) },
    });
    healthy.mockRestore();
    expect(again.result).toMatchObject({ step: 1, interrupted: true });
    expect((await readFile(result.checkpoint)).equals(good)).toBe(true);
    expect((await readFile(join(config.saveDir, MODEL_FILE))).equals(model)).toBe(true);
    expect(messages).toContain('step 3: losses are well above their best; the checkpoint of step 1 stays');
  });

  it('stops if three sheets in a row show one colour only, and keeps the sheets', {
    timeout: 60_000,
  }, async () => {
    const own = { stage: 'autoencode', learningRate: 1e-12 } as const;
    const first = join(folder, 'lively');
    const alive = settings({ ...own, saveDir: first, sampleEvery: 1, iterations: 4 });
    await trained({ config: alive });
    const weights = await startWeights(join(first, CHECKPOINT_FILE));
    weights.get('decoder.conv1_1.weight')?.data.fill(0);
    const init = join(folder, 'blank.safetensors');
    await writeWeights(init, weights);
    const saveDir = join(folder, 'blank');
    const config = settings({ ...own, saveDir, init, sampleEvery: 2, iterations: 20 });
    await expect(trained({ config })).rejects.toThrow(
      'expected pictures for the samples at step 6 but received one colour each, as on the 2 sheets before',
    );
    expect(await readdir(join(saveDir, 'samples'))).toHaveLength(3);
  });

  it('cannot resume if nothing was saved', async () => {
    const config = settings({ stage: 'distil', saveDir: join(folder, 'nothing') });
    await expect(train({ config, runtime, resume: true })).rejects.toThrow(/no such file/);
  });
});

describe('a distillation', () => {
  it('is a loss network with a card, which another training uses', { timeout: 60_000 }, async () => {
    const saveDir = join(folder, 'eye');
    await trained({
      config: settings({ stage: 'distil', saveDir, layers: 'relu4_1+relu5_1', iterations: 1 }),
    });
    const path = join(saveDir, MODEL_FILE);
    expect((await readLossNetwork(path)).config).toEqual(wasserfarbe.slim.encoder);
    const card = parseNetworkCard(JSON.parse(await readFile(join(saveDir, 'model.json'), 'utf8')), 'card');
    expect(card).toMatchObject({
      configuration: { preprocessing: 'centred' },
      training: { teacher: 'vgg.safetensors', stages: [{ stage: 'distil' }] },
    });
    expect(Object.keys(card.layers ?? {})).toEqual([...layerNames]);
    for (const { error, correlation, units } of Object.values(card.layers ?? {})) {
      expect(error).toBeGreaterThan(0);
      expect(Math.abs(correlation)).toBeLessThanOrEqual(1);
      expect(units).toBeGreaterThan(0);
    }
    const through = settings({ stage: 'autoencode', saveDir: join(folder, 'seen'), iterations: 1 });
    const { runs } = await trained({ config: { ...through, lossNetwork: path } });
    const { runs: others } = await trained({
      config: { ...through, saveDir: join(folder, 'seen otherwise') },
    });
    const [own = {}, other = {}] = [runs[0], others[0]];
    expect(own['loss/autoencode.pixels']).toBe(other['loss/autoencode.pixels']);
    expect(own['loss/autoencode.features']).not.toBe(other['loss/autoencode.features']);
  });

  it('needs no held-back pictures', { timeout: 30_000 }, async () => {
    const saveDir = join(folder, 'blind');
    const none = { holdoutContents: 0, holdoutStyles: 0 };
    await trained({ config: settings({ stage: 'distil', saveDir, iterations: 1, ...none }) });
    const card = JSON.parse(await readFile(join(saveDir, 'model.json'), 'utf8'));
    expect(card.layers).toEqual({});
  });
});

describe('a folder that holds a run', () => {
  it('is not begun anew unless asked for, and then without the old log', { timeout: 20_000 }, async () => {
    const config = settings({ stage: 'distil', saveDir: join(folder, 'kept'), iterations: 1 });
    await trained({ config });
    await expect(trained({ config })).rejects.toThrow(
      /^expected a folder without a run for --save-dir but received one with a checkpoint .*--resume.*--force$/,
    );
    await trained({ config, overwrite: true });
    const log = await readFile(join(config.saveDir, 'log.jsonl'), 'utf8');
    expect(log.trim().split('\n')).toHaveLength(1);
  });

  it('loses log lines of repeated steps', { timeout: 20_000 }, async () => {
    const config = settings({ stage: 'distil', saveDir: join(folder, 'again'), iterations: 2 });
    await trained({ config });
    const path = join(config.saveDir, 'log.jsonl');
    await writeFile(path, `${await readFile(path, 'utf8')}{"step":3}\n{"step":`);
    await trained({ config: { ...config, iterations: 3 }, resume: true });
    const steps = (await readFile(path, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).step);
    expect(steps).toEqual([1, 2, 3]);
  });
});

describe('weights to start from', () => {
  it('must have the shapes of the configuration', async () => {
    const config = settings({ stage: 'style', saveDir: join(folder, 'wide'), modulation: 16 });
    const first = { ...config, iterations: 1 };
    await trained({ config: first });
    const other = settings({ stage: 'style', saveDir: join(folder, 'narrow'), modulation: 8 });
    const narrower = { ...other, init: join(folder, 'wide', CHECKPOINT_FILE) };
    await expect(trained({ config: narrower })).rejects.toThrow(
      'expected shape [8, 480] for tensor modulation.hidden.weight but received [16, 480]',
    );
  }, 60_000);

  it('may have a narrower modulation: the wider one begins as the same function', async () => {
    const saveDir = join(folder, 'grown');
    const settled = settings({ stage: 'style', saveDir, modulation: 8, ema: 0 });
    await trained({ config: { ...settled, iterations: 2 } });
    const init = join(folder, 'grown', CHECKPOINT_FILE);
    const known = await startWeights(init);
    const other = settings({ stage: 'style', saveDir: join(folder, 'grown2'), modulation: 12, ema: 0 });
    await trained({ config: { ...other, init, iterations: 1, learningRate: 1e-12 } });
    const grown = await startWeights(join(folder, 'grown2', CHECKPOINT_FILE));
    const [before, after] = [known.get('modulation.output.weight'), grown.get('modulation.output.weight')];
    const rows = (w = before) =>
      Array.from({ length: w?.shape[0] ?? 0 }, (_, i) => [
        ...(w?.data.slice(i * (w.shape[1] ?? 0), (i + 1) * (w.shape[1] ?? 0)) ?? []),
      ]);
    expect(
      rows(before)
        .flat()
        .some((v) => v !== 0),
    ).toBe(true);
    for (const [i, row] of rows(after).entries()) {
      for (const [k, v] of row.entries()) expect(v).toBeCloseTo(rows(before)[i]?.[k] ?? 0, 6);
    }
    expect(grown.get('modulation.hidden.weight')?.shape).toEqual([12, 480]);
  }, 60_000);

  it('begin at random if --renew names them', async () => {
    const init = join(folder, 'wide', CHECKPOINT_FILE);
    const other = settings({ stage: 'style', saveDir: join(folder, 'renewed'), modulation: 16 });
    const renew = 'attention.relu4_1.query,attention.relu4_1.key';
    await trained({ config: { ...other, init, renew, matching: 'relu2_1+relu3_1', iterations: 1 } });
    const renewed = await startWeights(join(folder, 'renewed', CHECKPOINT_FILE));
    expect(renewed.get('attention.relu4_1.query.weight')?.shape).toEqual([96, 96, 1, 1]);
  }, 30_000);

  it('take the encoder of a VGG-19 file, and leave it alone', async () => {
    const prefix = 'encoder.';
    const encoder = [...(await startWeights(init))].flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : [],
    );
    const path = join(folder, 'encoder.safetensors');
    await writeWeights(path, new Map(encoder));
    const { init: _, ...config } = settings({
      stage: 'style',
      saveDir: join(folder, 'given'),
      iterations: 1,
    });
    await trained({ config: { ...config, encoder: path } });
    const { states } = await readCheckpoint(join(config.saveDir, CHECKPOINT_FILE));
    const now = statesOf(states, 'parameter');
    const named = new Map(encoder.map(([name, tensor]) => [prefix + name, tensor]));
    expect(digests(now, named.keys())).toEqual(digests(named));
    expect(now.has('decoder.conv4_1.weight')).toBe(true);
  }, 20_000);

  it('leave an earlier run whole if they are stopped before their first step', async () => {
    const config = settings({ stage: 'distil', saveDir: join(folder, 'whole'), iterations: 1 });
    const { result } = await trained({ config });
    const good = await readFile(result.checkpoint);
    const stop = new AbortController();
    const onMessage = () => stop.abort(new Error('never mind'));
    const again = trained({ config, overwrite: true, signal: stop.signal, events: { onMessage } });
    await expect(again).rejects.toThrow('never mind');
    expect((await readFile(result.checkpoint)).equals(good)).toBe(true);
  }, 20_000);

  it('are not resumed with other parameters than before, whose moments would count as old', async () => {
    const config = settings({ stage: 'style', saveDir: join(folder, 'more'), iterations: 1 });
    await trained({ config });
    const more = { ...config, iterations: 2, trainEncoder: true };
    await expect(trained({ config: more, resume: true })).rejects.toThrow(
      /for --resume but received none; the settings train other parameters than before: .* --init$/,
    );
  }, 30_000);

  it('stop averaging if a resumed run keeps no averages', async () => {
    const config = settings({ stage: 'distil', saveDir: join(folder, 'averaged'), iterations: 1 });
    await trained({ config });
    await trained({ config: { ...config, iterations: 2, ema: 0 }, resume: true });
    const { states } = await readCheckpoint(join(config.saveDir, CHECKPOINT_FILE));
    expect(statesOf(states, 'average').size).toBe(0);
    expect(statesOf(states, 'moment1').size).toBeGreaterThan(10);
  }, 20_000);
});
