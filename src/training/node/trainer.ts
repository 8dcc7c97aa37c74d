/** The training loop: it turns batches into steps, log lines, samples and checkpoints. Node only. */

import { join } from 'node:path';
import { SettingError, TrainingError } from '../../errors.ts';
import { messageOf } from '../../thrown.ts';
import { defined } from '../../defined.ts';
import { middleSquare, type RgbImage } from '../../images/image.ts';
import { readImage } from '../../images/node/image-file.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { LayerRecord } from '../../networks/network-card.ts';
import { readLossNetwork } from '../../networks/node/loss-network-file.ts';
import { writeFileAtomic } from '../../files/write.ts';
import type { WeightMap } from '../../weights/safetensors.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { statesOf, trainedWeights } from '../adam.ts';
import { shellWord } from '../command-line.ts';
import { generatorConfig, parseTrainingConfig, type TrainingConfig } from '../config.ts';
import { paints, picturesPerStep } from '../stage-graph.ts';
import { describeDormant, findDormant, revive } from '../dormant.ts';
import { FIT_EVERY, fitMaps, type MapForm } from '../distil-maps.ts';
import { exportModel } from './export-model.ts';
import { asleepByLayer, exportNetwork, measureLayers } from './export-network.ts';
import { LossWatch, watchedLosses } from '../loss-watch.ts';
import { openPictures, type TrainingPictures } from './training-pictures.ts';
import { CHECKPOINT_FILE, changedVersions, openRunFolder, versions } from './run-folder.ts';
import { BLANK_SHEETS, SAMPLE_SIZE, sampleSheet } from './samples.ts';
import { createSession } from '../session.ts';
import { addDistilScales, checkWeights, readStartingWeights } from './start.ts';

/** Callbacks for the reports of a run. */
export interface TrainingEvents {
  onMessage?(text: string): void;
  onStep?(progress: Progress): void;
}

export interface Progress {
  /** Steps done, out of `iterations`. */
  readonly step: number;
  readonly iterations: number;
  readonly stepsPerSecond: number;
  /** Running means of the losses. */
  readonly losses: Readonly<Record<string, number>>;
}

export interface TrainingResult {
  readonly step: number;
  readonly hours: number;
  readonly checkpoint: string;
  readonly losses: Readonly<Record<string, number>>;
  /** Whether `signal` ended the run before its last step. */
  readonly interrupted: boolean;
}

export interface TrainingOptions {
  readonly config: TrainingConfig;
  /** The caller makes it from `config.device` and `config.threads`. */
  readonly runtime: Runtime;
  /** Continue from `saveDir/checkpoint.safetensors`. */
  readonly resume?: boolean;
  /** Begin a new run in a folder that holds one, and lose its checkpoint. */
  readonly overwrite?: boolean;
  /** Aborting saves a checkpoint and ends; if losses are well above their best, the last checkpoint stays. */
  readonly signal?: AbortSignal;
  readonly events?: TrainingEvents;
}

/**
 * Trains one stage.
 *
 * @throws SettingError if `saveDir` holds a run and neither `resume` nor `overwrite` is given; WeightsError
 *   for weights that do not fit; TrainingError for unusable pictures, a loss that is not finite or has
 *   diverged (it names the loss and the last good checkpoint), or samples of one colour on three sheets in a
 *   row; the signal's reason if aborted before the first step
 */
