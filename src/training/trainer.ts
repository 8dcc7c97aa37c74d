/** The training loop: batches in, steps, log lines, samples and checkpoints out. Node only. */

import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TrainingError } from '../errors.ts';
import type { RgbImage } from '../images/image.ts';
import { readImage } from '../images/node.ts';
import { stream } from '../random.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { readWeights, writeFileAtomic } from '../weights/node.ts';
import type { WeightMap } from '../weights/safetensors.ts';
import {
  type Checkpoint,
  readCheckpoint,
  readStart,
  type Start,
  statesOf,
  trainedWeights,
  writeCheckpoint,
} from './checkpoint.ts';
import { generatorConfig, type TrainingConfig } from './config.ts';
import { batchIndices, crops, type Dataset, openDataset } from './dataset.ts';
import { sampleSheet } from './samples.ts';
import { type Batch, createSession, lossNetwork, type TrainingSession } from './session.ts';
import { distilScale, teacherPower } from './encoder-stages.ts';
import { exportModel } from './export.ts';
import { layerNames } from '../networks/vgg19.ts';

export const CHECKPOINT_FILE = 'checkpoint.safetensors';

/** What inference loads, with its card `model.json` beside it. */
export const MODEL_FILE = 'model.safetensors';

/** What a run reports while it goes. */
export interface TrainingEvents {
  onMessage?(text: string): void;
  onStep?(progress: Progress): void;
}

export interface Progress {
  /** Steps done, of how many. */
  readonly step: number;
  readonly iterations: number;
  readonly stepsPerSecond: number;
  /** Losses averaged over the last steps. */
  readonly losses: Readonly<Record<string, number>>;
}

export interface TrainingResult {
  readonly step: number;
  readonly hours: number;
  readonly checkpoint: string;
  readonly losses: Readonly<Record<string, number>>;
  /** Whether it ended by `signal` before its last step. */
  readonly interrupted: boolean;
}

export interface TrainingOptions {
  readonly config: TrainingConfig;
  readonly runtime: Runtime;
  /** Go on from `saveDir/checkpoint.safetensors`. */
  readonly resume?: boolean;
  /** Aborting saves a checkpoint and ends the run in order. */
  readonly signal?: AbortSignal;
  readonly events?: TrainingEvents;
}

