/** The stage that teaches style: the generator under content and style losses, with or without critics. */

import { channelStatistics, total } from '../graph/composed.ts';
import { add, mul } from '../graph/ops/elementwise.ts';
import { concat } from '../graph/ops/layout.ts';
import { input } from '../graph/ops/sources.ts';
import { elementCount, extent } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { contentLoss } from '../losses/content.ts';
import { contentDisentanglement, styleDisentanglement } from '../losses/disentanglement.ts';
import { gramLoss } from '../losses/gram.ts';
import { gridLoss } from '../losses/grid.ts';
import { identityLoss } from '../losses/identity.ts';
import { massesLoss } from '../losses/masses.ts';
import { momentsLoss } from '../losses/moments.ts';
import { filterShapes, patchesLoss, patchPositions } from '../losses/patches.ts';
import { relaxedEarthMover } from '../losses/remd.ts';
import { selfSimilarityLoss } from '../losses/self-similarity.ts';
import { slicedWassersteinLoss } from '../losses/sliced-wasserstein.ts';
import { moved, steadinessLoss } from '../losses/steadiness.ts';
import { totalVariation } from '../losses/total-variation.ts';
import { wassersteinLoss } from '../losses/wasserstein.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { halved } from '../networks/draft.ts';
import type { GeneratorConfig } from '../networks/settings.ts';
import { type Parameters, scoped } from '../networks/parameters.ts';
import { type LayerName, layerNames } from '../networks/vgg19.ts';
import type { TrainingConfig } from './config.ts';
import { CRITIC, hasCritics, PENALTY, pictureInputs, type StageGraph } from './stage-graph.ts';
import { paintForTraining, turn } from './training-paintings.ts';
import { type Compared, Sight, vectorsOf } from './sight.ts';

/** One painting and its sources: the whole, or its draft at half the size. */
interface Level {
  /** Suffix of the names of its losses. */
  readonly suffix: '' | '.draft';
  readonly output: Tensor;
  readonly content: Tensor;
  readonly style: Tensor;
  readonly sight: Sight;
}

/** The objective: α · content + the style losses + identity + others, and the critics' own losses. */
export function styleGraph(
  config: TrainingConfig,
  network: GeneratorConfig,
  parameters: Parameters,
  loss: LossNetwork,
): StageGraph {
  const { content, style } = pictureInputs(config);
  const drawn: Drawn = { positions: {}, mixes: {}, normals: {} };
  if (network.drafts) drawn.mixes.share = config.batchSize;
  const { output, draft, itself, turned, again } = paintForTraining(
    content,
    style,
    config,
    network,
    parameters,
  );
  const sight = (suffix: Level['suffix']) => new Sight(suffix, config, loss, drawn.positions);
  const whole = sight('');
  const levels: Level[] = [{ suffix: '', output, content, style, sight: whole }];
  if (draft !== undefined) {
    const small = { content: halved(content), style: halved(style), sight: sight('.draft') };
    levels.push({ suffix: '.draft', output: draft, ...small });
  }
  const terms = new Terms();
  const compared = levels.map((level) => {
    contentTerms(level, config, terms);
    const layers = level.sight.compare(level.output, level.style);
    styleTerms(level, layers, config, drawn, terms);
    if (config.patchesWeight > 0) patchTerms(level, config, drawn, terms);
    return layers;
  });
  if (config.variationWeight > 0) terms.add('variation', totalVariation(output), config.variationWeight);
  if (config.steadinessWeight > 0) {
    drawn.normals['noise.steadiness'] = elementCount(content.shape);
    const noise = input('noise.steadiness', content.shape);
    terms.add('steadiness', steadinessLoss(output, again(moved(content, noise))), config.steadinessWeight);
  }
  if (config.gridWeight > 0) terms.add('grid', gridLoss(output), config.gridWeight);
  if (config.identityWeight > 0) {
    const see = (x: Tensor) => ({ picture: x, features: whole.chosen(x) });
    const self = (picture: Tensor) => identityLoss(see(itself(picture)), see(picture));
    terms.add('identity', add(self(content), self(style)), config.identityWeight);
  }
  if (config.disentanglementWeight > 0) {
    const other = turned();
    const deep = contentLayers[config.contentLayers];
    const statistics = (x: Tensor) => whole.chosen(x).map((features) => channelStatistics(features));
    // Each content in its own style and in the next sample's; the next content in that style too.
    const alike = add(
      contentDisentanglement(whole.whole(output, deep), whole.whole(other, deep)),
      styleDisentanglement(
        statistics(output).map(({ mean, deviation }) => ({ mean: turn(mean), deviation: turn(deviation) })),
        statistics(other),
      ),
    );
    terms.add('disentanglement', alike, config.disentanglementWeight);
  }
  const { losses } = terms;
  if (!hasCritics(config)) return { objectives: { generator: terms.objective }, losses, ...drawn };
  const critic = criticTerms(compared, config, parameters, drawn, terms);
  return { objectives: { generator: terms.objective, critic }, losses, ...drawn };
}

