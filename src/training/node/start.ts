/** The start of a run: weights of an earlier stage or of a VGG-19, and initial measurements. Node only. */

import { defined } from '../../defined.ts';
import { SettingError, WeightsError } from '../../errors.ts';
import { unfoldAttention } from '../../networks/fold.ts';
import type { GeneratorConfig } from '../../networks/settings.ts';
import { ENCODER } from '../../networks/generator.ts';
import { layerNames } from '../../networks/vgg19.ts';
import type { LossNetwork } from '../../networks/loss-network.ts';
import { EYE, lossNetworkPath } from '../../networks/node/loss-network-file.ts';
import { readNetwork } from '../../networks/node/network-file.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { WeightMap } from '../../weights/safetensors.ts';
import { isForeign } from '../../weights/node/weights-file.ts';
import { readStart, type Start } from './checkpoint.ts';
import { generatorConfig, type TrainingConfig } from '../config.ts';
import { distilScale, teacherPower } from '../encoder-stages.ts';
import type { Batch } from '../session.ts';
import { buildStep, type TrainingStep } from '../step.ts';
import { summedOver } from '../sums.ts';

/**
 * Weights and history of `init`, with those of `encoder` under the encoder's names. If neither has an
 * encoder, the eye's is used. Parameters named by `renew` are left out.
 *
 * @throws SettingError if `renew` names none; WeightsError for weights that are no start
 */
export async function readStartingWeights(config: TrainingConfig): Promise<Start> {
  const none: Start = { weights: new Map(), history: [] };
  const init = config.init === undefined ? none : await readStart(config.init, '--init');
  if (config.init !== undefined) checkInit(init.weights, config.init);
  const named = config.encoder ?? (needsEncoder(config, init.weights) ? EYE : undefined);
  const encoder = named === undefined ? none : await readEncoder(named, generatorConfig(config).encoder);
  const whole = unfoldAttention(new Map([...init.weights, ...encoder.weights]));
  const renewed = renewedBy(config, [...whole.keys()]);
  const kept = [...whole].filter(([name]) => !renewed.some((start) => name.startsWith(start)));
  const known = new Set(init.history.map(({ command }) => command));
  const taught = encoder.history.filter(({ command }) => !known.has(command));
  return { weights: new Map(kept), history: [...init.history, ...taught] };
}

/**
 * Refuses an encoder alone, whose names have no prefixes: as a start it would be ignored,
 * and everything be random.
 */
function checkInit(weights: WeightMap, path: string): void {
  if ([...weights.keys()].some((name) => !/^conv\d/.test(name))) return;
  throw new WeightsError({
    expected: 'a checkpoint, or the weights of a generator',
    name: 'init',
    received: 'an encoder alone',
    where: path,
    remedy: 'give it as the encoder (--encoder)',
  });
}

/** The beginnings of names that `renew` lists. One that no parameter has would renew nothing, unnoticed. */
function renewedBy({ renew = '' }: TrainingConfig, names: readonly string[]): string[] {
  const starts = renew
    .split(',')
    .map((start) => start.trim())
    .filter((start) => start !== '');
  const unknown = starts.find((start) => !names.some((name) => name.startsWith(start)));
  if (unknown === undefined) return starts;
  const parts = new Set(names.map((name) => name.replace(/\..*/s, '.')));
  throw new SettingError({
    expected: 'beginnings of names of parameters',
    name: '--renew',
    received: unknown,
    remedy: `those of the start begin with ${[...parts].sort().join(', ')}`,
  });
}

/** A distillation makes an encoder; every other stage begins with one. */
function needsEncoder(config: TrainingConfig, weights: WeightMap): boolean {
  return config.stage !== 'distil' && ![...weights.keys()].some((name) => name.startsWith(ENCODER));
}

/**
 * The encoder of a checkpoint or model, of the eye, or of a VGG-19 by any program.
 *
 * @param form what the generator makes of it
 * @throws WeightsError if the file wants pictures in another form, or has heads that would be left out
 */
async function readEncoder(path: string, form: GeneratorConfig['encoder']): Promise<Start> {
  const file = lossNetworkPath(path);
  if (!(await isForeign(file))) {
    const { weights, history } = await readStart(file, '--encoder');
    const own = [...weights].filter(([name]) => name.startsWith(ENCODER));
    if (own.length > 0) return { weights: new Map(own), history };
  }
  const { weights, preprocessing = form.preprocessing } = await readNetwork(file, '--encoder');
  const words = (before: string, hasHeads: boolean) =>
    `preprocessing ${before}, ${hasHeads ? '' : 'no '}heads`;
  const expected = words(form.preprocessing, form.heads !== undefined);
  const received = words(preprocessing, weights.has('conv1_1_aux.weight'));
  if (received !== expected) {
    throw new WeightsError({
      expected,
      name: '--encoder',
      received,
      where: file,
      remedy: 'take another preset',
    });
  }
  return { weights: new Map([...weights].map(([name, tensor]) => [ENCODER + name, tensor])), history: [] };
}

/**
 * Builds the graphs of a run once, without compiling them: what does not fit is found before any picture is
 * read.
 *
 * @returns the step of the run; a distillation still has to measure its scales on pictures
 * @throws WeightsError for a loss network or a start that does not fit
 */
export function checkWeights(
  config: TrainingConfig,
  network: GeneratorConfig,
  loss: LossNetwork,
  start: WeightMap,
  resumed: WeightMap | undefined,
): TrainingStep | undefined {
  if (config.stage !== 'distil') return buildStep({ config, network, loss, start, ...defined({ resumed }) });
  teacherPower(config, network, loss);
  return undefined;
}

/** Measures the teacher's layers on a few batches and adds the scales, which stay fixed for the whole run. */
export async function addDistilScales(
  start: WeightMap,
  config: TrainingConfig,
  network: GeneratorConfig,
  loss: LossNetwork,
  runtime: Runtime,
  batch: (step: number) => Batch | Promise<Batch>,
): Promise<void> {
  const outputs = teacherPower(config, network, loss);
  const sums = await summedOver(outputs, runtime, SCALE_BATCHES, async (i) => ({
    ...(await batch(i)),
  }));
  for (const layer of layerNames) {
    const sum = sums.get(layer)?.[0];
    if (sum === undefined) continue;
    start.set(distilScale(layer), { shape: [], data: Float32Array.of(1 / Math.sqrt(sum / SCALE_BATCHES)) });
  }
}

/** Batches on which the teacher's layers are measured. */
export const SCALE_BATCHES = 16;
