/** A training step as graphs and states, before it is compiled by a session or written by an export. */

import { WeightsError } from '../errors.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import { elementCount, sameShape, show } from '../graph/shape.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import type { GeneratorConfig } from '../networks/settings.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { ENCODER } from '../networks/generator.ts';
import { frozen, type Origin, type Parameters, Variables } from '../networks/parameters.ts';
import { stream } from '../random.ts';
import type { WeightMap, WeightTensor } from '../weights/safetensors.ts';
import { type AdamConfig, type AdamUpdate, adam, adamUpdate, stateName } from './adam.ts';
import type { TrainingConfig } from './config.ts';
import { alternates, CRITIC, PENALTY, type StageGraph } from './stage-graph.ts';
import { stageGraph, trains } from './stages.ts';

export interface StepInputs {
  readonly config: TrainingConfig;
  readonly network: GeneratorConfig;
  readonly loss: LossNetwork;
  /** Initial parameters; missing ones start at random. */
  readonly start: WeightMap;
  /** States of the resumed run, which take precedence over `start`. */
  readonly resumed?: WeightMap;
  /** Source of the parameters that the stage does not train. Default: constants of `start`. */
  readonly constants?: Parameters;
}

/** Groups of parameters that are updated together. */
export type Group = 'generator' | 'critic';

export interface TrainingStep {
  readonly stage: StageGraph;
  /** The optimiser of each group; without critics there is one group. */
  readonly groups: { readonly generator: AdamConfig; readonly critic?: AdamConfig };
  /**
   * Losses and next states of the groups' updates in one graph: outputs `loss/…` and `next/KIND/PARAMETER`.
   */
  whole(groups: readonly Group[]): Outputs;
  /**
   * {@link whole} in two graphs, for several machines: the gradients, which are averaged
   * between, and their update.
   */
  halves(groups: readonly Group[]): { readonly gradients: Outputs; readonly update: Outputs };
  /** States by `kind/parameter`; the frozen parameters are `parameter/…` too. */
  readonly states: WeightMap;
  /** Trained parameters that the start lacked. */
  readonly fresh: readonly string[];
}

/** Prefix of results that are next states. ONNX wants inputs and outputs under different names. */
export const NEXT = 'next/';

/** Prefix of results that are numbers for the log. */
export const LOSS = 'loss/';

/** Prefix of gradients: results of the first half, inputs of the second. */
export const GRADIENT = 'gradient/';

/** Groups that the last graph of a step updates: without the critics if they have taken all their steps. */
export function groupsOf({ groups }: TrainingStep, config: TrainingConfig): readonly Group[] {
  return groups.critic === undefined || alternates(config) ? ['generator'] : ['generator', 'critic'];
}

export function buildStep(inputs: StepInputs): TrainingStep {
  const { config, start } = inputs;
  const variables = new Variables();
  const stage = buildStage(inputs, variables);
  const { generator: generatorLoss, critic: criticLoss } = stage.objectives;
  const objectives = { generator: generatorLoss, ...(criticLoss && { critic: criticLoss }) };
  const groups = {
    generator: {
      group: 'generator',
      beta1: config.beta1,
      beta2: config.beta2,
      clip: config.clip,
      average: config.ema,
    },
    ...(criticLoss && {
      critic: {
        group: 'critic',
        beta1: config.criticBeta1,
        beta2: config.criticBeta2,
        clip: config.criticClip,
        average: 0,
      },
    }),
  };
  const parametersOf = (group: Group): ReadonlyMap<string, Tensor> => {
    const ofCritics = group === 'critic';
    return new Map([...variables.tensors].filter(([name]) => name.startsWith(CRITIC) === ofCritics));
  };
  const update = (group: Group): AdamUpdate | undefined => {
    const [objective, settings] = [objectives[group], groups[group]];
    return objective && settings && adam(objective, parametersOf(group), settings);
  };
  const updates = { generator: update('generator'), critic: update('critic') };
  const losses = (wanted: readonly Group[]): Record<string, Tensor> => {
    const of = (name: string): Group => (name.startsWith(PENALTY) ? 'critic' : 'generator');
    const chosen = Object.entries(stage.losses).filter(([name]) => wanted.includes(of(name)));
    return prefixed(LOSS, Object.fromEntries(chosen));
  };
  return {
    stage,
    groups,
    whole(wanted) {
      const outputs: Record<string, Tensor> = {};
      for (const group of wanted) Object.assign(outputs, resultsOf(group, updates[group]));
      return { ...outputs, ...losses(wanted) };
    },
    halves(wanted) {
      const first: Record<string, Tensor> = {};
      const second: Record<string, Tensor> = {};
      for (const group of wanted) {
        const [objective, settings, parameters] = [objectives[group], groups[group], parametersOf(group)];
        if (objective === undefined || settings === undefined) continue;
        const slopes = gradients(objective, [...parameters.values()]);
        [...parameters.keys()].forEach((name, i) => {
          const slope = slopes[i];
          if (slope !== undefined) first[GRADIENT + name] = slope;
        });
        const averaged = [...parameters].map(([name, { shape }]) => input(GRADIENT + name, shape));
        Object.assign(second, resultsOf(group, adamUpdate(averaged, parameters, settings)));
      }
      return { gradients: { ...first, ...losses(wanted) }, update: second };
    },
    states: initialStates(
      inputs,
      variables,
      Object.values(updates).filter((one) => one !== undefined),
    ),
    fresh: [...variables.tensors.keys()].filter((name) => !start.has(name)),
  };
}

