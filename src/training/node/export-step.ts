/**
 * Export of a run's step for training in another runtime: graphs, states and plan, see
 * `step-plan.ts`. Node only.
 */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { flagName } from '../../flag-name.ts';
import { SettingError, TrainingError } from '../../errors.ts';
import { sameShape } from '../../graph/shape.ts';
import { input } from '../../graph/ops/sources.ts';
import { inputShapes, type Outputs } from '../../graph/tensor.ts';
import { readLossNetwork } from '../../networks/node/loss-network-file.ts';
import { frozen, FrozenInputs, type Parameters, Variables } from '../../networks/parameters.ts';
import { type LayerName, layerNames } from '../../networks/vgg19.ts';
import { encodeOnnx } from '../../graph/onnx.ts';
import { writeWeights } from '../../weights/node/weights-file.ts';
import { knownFileError } from '../../files/read.ts';
import { writeFileAtomic } from '../../files/write.ts';
import { overflowsHalf } from '../../weights/half.ts';
import type { WeightMap } from '../../weights/safetensors.ts';
import { stateName, statesOf } from '../adam.ts';
import type { Checkpoint } from './checkpoint.ts';
import { generatorConfig, type TrainingConfig } from '../config.ts';
import { criticStepsAhead, criticStepsOf, paints } from '../stage-graph.ts';
import { mapOutputs, type MapSums, mapSums, planOfMaps } from '../distil-maps.ts';
import { distilScale, taughtLayers, teacherPower } from '../encoder-stages.ts';
import { PATIENCE, SUSPICIOUS, watchedLosses, WEIGHT } from '../loss-watch.ts';
import { type Destination, type Plan, planSchema, type Source } from '../step-plan.ts';
import { BLANK_SHEETS, FLAT, SAMPLE_SIZE, sampleGraph } from './samples.ts';
import {
  buildStep,
  GRADIENT,
  type Group,
  groupsOf,
  LOSS,
  NEXT,
  originOf,
  type TrainingStep,
} from '../step.ts';
import { trains } from '../stages.ts';
import { readStartingWeights, SCALE_BATCHES } from './start.ts';
import { versions } from './run-folder.ts';

/** Files of an exported step, beside its graphs. */
const PLAN_FILE = 'plan.json';
export const STATE_FILE = 'state.safetensors';

export interface ExportStepOptions {
  readonly config: TrainingConfig;
  /** Folder to write into; existing files are overwritten. */
  readonly folder: string;
  /** Whether gradients and updates are separate graphs, for several processes. */
  readonly split: boolean;
  /** The run to continue. */
  readonly previous?: Checkpoint | undefined;
}

/** Result of an export. */
export interface ExportedStep {
  readonly plan: Plan;
  readonly files: readonly string[];
}

/**
 * Writes the step that {@link train} would run, without opening pictures or running anything. Weights
 * are stored in fp16. Moments are stored in float32, since they lie below the range of fp16, and not
 * at all if they are zero.
 *
 * @throws WeightsError for weights that do not fit; SettingError for settings of this trainer alone;
 *   TrainingError if the folder cannot be written
 */
export async function exportStep(options: ExportStepOptions): Promise<ExportedStep> {
  return writeStep(options).catch((cause: unknown) => {
    const received = knownFileError(cause);
    if (received === undefined) throw cause;
    const problem = { expected: 'a folder to write into', name: '--export-step', where: options.folder };
    throw new TrainingError({ ...problem, received }, { cause });
  });
}