/** Steps between a divergence and the check that sees it are at most one: losses are looked at after every step. */
export async function train({
  config,
  runtime,
  resume,
  signal,
  events = {},
}: TrainingOptions): Promise<TrainingResult> {
  await mkdir(config.saveDir, { recursive: true });
  const checkpointPath = join(config.saveDir, CHECKPOINT_FILE);
  const previous = resume ? await readCheckpoint(checkpointPath) : undefined;
  const network = generatorConfig(config);
  const data = await openData(config, events);
  const { tensors: lossWeights } = await readWeights(config.lossNetwork);
  const { weights: start, history } = previous
    ? { weights: statesOf(previous.states, 'parameter'), history: previous.history }
    : await startOf(config);
  if (config.stage === 'distil' && previous === undefined) {
    await addDistilScales(start, config, lossWeights, runtime, data);
  }
  const session = await createSession({
    config,
    network,
    lossWeights,
    runtime,
    start,
    ...(previous ? { resumed: previous.states } : {}),
  });
  const meter = new Meter(previous?.losses);
  let hours = previous?.hours ?? 0;
  let step = previous?.step ?? 0;
  let saved = performance.now();
  let exists = previous !== undefined;
  let mark = saved;

  const checkpoint = (): Checkpoint => {
    const { losses } = meter.read();
    return { config, step, hours, states: session.states, losses, history, versions: versions() };
  };

  async function save(): Promise<void> {
    await writeCheckpoint(checkpointPath, checkpoint());
    exists = true;
    saved = performance.now();
  }

  try {
    while (step < config.iterations && !signal?.aborted) {
      const losses = await session.step(step, (draw) => data.batch(step, draw));
      const bad = Object.entries(losses).find(([, value]) => !Number.isFinite(value));
      if (bad !== undefined) throw diverged(bad[0], bad[1], step, checkpointPath, exists);
      step++;
      const now = performance.now();
      hours += (now - mark) / 3_600_000;
      meter.add(losses, (now - mark) / 1000);
      mark = now;
      events.onStep?.({ step, iterations: config.iterations, ...meter.read() });
      if (step % config.logEvery === 0) await log(config, { step, hours, ...meter.read() });
      if (step % config.sampleEvery === 0 && config.stage !== 'distil') {
        await sample(config, session, runtime, data, step);
      }
      if (config.keepEvery > 0 && step % config.keepEvery === 0) {
        await exportModel(checkpoint(), join(config.saveDir, `step-${pad(step)}.safetensors`));
      }
      if (now - saved > config.saveMinutes * 60_000) await save();
      // Lets a signal that came during the step be heard: a session run does not yield by itself.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await save();
    await exportModel(checkpoint(), join(config.saveDir, MODEL_FILE));
    const interrupted = step < config.iterations;
    return { step, hours, checkpoint: checkpointPath, losses: meter.read().losses, interrupted };
  } finally {
    data.close();
    await session.dispose();
  }
}

/** Measures the teacher's layers on a few batches; the factors stay fixed for the whole run. */
async function addDistilScales(
  start: WeightMap,
  config: TrainingConfig,
  lossWeights: WeightMap,
  runtime: Runtime,
  data: Data,
): Promise<void> {
  const loss = lossNetwork(lossWeights, config.lossNetwork);
  const program = await runtime.compile(teacherPower(config, generatorConfig(config), loss));
  const sums: Record<string, number> = {};
  for (let i = 0; i < SCALE_BATCHES; i++) {
    for (const [layer, [power = 0]] of Object.entries(await program.run({ ...data.batch(i, 0) }))) {
      sums[layer] = (sums[layer] ?? 0) + power / SCALE_BATCHES;
    }
  }
  await program.dispose();
  for (const layer of layerNames) {
    const power = sums[layer];
    if (power === undefined) continue;
    start.set(distilScale(layer), { shape: [], data: Float32Array.of(1 / Math.sqrt(power)) });
  }
}

const SCALE_BATCHES = 16;

async function startOf(config: TrainingConfig): Promise<Start> {
  return config.init === undefined ? { weights: new Map(), history: [] } : readStart(config.init);
}

async function openData(config: TrainingConfig, events: TrainingEvents) {
  const only = config.styleList === undefined ? undefined : await readList(config.styleList);
  const open = async (folder: string, label: string, list?: ReadonlySet<string>): Promise<Dataset> => {
    const dataset = await openDataset(folder, {
      shortSide: config.cacheSize,
      minimumSide: Math.min(config.regionMin, config.cropSize),
      cacheDir: join(dirname(config.saveDir), 'cache'),
      ...(list === undefined ? {} : { only: list }),
      onProgress: (done, total) => {
        if (done % 500 === 0) events.onMessage?.(`reading ${label} pictures: ${done} of ${total}`);
      },
    });
    events.onMessage?.(
      `${dataset.names.length} ${label} pictures in ${folder}, ${dataset.skipped.length} skipped`,
    );
    for (const line of dataset.skipped) events.onMessage?.(`skipped ${line}`);
    return dataset;
  };
  const content = await open(config.contentDir, 'content');
  const style = await open(config.styleDir, 'style', only);
  const split = {
    content: holdOut(content.names, config.holdoutContents),
    style: holdOut(style.names, config.holdoutStyles),
  };
  const options = { size: config.cropSize, regionMin: config.regionMin, regionMax: config.regionMax };
  const draw = (dataset: Dataset, kind: 'content' | 'style', step: number, index: number) => {
    const position = step * config.criticSteps + index;
    const pictures = batchIndices(split[kind].train, config.seed, kind, position, config.batchSize);
    return crops(dataset, pictures, stream(config.seed, 'crops', kind, step, index), options);
  };
  return {
    held: { content: split.content.held, style: split.style.held },
    folders: { content: config.contentDir, style: config.styleDir },
    names: { content: content.names, style: style.names },
    batch: (step: number, index: number): Batch => ({
      content: draw(content, 'content', step, index),
      style: draw(style, 'style', step, index),
    }),
    close() {
      content.close();
      style.close();
    },
  };
}

type Data = Awaited<ReturnType<typeof openData>>;

async function readList(path: string): Promise<ReadonlySet<string>> {
  const text = await readFile(path, 'utf8');
  return new Set(
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  );
}

/** Every ⌊n / held⌋-th picture in the order of names is held back: a fixed split that needs no file. */
export function holdOut(names: readonly string[], held: number): { train: number[]; held: number[] } {
  if (held >= names.length) {
    throw new TrainingError({
      expected: `more than ${held} pictures`,
      name: 'a training folder',
      received: `${names.length}`,
      remedy: 'lower --holdout-contents or --holdout-styles',
    });
  }
  const every = held === 0 ? Number.POSITIVE_INFINITY : Math.floor(names.length / held);
  const isHeld = (i: number) => i % every === every - 1 && Math.floor(i / every) < held;
  const all = names.map((_, i) => i);
  return { train: all.filter((i) => !isHeld(i)), held: all.filter(isHeld) };
}

async function sample(
  config: TrainingConfig,
  session: TrainingSession,
  runtime: Runtime,
  data: Data,
  step: number,
): Promise<void> {
  const pick = (kind: 'content' | 'style', count: number): Promise<RgbImage[]> => {
    const held = data.held[kind].length > 0 ? data.held[kind] : data.names[kind].map((_, i) => i);
    const chosen = held.slice(0, count).map((i) => join(data.folders[kind], data.names[kind][i] ?? ''));
    return Promise.all(chosen.map((file) => readImage(file, { shortSide: SAMPLE_SIZE })));
  };
  const png = await sampleSheet(await pick('content', 4), await pick('style', 8), SAMPLE_SIZE, {
    weights: trainedWeights(session.states),
    network: generatorConfig(config),
    runtime,
    autoencode: config.stage === 'autoencode',
  });
  await writeFileAtomic(join(config.saveDir, 'samples', `step-${pad(step)}.png`), png);
}

/** Side of the pictures on a sample sheet, in pixels. */
const SAMPLE_SIZE = 256;

function diverged(
  loss: string,
  value: number,
  step: number,
  checkpoint: string,
  exists: boolean,
): TrainingError {
  const good = exists ? `the last good checkpoint is ${checkpoint}` : 'there is no checkpoint yet';
  return new TrainingError({
    expected: 'a finite number',
    name: `loss ${loss} at step ${step + 1}`,
    received: `${value}`,
    remedy: `lower --learning-rate or --clip; ${good}`,
  });
}

async function log(config: TrainingConfig, line: object): Promise<void> {
  await appendFile(join(config.saveDir, 'log.jsonl'), `${JSON.stringify(line)}\n`);
}

function versions(): Checkpoint['versions'] {
  return { node: process.versions.node };
}

function pad(step: number): string {
  return String(step).padStart(7, '0');
}

/** Running means of losses and step time. */
class Meter {
  private readonly losses: Record<string, number>;
  private seconds = 0;
  private count = 0;

  /** `start` is what a run shows that has no step left to do. */
  constructor(start: Readonly<Record<string, number>> = {}) {
    this.losses = { ...start };
  }

  add(losses: Readonly<Record<string, number>>, seconds: number): void {
    this.count++;
    // A plain mean at first, then an exponential one over about fifty steps.
    const weight = Math.max(1 / this.count, 0.02);
    for (const [name, value] of Object.entries(losses)) {
      this.losses[name] = (this.losses[name] ?? value) * (1 - weight) + value * weight;
    }
    this.seconds = this.seconds * (1 - weight) + seconds * weight;
  }

  read() {
    return { stepsPerSecond: 1 / this.seconds, losses: { ...this.losses } };
  }
}
