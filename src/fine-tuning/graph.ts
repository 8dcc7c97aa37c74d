/** The graphs of fine-tuning: a step of the decoder, and a sample of what it paints. */

import { input } from '../graph/ops/sources.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import type { ImageSize } from '../images/size.ts';
import { stylize } from '../networks/generator.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { frozen, type Parameters, Variables } from '../networks/parameters.ts';
import type { StylizerModel } from '../stylize/style.ts';
import { type AdamConfig, adam } from '../training/adam.ts';
import { type Losses, seen, tuningLosses } from './losses.ts';
import type { Painting } from './encoded-painting.ts';

/**
 * Prefix of what moves. Attention says what meets what, which one painting does not teach better; modulation gives a single
 * painting nothing that the decoder's own weights cannot; and with both frozen the painting's style never changes.
 */
export const TUNED = 'decoder.';

/** Without a running average: the rate falls to zero, and the weights settle. */
export const optimiser: AdamConfig = {
  group: 'decoder',
  beta1: 0.9,
  beta2: 0.99,
  clip: 1,
  average: 0,
  centred: true,
};

export interface StepGraph {
  /** Next states by `kind/parameter`. */
  readonly states: Outputs;
  /** Before the step. */
  readonly losses: Losses;
}

/** One step on input `content [1, 3, size, size]`, RGB 0–1; other inputs: see {@link adam}. */
export function stepGraph(
  model: StylizerModel,
  loss: LossNetwork,
  painting: Painting,
  size: number,
): StepGraph {
  const variables = new Variables();
  const { losses } = paint(model, loss, painting, { width: size, height: size }, variables);
  return { states: adam(losses.total, variables.tensors, optimiser).states, losses };
}

export interface SampleGraph {
  /** `[1, 3, H, W]`, RGB around 0–1, not clamped. */
  readonly picture: Tensor;
  readonly losses: Losses;
}

/** What the decoder makes of input `content [1, 3, H, W]`; other inputs: its parameters by their names. */
export function sampleGraph(
  model: StylizerModel,
  loss: LossNetwork,
  painting: Painting,
  size: ImageSize,
): SampleGraph {
  return paint(model, loss, painting, size, new Variables());
}

function paint(
  { weights, name, config }: StylizerModel,
  loss: LossNetwork,
  painting: Painting,
  { width, height }: ImageSize,
  variables: Variables,
): SampleGraph {
  const constants = frozen(weights, name);
  const parameters: Parameters = {
    get: (name, ...rest) => (name.startsWith(TUNED) ? variables : constants).get(name, ...rest),
  };
  const content = input('content', [1, 3, height, width]);
  const picture = stylize(content, painting.style, parameters, config);
  return { picture, losses: tuningLosses(seen(picture, loss), seen(content, loss), painting) };
}