/** The terms of the generator's objective, and the numbers for the log. */
class Terms {
  readonly losses: Record<string, Tensor> = {};
  readonly #weighted: Tensor[] = [];

  get objective(): Tensor {
    return total(this.#weighted);
  }

  add(name: string, value: Tensor, weight: number): void {
    this.log(name, value);
    this.minimise(value, weight);
  }

  log(name: string, value: Tensor): void {
    this.losses[name] = value;
  }

  minimise(value: Tensor, weight: number): void {
    if (weight > 0) this.#weighted.push(mul(value, weight));
  }
}

/** Random inputs in the form of {@link StageGraph}. */
interface Drawn {
  readonly positions: Record<string, { count: number; of: number }>;
  readonly mixes: Record<string, number>;
  readonly normals: Record<string, number>;
}

function contentTerms(
  { suffix, output, content, style, sight }: Level,
  config: TrainingConfig,
  terms: Terms,
): void {
  const { contentForm } = config;
  const deep = contentLayers[config.contentLayers];
  const statistics = contentForm === 'adain' ? sight.statistics(style, deep) : [];
  const distance = contentLoss(
    sight.whole(output, deep),
    sight.whole(content, deep),
    contentForm,
    statistics,
  );
  terms.add(`content${suffix}`, distance, config.contentWeight);
  if (config.selfSimilarityWeight > 0) {
    const [own, target] = [output, content].map((x) => sight.vectors(x, SELF_SIMILAR)) as [
      Tensor[],
      Tensor[],
    ];
    const distances = own.map((x, i) => selfSimilarityLoss(x, target[i] ?? x));
    terms.add(`selfSimilarity${suffix}`, total(distances), config.selfSimilarityWeight);
  }
  if (config.massesWeight > 0)
    terms.add(`masses${suffix}`, massesLoss(output, content, style), config.massesWeight);
}

function styleTerms(
  { suffix }: Level,
  compared: readonly Compared[],
  config: TrainingConfig,
  drawn: Drawn,
  terms: Terms,
): void {
  const weights = layerWeights(compared, config);
  const [own, target] = [compared.map((l) => l.statistics), compared.map((l) => l.styleStatistics)];
  // Logged with every style loss and without layer weights, as the one number by which
  // all style losses compare.
  terms.log(`moments${suffix}`, momentsLoss(own, target));
  if (config.styleLoss.endsWith('moments')) {
    terms.minimise(momentsLoss(own, target, weights), config.momentsWeight);
  }
  if (config.styleLoss === 'gram') {
    const [own, target] = [compared.map((l) => l.own), compared.map((l) => l.target)];
    terms.add(`gram${suffix}`, gramLoss(own, target, weights), config.styleWeight);
  }
  const slicedWeight = config.styleLoss === 'swd' ? config.styleWeight : config.slicedWeight;
  for (const [i, { layer, own, target }] of compared.entries()) {
    if (config.remdWeight > 0 && remdLayers.has(layer)) {
      const distance = relaxedEarthMover(vectorsOf(own, REMD_PLACES), vectorsOf(target, REMD_PLACES));
      terms.add(`remd${suffix}.${layer}`, distance, config.remdWeight);
    }
    if (slicedWeight > 0) {
      const [fake, real] = [vectorsOf(own, SLICED_PLACES), vectorsOf(target, SLICED_PLACES)];
      const shape = [extent(fake.shape, 2), config.directions];
      drawn.normals[`directions.${layer}`] = elementCount(shape);
      const distance = slicedWassersteinLoss(fake, real, input(`directions.${layer}`, shape));
      terms.add(`swd${suffix}.${layer}`, distance, slicedWeight * (weights[i] ?? 1));
    }
  }
}

/** Both sizes see the same filters. */
function patchTerms(
  { suffix, output, style }: Level,
  config: TrainingConfig,
  drawn: Drawn,
  terms: Terms,
): void {
  const filter = (name: keyof typeof filterShapes) => {
    drawn.normals[`patches.${name}`] = elementCount(filterShapes[name]);
    return input(`patches.${name}`, filterShapes[name]);
  };
  const places = patchPositions(extent(output.shape, 2)).map((of, i) => {
    const name = `positions.patches${suffix}.${i}`;
    const count = Math.min(PATCH_PLACES, of);
    drawn.positions[name] = { count, of };
    return input(name, [count]);
  });
  const filters = { first: filter('first'), second: filter('second') };
  terms.add(`patches${suffix}`, patchesLoss(output, style, filters, places), config.patchesWeight);
}

/**
 * The critics' terms. Critics see equally many vectors of both levels, standardised by
 * the style at that level.
 */
function criticTerms(
  levels: readonly (readonly Compared[])[],
  config: TrainingConfig,
  parameters: Parameters,
  drawn: Drawn,
  terms: Terms,
): Tensor {
  const [whole = []] = levels;
  const weights = layerWeights(whole, config);
  const critics = whole.map(({ layer }, i) => {
    const both = levels.map((layers) => layers[i]).filter((one) => one !== undefined);
    const places = Math.min(
      Math.floor(config.positions / both.length),
      ...both.map(({ own }) => extent(own.shape, 2) * extent(own.shape, 3)),
    );
    const joined = (part: (one: Compared) => Tensor) => {
      const parts = both.map(part);
      return parts.length === 1 ? (parts[0] as Tensor) : concat(parts, 0);
    };
    const fake = joined(({ own }) => vectorsOf(own, places));
    const real = joined(({ target }) => vectorsOf(target, places));
    const style = {
      mean: joined(({ styleStatistics }) => styleStatistics.mean),
      deviation: joined(({ styleStatistics }) => styleStatistics.deviation),
    };
    const shape = [extent(fake.shape, 0), extent(fake.shape, 1), 1];
    drawn.mixes[`mix.${layer}`] = elementCount(shape);
    const { conditioning, penaltyWeight } = config;
    const inputs = { fake, real, style, mix: input(`mix.${layer}`, shape), conditioning, penaltyWeight };
    const result = wassersteinLoss(inputs, scoped(parameters, `${CRITIC}${layer}.`));
    terms.add(`wasserstein.${layer}`, result.style, config.styleWeight * (weights[i] ?? 1));
    terms.log(PENALTY + layer, result.penalty);
    return result.critic;
  });
  return total(critics);
}

/** w^l of the paper's eq. 6. The colour layer has weight 1. */
function layerWeights(compared: readonly Compared[], config: TrainingConfig): readonly number[] {
  const given = config.layerWeights.split(',').map(Number);
  const ofLayers = new Map<string, number>(layerNames.map((layer, i) => [layer, given[i] ?? 1]));
  return compared.map(({ layer }) => ofLayers.get(layer) ?? 1);
}

const contentLayers = {
  relu4_1: ['relu4_1'],
  'relu4_1+relu5_1': ['relu4_1', 'relu5_1'],
} as const satisfies Record<TrainingConfig['contentLayers'], readonly LayerName[]>;

/** Layers of strokes and what these form: relu1_1 represents single pixels, relu5_1 objects. */
const remdLayers: ReadonlySet<string> = new Set(['relu2_1', 'relu3_1', 'relu4_1']);

/** Number of vectors of either picture, few enough to compute the distances of all pairs. */
const REMD_PLACES = 400;

/**
 * Number of vectors of either picture. Sorting their projections costs more than the
 * rest of the sliced distance.
 */
const SLICED_PLACES = 512;

/** Number of patches of either picture at each size. */
const PATCH_PLACES = 768;

/** STROTSS takes layers from pixels to the deepest; these two represent the arrangement of a picture. */
const SELF_SIMILAR = ['relu3_1', 'relu4_1'] as const;
