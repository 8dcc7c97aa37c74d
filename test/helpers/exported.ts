/** An exported step compared with its session: the same start and inputs, and both ways to run it. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { input } from '../../src/graph/ops/sources.ts';
import { elementCount, type Shape } from '../../src/graph/shape.ts';
import { inputShapes, type Outputs } from '../../src/graph/tensor.ts';
import { readLossNetwork } from '../../src/networks/node/loss-network-file.ts';
import { layerNames, vgg19 } from '../../src/networks/vgg19.ts';
import { Variables } from '../../src/networks/parameters.ts';
import { stream } from '../../src/random.ts';
import { createRuntime } from '../../src/runtime/node/onnxruntime.ts';
import type { Feeds, Runtime } from '../../src/runtime/runtime.ts';
import { stateName, statesOf } from '../../src/training/adam.ts';
import { generatorConfig, type TrainingConfig } from '../../src/training/config.ts';
import { FIT_EVERY, fitMaps } from '../../src/training/distil-maps.ts';
import { distilScale } from '../../src/training/encoder-stages.ts';
import { STATE_FILE } from '../../src/training/node/export-step.ts';
import { openModel } from '../../src/stylize/node/models.ts';
import { createSession } from '../../src/training/session.ts';
import { readWeights, writeWeights } from '../../src/weights/node/weights-file.ts';
import type { WeightMap } from '../../src/weights/safetensors.ts';
import { root } from './package.ts';
import { drawnImage } from './pictures.ts';
import { uniform } from './numbers.ts';

/** Losses of each step. */
export type LossLines = Readonly<Record<string, number>>[];

/**
 * A loss network that fp16 holds exactly: the encoder of the shipped model, and random layers below relu4_1.
 * With random weights only, gradients would be so steep that rounding alone changes losses within a few
 * steps.
 */
export async function writeHalfLossNetwork(path: string): Promise<void> {
  const config = { widths: [16, 32, 64, 128, 128], preprocessing: 'centred' } as const;
  const variables = new Variables();
  vgg19(input('x', [1, 3, 32, 32]), variables, config, layerNames);
  const weights = variables.initialise(stream(5, 'weights'));
  const { tensors } = await readWeights(join(root, 'models', 'slim.safetensors'));
  for (const name of weights.keys()) {
    const trained = tensors.get(`encoder.${name}`);
    if (trained !== undefined) weights.set(name, trained);
  }
  await writeWeights(path, weights, { dtype: 'F16' });
  const card = { configuration: { preprocessing: config.preprocessing } };
  await writeFile(path.replace(/safetensors$/, 'json'), JSON.stringify(card));
}

/**
 * A start that fp16 holds exactly: a trained model. Untrained networks paint almost nothing, and rounding
 * alone would change that within a few steps.
 */
export async function writeHalfStart(path: string, model: string): Promise<void> {
  const tensors = new Map((await openModel(model)).weights);
  await writeWeights(path, tensors, { dtype: 'F16' });
}

/**
 * Drawn pictures with grain, different for each step and draw. Features of smooth ones hardly vary, and
 * losses divide by the variation.
 */
export function drawnBatch({ batchSize, cropSize }: TrainingConfig, step: number, draw: number) {
  const pictures = (kind: number) => {
    const seed = 1000 * kind + 50 * step + 10 * draw;
    const all = Array.from({ length: batchSize }, (_, i) => {
      const { data } = drawnImage(seed + i, cropSize, cropSize);
      const grain = uniform(seed + i, data.length, 0, 0.4);
      return data.map((value, k) => 0.6 * value + (grain[k] ?? 0));
    });
    return Float32Array.from(all.flatMap((data) => [...data]));
  };
  return { content: pictures(1), style: pictures(2) };
}

/**
 * Trains in Node from the state that was exported into `folder`. Returns losses and every drawn input. A
 * distillation's maps are solved before every `fitEvery` steps.
 */
