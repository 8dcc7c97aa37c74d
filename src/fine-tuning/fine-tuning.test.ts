import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generatorWeights, tinyGenerator, writeRandomModel } from '../../test/helpers/model.ts';
import { randomWeights } from '../../test/helpers/networks.ts';
import { drawnImage } from '../../test/helpers/pictures.ts';
import { input } from '../graph/ops/sources.ts';
import { inputShapes } from '../graph/tensor.ts';
import { foldAttention } from '../networks/fold.ts';
import { lossNetwork } from '../networks/loss-network.ts';
import { layerNames, vgg19 } from '../networks/vgg19.ts';
import { stream } from '../random.ts';
import { createRuntime } from '../runtime/node/onnxruntime.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { StylizerModel } from '../stylize/style.ts';
import { loadModel } from '../weights/node/weights-file.ts';
import { tunedFiles } from './card.ts';
import { stepGraph, TUNED } from './graph.ts';
import { encodePainting, type Painting, randomCrop, wholeBlocks } from './encoded-painting.ts';
import { createTuningSession } from './session.ts';
import { tune } from './tune.ts';

/** Folded, as models ship. */
const model: StylizerModel = {
  name: 'tiny',
  sha256: '',
  ...foldAttention(generatorWeights(tinyGenerator), tinyGenerator),
};
const eye = { widths: [4, 4, 6, 8, 8], preprocessing: 'conv0' } as const;
const loss = lossNetwork(
  randomWeights((p) => vgg19(input('x', [1, 3, 32, 32]), p, eye, layerNames), 3),
  'tiny eye',
);
const SIZE = 32;

let runtime: Runtime;
let painting: Painting;

beforeAll(async () => {
  runtime = createRuntime({ device: 'cpu', threads: 1 });
  painting = await encodePainting(drawnImage(3, 50, 43), model, loss, runtime);
});

afterAll(() => runtime.dispose());

describe('a step', () => {
  it('moves the decoder and nothing else', () => {
    const { states, losses } = stepGraph(model, loss, painting, SIZE);
    const decoder = [...model.weights.keys()].filter((name) => name.startsWith(TUNED)).sort();
    const kinds = ['moment1', 'moment2', 'parameter'];
    const named = kinds.flatMap((kind) => decoder.map((name) => `${kind}/${name}`));
    expect(Object.keys(states).sort()).toEqual(named);
    // All other weights, including attention and modulation, are constant.
    const inputs = [...inputShapes({ ...losses, ...states }).keys()];
    const scalars = ['rate', 'correction1', 'correction2'].map((name) => `decoder/${name}`);
    const moments = named.filter((name) => name.startsWith('moment'));
    expect(inputs.filter((name) => !scalars.includes(name)).sort()).toEqual(
      ['content', ...decoder, ...moments].sort(),
    );
  });

  it('brings the losses down, and leaves all other weights as they were', async () => {
    const sizes = { crop: SIZE, sample: { width: SIZE, height: SIZE } };
    const session = await createTuningSession(model, loss, painting, runtime, sizes);
    const crop = drawnImage(1, SIZE, SIZE).data;
    // The picture that it learns from: what a tiny network learns in so few steps need not help another one.
    const before = await session.show(crop);
    const first = await session.step(crop, 1, 3e-3);
    for (let t = 2; t <= 30; t++) await session.step(crop, t, 3e-3);
    const last = await session.step(crop, 31, 3e-3);
    const after = await session.show(crop);
    expect(last.style).toBeLessThan(0.8 * first.style);
    expect(after.losses.style).toBeLessThan(0.8 * before.losses.style);
    expect(after.picture).toHaveLength(3 * SIZE * SIZE);
    const weights = session.weights();
    expect([...weights.keys()]).toEqual([...model.weights.keys()]);
    for (const [name, { data }] of weights) {
      const same = data.every((value, i) => value === model.weights.get(name)?.data[i]);
      expect([name, same]).toEqual([name, !name.startsWith(TUNED)]);
    }
    await session.dispose();
  });
});