export async function train(options: TrainingOptions): Promise<TrainingResult> {
  checkTraining(options);
  const { runtime, signal, events = {} } = options;
  const config = parseTrainingConfig(options.config);
  const network = generatorConfig(config);
  const previous = options.resume ? await readCheckpoint(join(config.saveDir, CHECKPOINT_FILE)) : undefined;
  const loss = await readLossNetwork(config.lossNetwork);
  const { weights: start, history } = previous
    ? { weights: statesOf(previous.states, 'parameter'), history: previous.history }
    : await readStartingWeights(config);
  const built = checkWeights(config, network, loss, start, previous?.states);
  const folder = await openRunFolder(config.saveDir, {
    resumeAt: previous?.step,
    overwrite: options.overwrite,
  });
  const opening = async (): Promise<TrainingPictures> => {
    for (const line of changedVersions(previous?.versions)) events.onMessage?.(line);
    return openPictures(config, { signal, onMessage: (text) => events.onMessage?.(text) });
  };
  const pictures = await opening().catch(async (error: unknown) => {
    await folder.close();
    throw error;
  });
  try {
    if (config.stage === 'distil' && previous === undefined) {
      await addDistilScales(start, config, network, loss, runtime, (step) => pictures.batch(step, 0));
    }
    const asleep = (weights: WeightMap) =>
      findDormant(weights, config, network, runtime, (step) => pictures.batch(step, 0));
    const resumed = previous === undefined ? {} : { resumed: previous.states };
    const inputs = { config, network, loss, runtime, start, ...resumed };
    const session = await createSession({ ...inputs, ...defined({ built }) });
    if (session.fresh.length > 0 && start.size > 0) {
      events.onMessage?.(`${session.fresh.length} parameters start at random, ${session.fresh[0]} first`);
    }
    const wake = async (step: number): Promise<void> => {
      let first = 0;
      for (let round = 0; round < 4; round++) {
        const dormant = await asleep(statesOf(session.states, 'parameter'));
        const count = revive(session.states, dormant, config, network, 4 * step + round);
        if (round === 0) first = count;
        if (count === 0) break;
      }
      events.onMessage?.(`step ${step}: ${first} units that never fired begin anew`);
    };
    const watch = new LossWatch(config.divergence, watchedLosses(config), previous?.losses);
    let hours = previous?.hours ?? 0;
    let step = previous?.step ?? 0;
    let drawn = previous?.pictures ?? 0;
    /** The step of the checkpoint on disk. */
    let good = previous?.step;
    let saved = performance.now();
    let mark = saved;
    let blankSheets = 0;

    const checkpoint = (): Checkpoint => {
      const { losses } = watch.read();
      return {
        config,
        step,
        hours,
        pictures: drawn,
        states: session.states,
        losses,
        history,
        versions: versions(),
      };
    };
    const solveMaps = (states: WeightMap, kind: 'parameter' | 'average', form: MapForm, from: number) =>
      fitMaps(states, kind, form, config, network, loss, runtime, (i) => pictures.batch(from + i, 0));
    const measured = async (weights: WeightMap): Promise<Record<string, LayerRecord>> => {
      const { content, style } = pictures.heldBack;
      const seen = await squares([...content, ...style]);
      const errors = await measureLayers(weights, network, loss, runtime, seen);
      const sleeping = asleepByLayer(await asleep(weights));
      const layers = Object.entries(errors).map(([layer, values]) => {
        return [layer, { ...values, ...(sleeping[layer] ?? { asleep: 0, units: 0 }) }] as const;
      });
      return Object.fromEntries(layers);
    };
    /** A distillation makes a loss network, every other stage a generator. */
    const publish = async (path: string): Promise<void> => {
      if (config.stage !== 'distil') return exportModel(checkpoint(), path);
      // A copy, since the run continues with its own averages.
      const states: WeightMap = new Map(session.states);
      await solveMaps(states, 'average', 'least-squares', step);
      const weights = trainedWeights(states);
      let layers: Record<string, LayerRecord> = {};
      await attempt('measuring the network for its card', async () => {
        layers = await measured(weights);
      });
      await solveMaps(states, 'average', 'marginal', step);
      await exportNetwork({ ...checkpoint(), states }, path, layers);
    };
    /** What can be done again later must not end a run. */
    const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        if (error instanceof TrainingError) throw error;
        events.onMessage?.(`step ${step}: ${what} failed: ${reasonOf(error)}; the run goes on`);
      }
    };
    const save = async (): Promise<void> => {
      await writeCheckpoint(folder.checkpoint, checkpoint());
      good = step;
      saved = performance.now();
    };

    try {
      // From here on an earlier run in the folder is lost.
      signal?.throwIfAborted();
      await folder.begin();
      while (step < config.iterations && !signal?.aborted) {
        const { reviveEvery, iterations } = config;
        if (reviveEvery > 0 && step % reviveEvery === 0 && step < (2 / 3) * iterations) {
          await attempt('reviving units', () => wake(step));
        }
        if (config.stage === 'distil' && step % FIT_EVERY === 0)
          await solveMaps(session.states, 'parameter', 'least-squares', step);
        const losses = await session.step(step, (draw) => pictures.batch(step, draw));
        const seconds = (performance.now() - mark) / 1000;
        mark = performance.now();
        step++;
        drawn += picturesPerStep(config);
        hours += seconds / 3600;
        watch.see(losses, seconds, step, advice(folder.checkpoint, good));
        events.onStep?.({ step, iterations: config.iterations, ...watch.read() });
        if (step % config.logEvery === 0) {
          await attempt('its line in the log', () =>
            folder.log({ step, hours, waited: pictures.waited, ...watch.read() }),
          );
        }
        if (step % config.sampleEvery === 0 && config.stage !== 'distil') {
          await attempt('the sheet of samples', () => sample(step));
        }
        if (config.keepEvery > 0 && step % config.keepEvery === 0) {
          await attempt('keeping the weights', () => publish(folder.kept(step)));
        }
        if (watch.healthy && performance.now() - saved > config.saveMinutes * 60_000) {
          await attempt('the checkpoint', save);
          saved = performance.now();
        }
        // Yields so that a signal that came during the step takes effect: runs do not yield by themselves.
        await new Promise((resolve) => setImmediate(resolve));
      }
      const interrupted = step < config.iterations;
      if (interrupted && !watch.healthy && good !== undefined) {
        events.onMessage?.(
          `step ${step}: losses are well above their best; the checkpoint of step ${good} stays`,
        );
        return { step: good, hours, checkpoint: folder.checkpoint, losses: watch.read().losses, interrupted };
      }
      await save();
      await publish(folder.model).catch((cause: unknown) => {
        throw unexported(folder.model, config, cause);
      });
      await attempt('the search for units that never fire', async () => {
        const warning = describeDormant(await asleep(trainedWeights(session.states)));
        if (warning === undefined) return;
        events.onMessage?.(`${warning}; begin again from here with --init and --revive-every`);
      });
      return { step, hours, checkpoint: folder.checkpoint, losses: watch.read().losses, interrupted };
    } finally {
      await session.dispose();
    }

    async function sample(step: number): Promise<void> {
      const read = (files: readonly (string | Uint8Array)[], count: number) =>
        Promise.all(files.slice(0, count).map((file) => readImage(file, { shortSide: SAMPLE_SIZE })));
      const { content, style } = pictures.heldBack;
      const { png, blank } = await sampleSheet(await read(content, 4), await read(style, 8), SAMPLE_SIZE, {
        weights: trainedWeights(session.states),
        network,
        runtime,
        autoencode: !paints(config, network),
      });
      await writeFileAtomic(folder.sample(step), png);
      blankSheets = blank ? blankSheets + 1 : 0;
      if (blankSheets < BLANK_SHEETS) return;
      throw new TrainingError({
        expected: 'pictures',
        name: `the samples at step ${step}`,
        received: `one colour each, as on the ${BLANK_SHEETS - 1} sheets before: the network has collapsed`,
        remedy: `begin anew, lower --learning-rate or --style-weight, or start from an autoencode stage by --init`,
      });
    }
  } finally {
    await pictures.close();
    await folder.close();
  }
}