function resultsOf(group: Group, update: AdamUpdate | undefined): Outputs {
  if (update === undefined) return {};
  return { ...prefixed(NEXT, update.states), [`${LOSS}norm.${group}`]: update.gradientNorm };
}

function prefixed(prefix: string, tensors: Outputs): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]));
}

/** Where a parameter comes from, for errors: the encoder may have a file of its own. */
export function originOf(name: string, { encoder, init }: TrainingConfig, start: WeightMap): Origin {
  const other = 'these are weights of another preset or configuration';
  if (name.startsWith(ENCODER) && encoder !== undefined) {
    return { where: encoder, remedy: `${other}: name another --encoder` };
  }
  if (init !== undefined) return { where: init, remedy: other };
  const remedy = start.size === 0 ? 'start from a checkpoint of the stage before (--init)' : other;
  return { where: 'the starting weights', remedy };
}

function buildStage(
  {
    config,
    network,
    loss,
    start,
    constants = frozen(start, (name) => originOf(name, config, start)),
  }: StepInputs,
  variables: Variables,
): StageGraph {
  const routed: Parameters = {
    get: (name, shape, initialiser) =>
      (trains(config, name) ? variables : constants).get(name, shape, initialiser),
  };
  return stageGraph(config, network, routed, loss);
}

/**
 * A modulation with few hidden units, extended to more. The outputs of the new units start at zero, so that
 * the network begins as the same function.
 */
function widened(
  name: string,
  known: WeightTensor | undefined,
  fresh: WeightTensor,
): WeightTensor | undefined {
  const narrower = known?.shape.every((extent, axis) => extent <= (fresh.shape[axis] ?? 0));
  if (known === undefined || !name.startsWith('modulation.') || !narrower) return known;
  const [columns, wider] = [known.shape[1] ?? 1, fresh.shape[1] ?? 1];
  const data = fresh.data.slice();
  for (const [i, value] of known.data.entries())
    data[Math.floor(i / columns) * wider + (i % columns)] = value;
  return { shape: fresh.shape, data };
}

function initialStates(
  { config, start, resumed }: StepInputs,
  variables: Variables,
  updates: readonly AdamUpdate[],
): WeightMap {
  const states: WeightMap = new Map();
  for (const [name, tensor] of start) states.set(stateName('parameter', name), tensor);
  for (const [name, fresh] of variables.initialise(stream(config.seed, 'weights', config.stage))) {
    const known = widened(name, start.get(name), fresh);
    if (known !== undefined && !sameShape(known.shape, fresh.shape)) {
      throw new WeightsError({
        expected: `shape ${show(fresh.shape)}`,
        name: `tensor ${name}`,
        received: show(known.shape),
        ...originOf(name, config, start),
      });
    }
    const value = known ?? fresh;
    states.set(stateName('parameter', name), value);
    states.set(stateName('average', name), value);
  }
  const kept = new Set(updates.flatMap((update) => Object.keys(update.states)));
  for (const update of updates) {
    for (const [name, tensor] of Object.entries(update.states)) {
      if (!states.has(name)) {
        states.set(name, { shape: tensor.shape, data: new Float32Array(elementCount(tensor.shape)) });
      }
    }
  }
  for (const name of states.keys()) {
    if (name.startsWith(stateName('average', '')) && !kept.has(name)) states.delete(name);
  }
  if (resumed !== undefined) checkResumed(resumed, states, kept);
  for (const [name, tensor] of resumed ?? []) {
    // Other states of the old run, such as averages with --ema 0, would never be updated.
    if (kept.has(name) || name.startsWith(stateName('parameter', ''))) states.set(name, tensor);
  }
  return states;
}

/** Refuses a run that trains other parameters than before: their moments would count as old ones. */
function checkResumed(resumed: WeightMap, states: WeightMap, kept: ReadonlySet<string>): void {
  for (const name of kept) {
    if (name.startsWith(stateName('average', ''))) continue;
    const [before, now] = [resumed.get(name)?.shape, states.get(name)?.shape ?? []];
    if (before !== undefined && sameShape(before, now)) continue;
    throw new WeightsError({
      expected: `a checkpoint with ${name} of shape ${show(now)}`,
      name: '--resume',
      received: before === undefined ? 'none' : show(before),
      remedy:
        'the settings train other parameters than before: begin a new run from the checkpoint by --init',
    });
  }
}