describe('a training', () => {
  const pictures = {
    painting: drawnImage(3, 64, 48),
    contents: [drawnImage(1, 70, 50), drawnImage(2, 40, 60)] as const,
    sample: drawnImage(4, 45, 33),
  };
  const options = { seconds: 60, steps: 3, sampleSeconds: 60, seed: 1, isEnough: () => false };
  const silent = { onStep: () => undefined, onSample: () => undefined };

  it('shows the sample first and last, and is the same for the same seed', async () => {
    const heard: string[] = [];
    const styles: number[] = [];
    const train = () =>
      tune(model, loss, pictures, runtime, {
        ...options,
        onStep: ({ step, style }) => {
          heard.push(`step ${step}`);
          styles.push(style);
        },
        onSample: ({ step, picture: { width, height } }) => heard.push(`sample ${step} ${width}×${height}`),
      });
    const { steps } = await train();
    expect(steps).toBe(3);
    expect(heard).toEqual(['sample 0 40×32', 'step 1', 'step 2', 'step 3', 'sample 3 40×32']);
    await train();
    expect(styles.slice(3)).toEqual(styles.slice(0, 3));
  });

  it('ends when isEnough says so', async () => {
    let asked = 0;
    const isEnough = () => ++asked > 2;
    expect((await tune(model, loss, pictures, runtime, { ...options, ...silent, isEnough })).steps).toBe(2);
  });

  it('stops with one line, and nothing left compiled, if a loss is no number', async () => {
    const broken = drawnImage(1, 64, 48);
    broken.data.fill(Number.NaN);
    let alive = 0;
    const counting: Runtime = {
      ...runtime,
      async compile(outputs) {
        const program = await runtime.compile(outputs);
        alive++;
        return {
          ...program,
          run: program.run.bind(program),
          dispose: () => program.dispose().then(() => void alive--),
        };
      },
    };
    const run = tune(model, loss, { ...pictures, painting: broken }, counting, { ...options, ...silent });
    await expect(run).rejects.toThrow(/^expected a number for the \w+ loss but received NaN \(step 1\)$/);
    // What it compiled is given back.
    expect(alive).toBe(0);
  });

  it('gives files that load as a model', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-test-'));
    const path = await writeRandomModel(folder);
    const own = await loadModel(path);
    const tuned = { weights: own.tensors, steps: 3, seconds: 7.2 };
    const record = { name: 'tuned', contents: 2, seed: 5, losses: { content: 0.5, style: 1.5 } };
    const files = await tunedFiles({ ...own.card }, tuned, record);
    await writeFile(join(folder, 'tuned.safetensors'), files.weights);
    await writeFile(join(folder, 'tuned.json'), files.card);
    const { card } = await loadModel(join(folder, 'tuned.safetensors'));
    expect(card).toMatchObject({
      name: 'tuned',
      configuration: own.card.configuration,
      method: 'wasserfarbe',
    });
    expect(card.training.stages).toMatchObject([
      { stage: 'fine-tune', iterations: 3, pictures: 3, seed: 5, hours: 0.002, losses: { style: 1.5 } },
    ]);
    expect(card.limitations).toHaveLength(own.card.limitations.length + 1);
    expect(await readFile(path)).not.toHaveLength(0);
    await rm(folder, { recursive: true });
  });
});

describe('pictures', () => {
  it('have sides of multiples of 8, around their middle', () => {
    const picture = drawnImage(1, 51, 45);
    const whole = wholeBlocks(picture);
    expect([whole.width, whole.height]).toEqual([48, 40]);
    expect(whole.data[0]).toBe(picture.data[2 * 51 + 1]);
    const small = wholeBlocks(drawnImage(1, 3, 90));
    expect([small.width, small.height]).toEqual([24, 88]);
  });

  it('are cropped at random, the same for the same stream, also if they are smaller than a crop', () => {
    for (const picture of [drawnImage(1, 90, 61), drawnImage(1, 20, 31)]) {
      const crop = (step: number) => randomCrop(picture, SIZE, stream(1, 'crops', step));
      expect(crop(1)).toHaveLength(3 * SIZE * SIZE);
      expect(crop(1)).toEqual(crop(1));
      expect(crop(1)).not.toEqual(crop(2));
      expect(crop(1).every((value) => value >= 0 && value <= 1)).toBe(true);
    }
  });

  it('are mirrored half of the time', () => {
    const ramp = Float32Array.from({ length: 3 * SIZE * SIZE }, (_, i) => (i % SIZE) / SIZE);
    const picture = { width: SIZE, height: SIZE, data: ramp };
    const rising = Array.from({ length: 40 }, (_, step) => {
      const crop = randomCrop(picture, SIZE, stream(1, 'mirror', step));
      return (crop[0] ?? 0) < (crop[SIZE - 1] ?? 0);
    });
    const count = rising.filter(Boolean).length;
    expect(count).toBeGreaterThan(8);
    expect(count).toBeLessThan(32);
  });
});