async function writeStep(options: ExportStepOptions): Promise<ExportedStep> {
  const { config, folder, split, previous } = options;
  refuseOwn(config);
  const network = generatorConfig(config);
  const loss = await readLossNetwork(config.lossNetwork);
  const { weights: start, history } = previous
    ? { weights: statesOf(previous.states, 'parameter'), history: previous.history }
    : await readStartingWeights(config);
  // As in Node, every new distillation measures its teacher, whatever its start has learnt from.
  if (previous === undefined && config.stage === 'distil') {
    for (const layer of layerNames) start.delete(distilScale(layer));
  }
  const known = new FrozenInputs();
  for (const [name, tensor] of start) if (!trains(config, name)) known.add(name, tensor);
  const seen = { ...loss, parameters: known.of(loss.parameters, FROZEN) };
  const constants = known.of(withScalesToCome(start, config), '');
  const step = buildStep({
    config,
    network,
    start,
    constants,
    loss: seen,
    ...(previous === undefined ? {} : { resumed: previous.states }),
  });

  // The plan is written last, so that none stands beside graphs of another export.
  await rm(join(folder, PLAN_FILE), { force: true });
  const graphs: Plan['graphs'] = {};
  const files: string[] = [];
  const write = async (name: string, outputs: Outputs, rename = (state: string) => state): Promise<void> => {
    const file = `${name}.onnx`;
    await writeFileAtomic(join(folder, file), encodeOnnx(outputs));
    const inputs = Object.fromEntries(
      [...inputShapes(outputs).keys()].map((x) => [x, sourceOf(x, step, rename)]),
    );
    const results = Object.fromEntries(Object.keys(outputs).map((x) => [x, destinationOf(x)]));
    graphs[name] = { file, inputs, outputs: results };
    files.push(file);
  };
  const order: Plan['order'] = [];
  const addToOrder = async (
    name: string,
    groups: readonly Group[],
    draws: readonly number[],
  ): Promise<void> => {
    const parts = split ? step.halves(groups) : { [name]: step.whole(groups) };
    const prefix = split && name !== 'joint' ? `${name}-` : '';
    for (const [part, outputs] of Object.entries(parts)) await write(prefix + part, outputs);
    for (const draw of draws) {
      const place = (group: Group) =>
        group === 'critic' && draw === 0 ? criticStepsOf(config) : Math.max(1, draw);
      const updates = Object.fromEntries(groups.map((group) => [group, place(group)]));
      for (const part of Object.keys(parts)) order.push({ graph: prefix + part, draw, updates });
    }
  };
  const alone = Array.from({ length: step.groups.critic ? criticStepsAhead(config) : 0 }, (_, i) => i + 1);
  if (alone.length > 0) await addToOrder('critic', ['critic'], alone);
  await addToOrder('joint', groupsOf(step, config), [0]);

  const distils = config.stage === 'distil';
  const maps = distils
    ? mapSums(config, network, trainedOr(constants, config), seen, step.states)
    : new Map<LayerName, MapSums>();
  if (maps.size > 0) await write('maps', mapOutputs(maps));
  if (distils) await write('scales', teacherPower(config, network, seen));
  else {
    const autoencode = !paints(config, network);
    const averaged = (state: string) => {
      const average = state.replace(/^parameter\//, stateName('average', ''));
      return step.states.has(average) ? average : state;
    };
    await write('sample', sampleGraph(network, new Variables(), SAMPLE_SIZE, autoencode), averaged);
  }

  const states = new Map([...step.states, ...[...known.values].filter(([name]) => name.startsWith(FROZEN))]);
  await writeWeights(join(folder, STATE_FILE), worthStoring(states), {
    dtype: (name) => (isMoment(name) || states.get(name)?.data.some(overflowsHalf) ? 'F32' : 'F16'),
  });
  const shapes = [...states].map(([name, { shape }]) => [name, [...shape]] as const);
  const scales = distils
    ? taughtLayers(network).map((layer) => stateName('parameter', distilScale(layer)))
    : [];
  const plan = planSchema.parse({
    format: 'wasserfarbe step 1',
    config,
    step: previous?.step ?? 0,
    hours: previous?.hours ?? 0,
    pictures: previous?.pictures ?? 0,
    losses: previous?.losses ?? {},
    history,
    versions: versions(),
    split,
    graphs,
    order,
    groups: groupsOfPlan(step, config),
    states: Object.fromEntries([...shapes, ...scales.map((name) => [name, []] as const)]),
    crops: {
      size: config.cropSize,
      regionMin: config.regionMin,
      regionMax: config.regionMax,
      mirrored: config.mirror ? 0.5 : 0,
      square: config.resize === 'square' ? config.cacheSize : 0,
      shortSide: config.cacheSize,
      reduce: 'lanczos3',
      enlarge: 'catmull-rom',
    },
    divergence: {
      limit: config.divergence,
      falling: watchedLosses(config).source,
      patience: PATIENCE,
      suspicious: SUSPICIOUS,
      weight: WEIGHT,
    },
    ...(distils ? { scales: { graph: 'scales', batches: SCALE_BATCHES } } : {}),
    ...(maps.size === 0 ? {} : { maps: planOfMaps([...maps.keys()]) }),
    ...(distils ? {} : { sample: { graph: 'sample', size: SAMPLE_SIZE, flat: FLAT, blank: BLANK_SHEETS } }),
  });
  await writeFileAtomic(
    join(folder, PLAN_FILE),
    new TextEncoder().encode(`${JSON.stringify(plan, null, 1)}\n`),
  );
  return { plan, files: [...files, STATE_FILE, PLAN_FILE] };
}

/** Refuses settings that would have no effect elsewhere. */
function refuseOwn({ reviveEvery, keepEvery }: TrainingConfig): void {
  for (const [name, value] of Object.entries({ reviveEvery, keepEvery })) {
    if (value === 0) continue;
    throw new SettingError({
      expected: '0 in an exported step',
      name: `--${flagName(name)}`,
      received: `${value}`,
      remedy: 'only the trainer in Node does that: leave it out, or train there',
    });
  }
}

/** Prefix of the loss network's tensors, which belong to no checkpoint. */
const FROZEN = 'frozen/';

/** Parameters of `start`. A distillation's scales may still have to be measured. */
function withScalesToCome(start: WeightMap, config: TrainingConfig): Parameters {
  const constants = frozen(start, (name) => originOf(name, config, start));
  return {
    get(name, shape, initialiser) {
      const toCome = config.stage === 'distil' && !start.has(name);
      return toCome ? input(name, shape) : constants.get(name, shape, initialiser);
    },
  };
}

/** Parameters that the stage trains as inputs, the rest from `constants`. */
function trainedOr(constants: Parameters, config: TrainingConfig): Parameters {
  const variables = new Variables();
  return { get: (name, ...rest) => (trains(config, name) ? variables : constants).get(name, ...rest) };
}

function sourceOf(name: string, { stage, states }: TrainingStep, rename: (state: string) => string): Source {
  if (name === 'content' || name === 'style') return { from: 'pictures', kind: name };
  if (name.startsWith(GRADIENT)) return { from: 'gradient' };
  const places = stage.positions[name];
  if (places !== undefined) return { from: 'places', ...places };
  if (stage.normals[name] !== undefined) return { from: 'normal' };
  if (stage.mixes[name] !== undefined) return { from: 'uniform' };
  const [, group, value] = /^(generator|critic)\/(rate|correction1|correction2|decay)$/.exec(name) ?? [];
  const scalar = scalars.find((known) => known === value);
  if (group !== undefined && scalar !== undefined) return { from: 'scalar', group, value: scalar };
  const own = name.startsWith(FROZEN) || states.has(name);
  return { from: 'state', state: own ? name : rename(stateName('parameter', name)) };
}

const scalars = ['rate', 'correction1', 'correction2', 'decay'] as const;

function destinationOf(name: string): Destination {
  if (name.startsWith(NEXT)) return { to: 'state', state: name.slice(NEXT.length) };
  if (name.startsWith(LOSS)) return { to: 'loss', loss: name.slice(LOSS.length) };
  if (name.startsWith(GRADIENT)) return { to: 'gradient' };
  if (name === 'picture') return { to: 'picture' };
  if (/\.(inputs|targets)$/.test(name)) return { to: 'sum' };
  return { to: 'scale', state: stateName('parameter', `distil.scale.${name}`) };
}

function groupsOfPlan({ groups }: TrainingStep, config: TrainingConfig): Plan['groups'] {
  const { generator, critic } = groups;
  const part = ({ beta1, beta2, average }: typeof generator) => ({ beta1, beta2, average });
  return {
    generator: { rate: config.learningRate, ...part(generator), updates: 1 },
    ...(critic && {
      critic: { rate: config.criticLearningRate, ...part(critic), updates: criticStepsOf(config) },
    }),
  };
}

function isMoment(name: string): boolean {
  return name.startsWith('moment');
}

/** Without zero moments and averages that equal their parameters: they need no file. */
function worthStoring(states: WeightMap): WeightMap {
  return new Map(
    [...states].filter(([name, { shape, data }]) => {
      if (isMoment(name)) return data.some((value) => value !== 0);
      const parameter = states.get(name.replace(/^average\//, stateName('parameter', '')));
      const copied =
        name.startsWith('average/') && parameter !== undefined && sameShape(parameter.shape, shape);
      return !copied || data.some((value, i) => value !== parameter.data[i]);
    }),
  );
}
