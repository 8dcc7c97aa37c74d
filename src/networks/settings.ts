/** The settings of a generator, stated once for model cards, training settings and flags. */

import { z } from '../schema.ts';
import { palettes } from './palette.ts';
import { transformNames, transforms } from './transforms/table.ts';
import { type LayerName, layerNames, preprocessings } from './vgg19.ts';
import { WeightsError } from '../errors.ts';

const channels = z.int().check(z.minimum(1));
const fiveWidths = z.readonly(z.tuple([channels, channels, channels, channels, channels]));

/** The text is also the help of the setting's flag. */
const described = z.describe;

/**
 * All settings except the encoder's form, which a preset fixes. Values are words and
 * numbers, like those of flags.
 */
export const generatorSettings = {
  /**
   * One layer is a reading of the paper (eq. 3, run times); two with a merge convolution are SANet's.
   */
  layers: z.enum(['relu4_1', 'relu4_1+relu5_1']).check(described('layers at which content and style meet')),
  transform: z.enum(transformNames).check(described('how content and style meet')),
  /** 1 in SANet and our reading of the paper, √C as in transformers otherwise. */
  temperature: z.enum(['one', 'sqrt-channels']).check(described("what divides the attention's logits")),
  /**
   * A quarter of the keys. Statistics attention averages both v and v², so the deviation within a block still
   * counts. The paper's form: no.
   */
  pooledKeys: z.boolean().check(described('attend to means over 2×2 blocks of style positions')),
  /**
   * relu4_1, the paper's form, depends on edges some 34 pixels away (relu3_1: 12), and near them attends to
   * other positions. The result is a glow around objects.
   */
  matching: z
    .enum(['relu4_1', 'relu2_1+relu3_1'])
    .check(described('layers by which the attention at relu4_1 finds its places')),
  /** relu4_1 has lost most of the hue. The paper's form: no. */
  attendColours: z
    .boolean()
    .check(described("the attention's values carry the colours of their places to the decoder")),
  /** The paper's form: 0. */
  modulation: z.int().check(z.minimum(0), described("hidden units of the decoder's modulation; 0 is off")),
  /** Makes strokes bold; conditional instance normalisation (Dumoulin et al. 2017). The paper's form: no. */
  conditionalNormalisation: z
    .boolean()
    .check(described("the decoder's layers are normalised, and scaled and shifted by the style")),
  /**
   * Shortcuts from relu3_1 up to this layer, with each channel brought to the style's mean and deviation:
   * Avatar-Net's style-aware shortcuts (Sheng et al. 2018). They keep edges and faces that relu4_1 has
   * lost. The paper's form: none.
   */
  shortcuts: z
    .enum(['none', 'relu3_1', 'relu2_1', 'relu1_1'])
    .check(described('shallowest layer whose content features join the decoder past the block')),
  /**
   * With all of it the network keeps the photograph's own texture and lays no broad strokes; faces and
   * letters need some. Training draws the share for each sample, or the weights would make up for it.
   */
  shallowShare: z
    .number()
    .check(
      z.minimum(0),
      z.maximum(1),
      described("share of the content's contrasts that shortcuts shallower than relu3_1 carry; 1 is all"),
    ),
  /**
   * When a shortcut makes a layer superfluous for a while, a ReLU would silence the layer for good, and all
   * layers that lead only there. The paper has no shortcuts.
   */
  linearJoins: z.boolean().check(described('no ReLU before a shortcut joins')),
  /**
   * Nearest-neighbour enlargements, the paper's form, make steps every 8 pixels. The decoder learns to paint
   * these as lines: a lattice around objects.
   */
  smoothUpsampling: z.boolean().check(described("the decoder's first enlargements are linear")),
  /** Under ReLU, the paper's form, modulated layers die one after the other in training. */
  negativeSlope: z
    .number()
    .check(z.minimum(0), z.lt(1), described("of the decoder's activations below zero; 0 is ReLU")),
  /** The paper's form: none. */
  palette: z.enum(palettes).check(described("how the output comes to the style's mean colour and contrasts")),
  /** Drafts make strokes twice as large. The paper's form: no. */
  drafts: z.boolean().check(described('paint at half size first, then again over the enlarged draft')),
};

/**
 * A generator as model cards describe it. Unknown fields are refused, since they would
 * silently have no effect.
 */
export const generatorSchema = z.strictObject({
  encoder: z.strictObject({
    widths: fiveWidths,
    preprocessing: z.enum(preprocessings),
    heads: z.exactOptional(fiveWidths),
  }),
  ...generatorSettings,
  /** The key convolution is folded into the query's, and the output's into the value's: see fold.ts. */
  folded: z.exactOptional(z.boolean()),
});

export type GeneratorConfig = Readonly<z.output<typeof generatorSchema>>;

/** Names of {@link generatorSettings}. */
export const generatorSettingNames = Object.keys(generatorSettings) as (keyof typeof generatorSettings)[];

/** A generator without any addition of ours: the common ground of AdaIN, SANet and the paper's form. */
export const plainGenerator = {
  layers: 'relu4_1',
  temperature: 'one',
  pooledKeys: false,
  matching: 'relu4_1',
  attendColours: false,
  modulation: 0,
  conditionalNormalisation: false,
  shortcuts: 'none',
  shallowShare: 1,
  linearJoins: false,
  smoothUpsampling: false,
  negativeSlope: 0,
  palette: 'none',
  drafts: false,
} as const satisfies Partial<GeneratorConfig>;

/** The layers at which content and style meet, from shallow to deep. */
export function meetingLayers({
  layers,
  transform,
}: Pick<GeneratorConfig, 'layers' | 'transform'>): readonly LayerName[] {
  const deepest = layers === 'relu4_1' ? 'relu4_1' : 'relu5_1';
  const all = layerNames.slice(0, layerNames.indexOf(deepest) + 1);
  return all.slice(transforms[transform].meets === 'cascade' ? 0 : 3);
}

/** The layers by which the attention at relu4_1 finds its positions; none if that is relu4_1 itself. */
export function matchingLayersOf({
  matching,
}: Pick<GeneratorConfig, 'matching'>): readonly ('relu2_1' | 'relu3_1')[] {
  if (matching === 'relu4_1') return [];
  return ['relu2_1', 'relu3_1'];
}

/**
 * Checks a card's configuration.
 *
 * @param source file name of the card, for messages
 * @throws WeightsError naming the first field that is wrong, e.g. `configuration.encoder.widths`
 */
export function parseGeneratorConfig(configuration: unknown, source: string): GeneratorConfig {
  // Cards of older models do not name it: their shortcuts carry all.
  const result = generatorSchema.safeParse(Object.assign({ shallowShare: 1 }, configuration));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new WeightsError(
    {
      expected: 'a generator that this version can build',
      name: ['configuration', ...(issue?.path ?? [])].map(String).join('.'),
      received: issue?.message ?? 'another form',
      where: source,
      remedy: 'export it again from its checkpoint, or paint in Node: pages have fewer methods',
    },
    { cause: result.error },
  );
}
