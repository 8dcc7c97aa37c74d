/** The graph of a refinement's step: how a picture of one size comes nearer to its content and its styles. */

import { total } from '../graph/composed.ts';
import { mul } from '../graph/ops/elementwise.ts';
import { input } from '../graph/ops/sources.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import type { ImageSize } from '../images/size.ts';
import { totalVariation } from '../losses/total-variation.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { scoped, Variables } from '../networks/parameters.ts';
import { type AdamConfig, adam, stateName } from '../training/adam.ts';
import { present } from '../errors.ts';
import { contentInputs } from './inputs.ts';
import { look } from './look.ts';
import type { RefiningMethod, Term } from './methods/method.ts';
import { keptInside, pictureOf, pixelInputs, scales } from './pixels.ts';

/** Weight of the total variation. */
const VARIATION = 150;

export const optimiser: AdamConfig = {
  group: 'refining',
  beta1: 0.9,
  beta2: 0.99,
  clip: Number.MAX_VALUE,
  average: 0,
};

/** Of a method's own parameters: WGAN-GP's. */
export const learner: AdamConfig = {
  group: 'learning',
  beta1: 0,
  beta2: 0.9,
  clip: Number.MAX_VALUE,
  average: 0,
};

/** Values of the losses. */
export interface LossValues {
  /** The method's content loss: for `sliced`, of normalised relu4_1 and relu5_1. */
  readonly content: number;
  /** Its distance from the styles: for `sliced`, summed over five layers and the colours. */
  readonly style: number;
}

export interface RefiningStep {
  /** Next states of the picture by `kind/scale`. */
  readonly states: Outputs;
  /** Next states of the method's own parameters by `kind/name`. */
  readonly learned: Outputs;
  /** The method's own parameters. */
  readonly variables: Variables;
  /** The picture after the step, `[1, 3, H, W]`, RGB within −0.05–1.05. */
  readonly picture: Tensor;
  /** Losses before the step. */
  readonly losses: Readonly<Record<keyof LossValues, Tensor>>;
  /** Values of the relative terms before the step, by the name of the factor that multiplies each. */
  readonly relative: Outputs;
}

/**
 * One step of `method` on a picture of `size`, sides multiples of 16, towards the content and a number of
 * styles. Inputs are the scales of the picture `[1, 3, h, w]`, states and scalars of both optimisers, see
 * {@link adam}, the factors of relative terms, `[]` each, and those of `inputs.ts`.
 */
export function refiningStep(
  size: ImageSize,
  loss: LossNetwork,
  method: RefiningMethod,
  styles: number,
): RefiningStep {
  const parameters = pixelInputs(size);
  const picture = pictureOf(parameters);
  const own = look(picture, loss);
  const variables = new Variables();
  const relative: Record<string, Tensor> = {};
  const weighted = ({ value, weight = 1, isRelative }: Term) => {
    const name = `factor.${Object.keys(relative).length}`;
    if (isRelative) relative[name] = value;
    const scaled = isRelative ? mul(value, input(name, [])) : value;
    return weight === 1 ? scaled : mul(scaled, weight);
  };
  const content = method.content(own, contentInputs(own));
  const strokes = Array.from({ length: styles }, (_, k) => {
    const { terms, learned } = method.style(own, k, scoped(variables, `${k}.`));
    return { value: mul(total(terms.map(weighted)), input(`share.${k}`, [])), learned };
  });
  const style = total(strokes.map(({ value }) => value));
  const objective = total([
    mul(content, method.weights.content),
    mul(style, method.weights.style),
    mul(totalVariation(picture), VARIATION),
  ]);
  const { states } = adam(objective, parameters, optimiser);
  const moved = keptInside(
    new Map(scales.map((scale) => [scale, present(states[stateName('parameter', scale)], scale)])),
  );
  const lessons = strokes.flatMap(({ learned }) => learned ?? []);
  return {
    states: { ...states, [stateName('parameter', 'whole')]: moved.whole },
    learned: lessons.length === 0 ? {} : adam(total(lessons), variables.tensors, learner).states,
    variables,
    picture: moved.picture,
    losses: { content, style },
    relative,
  };
}