export async function trainRecorded(
  config: TrainingConfig,
  folder: string,
  steps: number,
  { split = false, fitEvery = FIT_EVERY } = {},
) {
  const recorded: WeightMap = new Map();
  let [step, part] = [0, 0];
  const runtime = createRuntime({ device: 'cpu', threads: 1 });
  const recording: Runtime = {
    ...runtime,
    async compile<K extends string>(outputs: Readonly<Record<K, Outputs[string]>>) {
      const program = await runtime.compile(outputs);
      const shapes = inputShapes(outputs);
      const run = (feeds: Feeds) => {
        for (const [name, data] of Object.entries(feeds)) {
          if (DRAWN.test(name))
            recorded.set(`${step}/${part}/${name}`, { shape: shapes.get(name) ?? [], data });
        }
        part += split ? 2 : 1;
        return program.run(feeds);
      };
      return { ...program, run };
    },
  };
  const { tensors } = await readWeights(join(folder, STATE_FILE));
  if (config.stage === 'distil') {
    // As if the teacher had been measured: both go on with the same scales.
    const scale = { shape: [], data: Float32Array.of(0.5) };
    for (const layer of layerNames) tensors.set(stateName('parameter', distilScale(layer)), scale);
    await writeWeights(join(folder, STATE_FILE), tensors);
  }
  const [network, loss] = [generatorConfig(config), await readLossNetwork(config.lossNetwork)];
  const session = await createSession({
    config,
    network,
    loss,
    runtime: recording,
    start: statesOf(tensors, 'parameter'),
  });
  const losses: LossLines = [];
  const shape = [config.batchSize, 3, config.cropSize, config.cropSize];
  const batch = (at: number) => {
    const drawn = drawnBatch(config, at, 0);
    for (const [kind, data] of Object.entries(drawn)) recorded.set(`maps/${at}/${kind}`, { shape, data });
    return drawn;
  };
  const solve = (from: number) =>
    fitMaps(session.states, 'parameter', 'least-squares', config, network, loss, runtime, (i) =>
      batch(from + i),
    );
  for (; step < steps; step++) {
    if (config.stage === 'distil' && step % fitEvery === 0) await solve(step);
    part = 0;
    losses.push(await session.step(step, (draw) => drawnBatch(config, step, draw)));
  }
  await runtime.dispose();
  return { losses, recorded, states: session.states };
}

/** Names of a step's drawn inputs, except scalars. */
const DRAWN = /^(content|style|share|(positions|patches|directions|noise|mix)\b.*)$/;

/** The losses that the loop wrote for each step. */
export async function readLosses(run: string): Promise<LossLines> {
  const text = await readFile(join(run, 'losses.jsonl'), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line).losses);
}

/** Losses that differ by more than `tolerance` of their value, or of 0.1 if they are smaller. */
export function lossesApart(actual: LossLines, expected: LossLines, tolerance: number): string[] {
  return expected.flatMap((line, step) =>
    Object.entries(line).flatMap(([name, value]) => {
      const other = actual[step]?.[name] ?? Number.NaN;
      const near = Math.abs(other - value) <= tolerance * Math.max(Math.abs(value), 0.1);
      return near ? [] : [`step ${step + 1}, ${name}: ${other} for ${value}`];
    }),
  );
}

/** The elements of batch rows `from` to `to` of a recorded tensor that holds `levels` batches in sequence. */
export function rowsOf(data: Float32Array, shape: Shape, levels: number, from: number, to: number) {
  const [rows = 1, ...rest] = shape;
  const [size, each] = [elementCount(rest), rows / levels];
  const parts = Array.from({ length: levels }, (_, l) =>
    data.subarray((l * each + from) * size, (l * each + to) * size),
  );
  return {
    shape: [levels * (to - from), ...rest],
    data: Float32Array.from(parts.flatMap((part) => [...part])),
  };
}
