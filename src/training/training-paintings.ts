/**
 * The generator's paintings in a training step: with a draft if it makes drafts, and of a
 * picture in its own style.
 */

import { type Operand, sub } from '../graph/ops/elementwise.ts';
import { concat, slice } from '../graph/ops/layout.ts';
import { input, stopGradient } from '../graph/ops/sources.ts';
import type { Tensor } from '../graph/tensor.ts';
import { halved, revisionBase } from '../networks/draft.ts';
import { encodeFeatures, styleOutputs, stylizeFeatures } from '../networks/generator.ts';
import type { GeneratorConfig } from '../networks/settings.ts';
import type { Parameters } from '../networks/parameters.ts';
import type { Features } from '../networks/vgg19.ts';
import type { TrainingConfig } from './config.ts';
import { mapFeatures } from './stage-graph.ts';

export interface TrainingPaintings {
  /** `[N, 3, S, S]`, RGB around 0–1. */
  readonly output: Tensor;
  /** `[N, 3, S/2, S/2]`; undefined for a generator without drafts. */
  readonly draft?: Tensor;
  /** A picture in its own style, in one pass. */
  itself(picture: Tensor): Tensor;
  /** Another content in the same styles, by the same drafts and shares. */
  again(content: Tensor): Tensor;
  /** Each content in the style of the next sample, in one pass. */
  turned(): Tensor;
}

/** The batch `x [N, …]` with each sample where the one before it was; the first becomes the last. */
export function turn(x: Tensor): Tensor {
  const [count = 1] = x.shape;
  const rest = x.shape.slice(1);
  const zeros = rest.map(() => 0);
  return concat([slice(x, [1, ...zeros], [count, ...rest]), slice(x, [0, ...zeros], [1, ...rest])], 0);
}

/**
 * Builds the paintings. With drafts there is an input `share [N, 1, 1, 1]`, 0–1: the share of the draft with
 * which each revision begins.
 */
export function paintForTraining(
  content: Tensor,
  style: Tensor,
  config: TrainingConfig,
  network: GeneratorConfig,
  parameters: Parameters,
): TrainingPaintings {
  const known = new Map<Tensor, Features>();
  const encode = (x: Tensor): Features => {
    const features = known.get(x) ?? encodeFeatures(x, parameters, network);
    known.set(x, features);
    return config.trainEncoder ? features : mapFeatures(features, stopGradient);
  };
  const paint = (x: Tensor, painting: Tensor, shallow: Operand = network.shallowShare) =>
    stylizeFeatures(
      encode(x),
      styleOutputs(painting, encode(painting), parameters, network, shallow),
      parameters,
      network,
    );
  const itself = (picture: Tensor) => paint(picture, picture);
  const turned = () => paint(content, turn(style));
  if (!network.drafts)
    return { output: paint(content, style), itself, turned, again: (x) => paint(x, style) };
  const share = input('share', [config.batchSize, 1, 1, 1]);
  const smallStyle = halved(style);
  /** The more a revision takes of the draft, the less it takes of the photograph's own texture. */
  const shallow = network.shallowShare === 1 ? 1 : sub(1, share);
  const revised = (x: Tensor) => {
    const small = halved(x);
    const draft = paint(small, smallStyle, shallow);
    return { draft, output: paint(revisionBase(x, small, draft, share), style, shallow) };
  };
  return { ...revised(content), itself, turned, again: (x) => revised(x).output };
}
