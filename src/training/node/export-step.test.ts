import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeHalfLossNetwork, writeHalfStart } from '../../../test/helpers/exported.ts';
import { temporaryFolder, writeTinyLossNetwork } from '../../../test/helpers/pictures.ts';
import { elementCount } from '../../graph/shape.ts';
import { readLossNetwork } from '../../networks/node/loss-network-file.ts';
import { encodeOnnx } from '../../graph/onnx.ts';
import { readWeights } from '../../weights/node/weights-file.ts';
import { type Checkpoint, readStart } from './checkpoint.ts';
import { statesOf } from '../adam.ts';
import {
  generatorConfig,
  parseTrainingConfig,
  type TrainingConfig,
  type TrainingSettings,
} from '../config.ts';
import { exportStep } from './export-step.ts';
import { planSchema } from '../step-plan.ts';
import { buildStep, groupsOf } from '../step.ts';

let folder = '';
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeHalfLossNetwork(at('loss.safetensors'));
  await writeHalfStart(at('start.safetensors'), 'slim');
});

afterAll(() => rm(folder, { recursive: true }));

function settings(changed: Partial<TrainingSettings> = {}): TrainingConfig {
  return parseTrainingConfig({
    ...{
      stage: 'style',
      contentDir: '',
      styleDir: '',
      saveDir: '',
      iterations: 7,
      gridWeight: 0,
      steadinessWeight: 0,
    },
    ...{ cropSize: 48, batchSize: 1, init: at('start.safetensors'), lossNetwork: at('loss.safetensors') },
    ...changed,
  });
}

/** Occurrences of an operator in a graph's bytes; op_type is field 4 of a node. */
function count(operator: string, onnx: Uint8Array): number {
  return (
    Buffer.from(onnx)
      .toString('latin1')
      .split(`\x22${String.fromCharCode(operator.length)}${operator}`).length - 1
  );
}

async function stepInNode(config: TrainingConfig): Promise<Uint8Array> {
  const [network, loss] = [generatorConfig(config), await readLossNetwork(config.lossNetwork)];
  const { weights: start } = await readStart(at('start.safetensors'));
  const step = buildStep({ config, network, loss, start });
  return encodeOnnx(step.whole(groupsOf(step, config)));
}

it('holds no weights in its graphs, and processes a picture once if encoder and loss network are one', async () => {
  const config = settings();
  await exportStep({ config, folder: at('one'), split: false });
  const [exported, own] = [await readFile(at('one/joint.onnx')), await stepInNode(config)];
  expect(count('Conv', exported)).toBeGreaterThan(50);
  expect(count('Conv', exported)).toBe(count('Conv', own));
  expect(exported.length).toBeLessThan(own.length / 2);
  const { tensors } = await readWeights(at('one/state.safetensors'));
  expect(tensors.has('parameter/encoder.conv3_1.weight')).toBe(true);
  expect(tensors.has('frozen/conv3_1.weight')).toBe(false);
  expect(tensors.has('frozen/conv5_1.weight')).toBe(true);
});

it('states the source of each input and the destination of each output', async () => {
  const { plan, files } = await exportStep({
    config: settings({ criticSteps: 3 }),
    folder: at('two'),
    split: true,
  });
  expect(planSchema.parse(JSON.parse(await readFile(at('two/plan.json'), 'utf8')))).toEqual(plan);
  expect(files.slice(0, 4)).toEqual([
    'critic-gradients.onnx',
    'critic-update.onnx',
    'gradients.onnx',
    'update.onnx',
  ]);
  expect(plan.order.map(({ graph, draw, updates }) => [graph, draw, updates.critic])).toEqual([
    ['critic-gradients', 1, 1],
    ['critic-update', 1, 1],
    ['critic-gradients', 2, 2],
    ['critic-update', 2, 2],
    ['gradients', 0, 3],
    ['update', 0, 3],
  ]);
  const { gradients, update } = plan.graphs;
  expect(gradients?.inputs).toMatchObject({
    content: { from: 'pictures', kind: 'content' },
    share: { from: 'uniform' },
    'mix.relu1_1': { from: 'uniform' },
    'directions.relu1_1': { from: 'normal' },
    'positions.relu1_1': { from: 'places', count: 1024, of: 48 * 48 },
    'decoder.conv1_1.weight': { from: 'state', state: 'parameter/decoder.conv1_1.weight' },
    'frozen/conv5_1.weight': { from: 'state', state: 'frozen/conv5_1.weight' },
  });
  expect(gradients?.outputs).toMatchObject({
    'gradient/decoder.conv1_1.weight': { to: 'gradient' },
    'loss/content': { to: 'loss', loss: 'content' },
  });
  expect(update?.inputs).toMatchObject({
    'gradient/decoder.conv1_1.weight': { from: 'gradient' },
    'generator/correction2': { from: 'scalar', group: 'generator', value: 'correction2' },
  });
  expect(update?.outputs).toMatchObject({
    'next/moment2/decoder.conv1_1.weight': { to: 'state', state: 'moment2/decoder.conv1_1.weight' },
  });
  expect(plan.graphs.sample?.inputs).toMatchObject({
    'decoder.conv1_1.weight': { from: 'state', state: 'average/decoder.conv1_1.weight' },
    'encoder.conv1_1.weight': { from: 'state', state: 'parameter/encoder.conv1_1.weight' },
  });
});

