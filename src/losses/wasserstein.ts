/**
 * Wasserstein style loss of one layer: a critic (WGAN-GP) estimates the distance of feature distributions.
 */

import { type ChannelStatistics, mean, safeSqrt, square, sum } from '../graph/composed.ts';
import { gradients } from '../graph/gradients.ts';
import { reduceSum } from '../graph/ops/broadcast.ts';
import { add, div, mul, sub } from '../graph/ops/elementwise.ts';
import { concat, reshape } from '../graph/ops/layout.ts';
import { stopGradient } from '../graph/ops/sources.ts';
import { nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { critic } from '../networks/critic.ts';
import type { Parameters } from '../networks/parameters.ts';

/**
 * What the critic knows of the style:
 * - `standardised`: features minus the style's channel mean, over (its deviation + 0.05) · √C, and mean and
 *   deviation as a condition. A real vector then has a norm near 1 in every layer and for every style.
 * - `none`: raw features only, our reading of the paper, which can match only the pool of all styles.
 */
export const conditionings = ['standardised', 'none'] as const;
export type Conditioning = (typeof conditionings)[number];

export interface WassersteinInputs {
  /** Feature vectors of the stylised pictures, `[N, P, C]`. */
  readonly fake: Tensor;
  /** Feature vectors of the style pictures, `[N, P, C]`. */
  readonly real: Tensor;
  /** Channel statistics of the style's features, over all or many positions of the map, `[N, C, 1, 1]`. */
  readonly style: ChannelStatistics;
  /** ε of x̂ = ε·real + (1 − ε)·fake, uniform in 0–1, `[N, P, 1]`, fresh at each step. */
  readonly mix: Tensor;
  readonly conditioning: Conditioning;
  /** λ, 10 in WGAN-GP. */
  readonly penaltyWeight: number;
}

export interface WassersteinLoss {
  /**
   * E[D(real)] − E[D(fake)], the critic's estimate of the distance. Differentiate only by the generator's
   * parameters.
   */
  readonly style: Tensor;
  /** E[D(fake)] − E[D(real)] + λ · penalty; its gradients reach only the critic. */
  readonly critic: Tensor;
  /** E[(‖∇D(x̂)‖₂ − 1)²], the norm over the channels of one vector. */
  readonly penalty: Tensor;
}

/**
 * Gulrajani et al. 2017 on single feature vectors (eq. 6 of the paper; w^l = 1 is a reading). The critic
 * may be conditioned on the style, and ε is drawn per vector, as WGAN-GP draws it per sample. One critic
 * with `parameters`, trained jointly with the generator or alternately.
 */
export function wassersteinLoss(inputs: WassersteinInputs, parameters: Parameters): WassersteinLoss {
  const { condition, prepare } = conditionOn(inputs.style, inputs.conditioning);
  const score = (x: Tensor) => critic(x, parameters, condition);
  const fake = prepare(inputs.fake);
  const real = stopGradient(prepare(inputs.real));
  const fakeValues = stopGradient(fake);
  const realScore = mean(score(real));
  const blend = add(mul(inputs.mix, real), mul(sub(1, inputs.mix), fakeValues));
  const penalty = gradientPenalty(score, stopGradient(blend));
  return {
    // The real term is constant for the generator; it makes the number equal the distance.
    style: sub(stopGradient(realScore), mean(score(fake))),
    critic: add(sub(mean(score(fakeValues)), realScore), mul(penalty, inputs.penaltyWeight)),
    penalty,
  };
}

/**
 * E[(‖∇ score(x)‖₂ − 1)²] for `x [N, P, C]` with the norm over C. Each vector is scored by itself, so the
 * gradient of the sum of scores holds the gradient of every one. 1e-12 under the root keeps its slope finite.
 */
export function gradientPenalty(score: (x: Tensor) => Tensor, x: Tensor): Tensor {
  const [slope = x] = gradients(sum(score(x)), [x]);
  const norm = safeSqrt(reduceSum(square(slope), [2]), 1e-12);
  return mean(square(sub(norm, 1)));
}

function conditionOn(style: ChannelStatistics, conditioning: Conditioning) {
  const [n, c] = nchw(style.mean.shape, 'style statistics');
  const average = stopGradient(reshape(style.mean, [n, 1, c]));
  const deviation = stopGradient(reshape(style.deviation, [n, 1, c]));
  if (conditioning === 'none') return { condition: undefined, prepare: (x: Tensor) => x };
  const condition = concat([average, deviation], 2);
  // 0.05 limits the weight of channels that the style hardly uses.
  const scale = mul(add(deviation, 0.05), Math.sqrt(c));
  return { condition, prepare: (x: Tensor) => div(sub(x, average), scale) };
}