/** @throws SettingError for what programs without a type checker may give */
function checkTraining(options: unknown): void {
  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
  const needed = { config: 'training settings', runtime: 'a runtime from createRuntime' };
  for (const [name, expected] of Object.entries(needed)) {
    const value: unknown = isObject(options) ? Reflect.get(options, name) : undefined;
    if (!isObject(value)) throw new SettingError({ expected, name, received: String(value) });
  }
}

function unexported(model: string, { saveDir }: TrainingConfig, cause: unknown): TrainingError {
  const problem = { expected: 'a model that can be written', name: model, received: reasonOf(cause) };
  const again = `wasserfarbe train --resume --save-dir ${shellWord(saveDir)}`;
  const remedy = `the run is finished and its checkpoint saved: ${again} writes the model anew`;
  return new TrainingError({ ...problem, remedy }, { cause });
}

function reasonOf(error: unknown): string {
  const message = messageOf(error);
  return message.split('\n', 1)[0] ?? '';
}

/** The central squares of pictures at the size of samples. */
async function squares(files: readonly (string | Uint8Array)[]): Promise<RgbImage[]> {
  const images = await Promise.all(files.map((file) => readImage(file, { shortSide: SAMPLE_SIZE })));
  return images.map((image) => middleSquare(image, SAMPLE_SIZE));
}

function advice(checkpoint: string, good: number | undefined): string {
  const place =
    good !== undefined ? `the last good checkpoint is ${checkpoint}` : 'there is no checkpoint yet';
  return `lower --learning-rate or --clip; ${place}`;
}