it('plans the generator’s update after all of the critics’, and crops as they are set', async () => {
  const alternating = {
    alternate: true,
    criticSteps: 2,
    mirror: false,
    resize: 'square',
    cacheSize: 64,
  } as const;
  const unaided = { styleLoss: 'wasserstein', ema: 0, clip: 0, criticClip: 0, divergence: 0 } as const;
  const config = settings({ ...alternating, ...unaided });
  const { plan } = await exportStep({ config, folder: at('alternating'), split: false });
  expect(plan.order).toEqual([
    { graph: 'critic', draw: 1, updates: { critic: 1 } },
    { graph: 'critic', draw: 2, updates: { critic: 2 } },
    { graph: 'joint', draw: 0, updates: { generator: 1 } },
  ]);
  expect(plan.graphs.critic?.outputs['loss/penalty.relu1_1']).toEqual({
    to: 'loss',
    loss: 'penalty.relu1_1',
  });
  expect(plan.graphs.joint?.outputs['loss/penalty.relu1_1']).toBeUndefined();
  expect(Object.keys(plan.graphs.joint?.outputs ?? {}).some((name) => name.includes('critic'))).toBe(false);
  expect(plan.crops).toMatchObject({ mirrored: 0, square: 64 });
  expect(new RegExp(plan.divergence.falling).test('content')).toBe(false);
});

it('continues a run with its step and its exact moments', async () => {
  const config = settings({ method: 'wasserfarbe' });
  const { plan } = await exportStep({ config, folder: at('fresh'), split: false });
  const fresh = (await readWeights(at('fresh/state.safetensors'))).tensors;
  expect([...fresh.keys()].filter((name) => name.startsWith('moment'))).toEqual([]);
  const tiny = { shape: [3], data: Float32Array.of(1e-12, 3e-11, 0) };
  const none = Object.entries(plan.states).flatMap(([name, shape]) =>
    name.startsWith('moment')
      ? [[name, { shape, data: new Float32Array(elementCount(shape)) }] as const]
      : [],
  );
  const states = new Map([...fresh, ...none, ['moment2/decoder.conv1_1.bias', tiny]]);
  for (const name of states.keys()) if (name.startsWith('frozen/')) states.delete(name);
  const previous: Checkpoint = {
    config,
    step: 5,
    hours: 1,
    pictures: 17,
    states,
    losses: {},
    history: [],
    versions: plan.versions,
  };
  const again = await exportStep({ config, folder: at('again'), split: false, previous });
  expect(again.plan).toMatchObject({ step: 5, hours: 1, pictures: 17 });
  const { tensors } = await readWeights(at('again/state.safetensors'));
  expect(tensors.get('moment2/decoder.conv1_1.bias')).toEqual(tiny);
  expect(statesOf(tensors, 'parameter')).toEqual(statesOf(fresh, 'parameter'));
});

it('has a distillation’s maps solved if student and teacher have different channels', async () => {
  await writeTinyLossNetwork(at('tiny.safetensors'));
  const distil = { stage: 'distil', batchSize: 3, init: undefined } as const;
  const { plan } = await exportStep({
    config: settings({ ...distil, lossNetwork: at('tiny.safetensors') }),
    ...{ folder: at('maps'), split: false },
  });
  expect(plan.maps).toMatchObject({ graph: 'maps', batches: 64, every: 600 });
  expect(plan.maps?.layers.map(({ weight }) => weight)).toEqual(
    [1, 2, 3, 4].map((level) => `parameter/distil.relu${level}_1.weight`),
  );
  expect(plan.graphs.maps?.outputs['relu4_1.targets']).toEqual({ to: 'sum' });
  // The graph holds no weights, and no ones of a picture's size.
  expect((await readFile(at('maps/maps.onnx'))).length).toBeLessThan(40_000);
  const same = await exportStep({ config: settings(distil), folder: at('no maps'), split: false });
  expect([same.plan.maps, same.plan.graphs.maps]).toEqual([undefined, undefined]);
});

it('leaves no plan of an earlier export beside new graphs, and says in a line what it cannot write', async () => {
  const options = { config: settings(), folder: at('half'), split: false };
  await exportStep(options);
  await rm(at('half/sample.onnx'));
  await mkdir(at('half/sample.onnx'));
  const line = (received: string, where: string) =>
    `expected a folder to write into for --export-step but received ${received} (${where})`;
  await expect(exportStep(options)).rejects.toThrow(line('a folder', at('half')));
  expect(await readdir(at('half'))).not.toContain('plan.json');
  const inFile = at('half/joint.onnx');
  await expect(exportStep({ ...options, folder: inFile })).rejects.toThrow(
    line('a path through a file that is no folder', inFile),
  );
});

it('refuses settings that only the trainer in Node supports', async () => {
  const options = { config: settings({ reviveEvery: 300 }), folder: at('own'), split: false };
  await expect(exportStep(options)).rejects.toThrow(
    'expected 0 in an exported step for --revive-every but received 300',
  );
});
