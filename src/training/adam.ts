/**
 * Adam with gradient-norm clipping and a running average of the weights, as graph
 * expressions; its states and rates.
 */

import { safeSqrt, square, sum, total } from '../graph/composed.ts';
import { gradients } from '../graph/gradients.ts';
import { reduceSum } from '../graph/ops/broadcast.ts';
import { add, div, minimum, mul, sqrt, sub } from '../graph/ops/elementwise.ts';
import { input } from '../graph/ops/sources.ts';
import type { Tensor } from '../graph/tensor.ts';
import { internal } from '../errors.ts';
import type { WeightMap } from '../weights/safetensors.ts';
import type { TrainingConfig } from './config.ts';

export interface AdamConfig {
  /** Name of the parameter group, e.g. `generator`; prefix of its scalar inputs. */
  readonly group: string;
  readonly beta1: number;
  readonly beta2: number;
  /** Largest norm of the group's gradients together; larger ones are scaled down. 0 does not limit it. */
  readonly clip: number;
  /** Decay of the running average, min(average, (1 + t) / (10 + t)) at update t; 0 keeps none. */
  readonly average: number;
  /**
   * Subtracts from each step of a 3×3 kernel or a matrix the mean over a unit's incoming weights (Yong et al.
   * 2020 subtract it from the gradient). Adam moves all 9 · C weights of a unit by the same amount. If their
   * inputs are positive, a few steps of one sign silence its ReLU for good.
   */
  readonly centred?: boolean;
}

/** Kinds of state kept per parameter; a state's name is `kind/parameter`. */
export const stateKinds = ['parameter', 'moment1', 'moment2', 'average'] as const;
export type StateKind = (typeof stateKinds)[number];

export interface AdamUpdate {
  /**
   * Next states by `kind/parameter`. Inputs: parameters by their own name, other states by `kind/parameter`.
   */
  readonly states: Readonly<Record<string, Tensor>>;
  /** Norm of the gradients before clipping. */
  readonly gradientNorm: Tensor;
}

/**
 * One step of Adam (Kingma & Ba 2015) on `parameters`. Scalar inputs: `GROUP/rate` and the bias corrections
 * `GROUP/correction1` = 1 / (1 − β1^t), `GROUP/correction2` = 1 / (1 − β2^t), and the average's decay
 * `GROUP/decay`. ε = 1e-8.
 */
export function adam(loss: Tensor, parameters: ReadonlyMap<string, Tensor>, config: AdamConfig): AdamUpdate {
  return adamUpdate(gradients(loss, [...parameters.values()]), parameters, config);
}

/** {@link adam} for known gradients, in the order of `parameters`. */
export function adamUpdate(
  slopes: readonly Tensor[],
  parameters: ReadonlyMap<string, Tensor>,
  config: AdamConfig,
): AdamUpdate {
  const names = [...parameters.keys()];
  const tensors = [...parameters.values()];
  const [first, ...rest] = slopes.map((g) => sum(square(g)));
  if (first === undefined) throw internal(`group ${config.group} has no parameters`);
  const gradientNorm = safeSqrt(total([first, ...rest]), 1e-20);
  const scale = config.clip > 0 ? minimum(1, div(config.clip, gradientNorm)) : 1;
  const rate = input(`${config.group}/rate`, []);
  const correction1 = input(`${config.group}/correction1`, []);
  const correction2 = input(`${config.group}/correction2`, []);
  const decay = input(`${config.group}/decay`, []);
  const states: Record<string, Tensor> = {};
  tensors.forEach((parameter, i) => {
    const name = names[i] ?? '';
    const slope = mul(slopes[i] ?? parameter, scale);
    const previous = (kind: StateKind) => input(stateName(kind, name), parameter.shape);
    // Without momentum the first moment is the gradient itself, and no state is needed.
    const moment1 =
      config.beta1 === 0 ? slope : add(mul(previous('moment1'), config.beta1), mul(slope, 1 - config.beta1));
    const moment2 = add(mul(previous('moment2'), config.beta2), mul(square(slope), 1 - config.beta2));
    const direction = config.beta1 === 0 ? moment1 : mul(moment1, correction1);
    const step = div(direction, add(sqrt(mul(moment2, correction2)), 1e-8));
    const taken = config.centred ? centred(step) : step;
    const next = sub(parameter, mul(taken, rate));
    states[stateName('parameter', name)] = next;
    if (config.beta1 > 0) states[stateName('moment1', name)] = moment1;
    states[stateName('moment2', name)] = moment2;
    if (config.average > 0) {
      const average = add(mul(previous('average'), decay), mul(next, sub(1, decay)));
      states[stateName('average', name)] = average;
    }
  });
  return { states, gradientNorm };
}

/** Centres steps over all axes but the first. Steps of 1×1 kernels and biases stay as they are. */
function centred(step: Tensor): Tensor {
  const [, inputs = 1, height = 1, width = 1] = step.shape;
  const matrix = step.shape.length === 2 && (step.shape[0] ?? 1) > 1;
  if (!matrix && height === 1) return step;
  const axes = step.shape.map((_, axis) => axis).slice(1);
  return sub(step, mul(reduceSum(step, axes), 1 / (inputs * height * width)));
}

/** The group's scalar inputs for update number `t` (from 1). */
export function adamScalars(config: AdamConfig, t: number, rate: number): Record<string, Float32Array> {
  return {
    [`${config.group}/rate`]: Float32Array.of(rate),
    ...(config.beta1 > 0
      ? { [`${config.group}/correction1`]: Float32Array.of(1 / (1 - config.beta1 ** t)) }
      : {}),
    [`${config.group}/correction2`]: Float32Array.of(1 / (1 - config.beta2 ** t)),
    // Small at first: an average over a thousand steps would hold the random start for as long.
    [`${config.group}/decay`]: Float32Array.of(Math.min(config.average, (1 + t) / (10 + t))),
  };
}

export function stateName(kind: StateKind, parameter: string): string {
  return `${kind}/${parameter}`;
}

/** The states of one kind, by parameter name. */
export function statesOf(states: WeightMap, kind: StateKind): WeightMap {
  const prefix = stateName(kind, '');
  return new Map(
    [...states].flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
    ),
  );
}

/** The parameters, each replaced by its running average if it has one. */
export function trainedWeights(states: WeightMap): WeightMap {
  return new Map([...statesOf(states, 'parameter'), ...statesOf(states, 'average')]);
}

/** Learning rate of `step` (from 0) for a base rate. */
export function scheduledRate(config: TrainingConfig, base: number, step: number): number {
  const warm = config.warmup === 0 ? 1 : Math.min(1, (step + 1) / config.warmup);
  switch (config.schedule) {
    case 'constant':
      return base * warm;
    case 'inverse':
      return (base * warm) / (1 + config.learningRateDecay * step);
    case 'cosine':
      return base * warm * 0.5 * (1 + Math.cos((Math.PI * step) / config.iterations));
  }
}
