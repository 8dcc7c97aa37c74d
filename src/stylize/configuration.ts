/** From the `configuration` of a model card to the generator that it describes. */

import { WeightsError } from '../errors.ts';
import { preprocessings } from '../networks/vgg19.ts';
import { z } from '../schema.ts';
import { temperatures, transforms } from '../networks/style-attention.ts';
import { type GeneratorConfig, matchingLayers, shortcutChoices } from '../networks/generator.ts';
import { type PaletteForm, palettes } from '../networks/palette.ts';

const channels = z.int().check(z.minimum(1));
const fiveWidths = z.tuple([channels, channels, channels, channels, channels]);

/** Cards of version 0.1.0 say yes or no. */
const paletteOfVersion1 = (on: boolean): PaletteForm => (on ? 'average' : 'none');

/** What a {@link GeneratorConfig} looks like as JSON. Unknown fields are refused: they would change nothing silently. */
const generatorConfigSchema = z.strictObject({
  encoder: z.strictObject({
    widths: fiveWidths,
    preprocessing: z.enum(preprocessings),
    heads: z.exactOptional(fiveWidths),
  }),
  levels: z.union([z.tuple([z.literal('relu4_1')]), z.tuple([z.literal('relu4_1'), z.literal('relu5_1')])]),
  transform: z.enum(transforms),
  temperature: z.enum(temperatures),
  pooledKeys: z.boolean(),
  folded: z.exactOptional(z.boolean()),
  modulation: z.int().check(z.minimum(0)),
  shortcuts: z.enum(shortcutChoices),
  linearJoins: z.exactOptional(z.boolean()),
  smoothUpsampling: z.exactOptional(z.boolean()),
  negativeSlope: z.exactOptional(z.number().check(z.minimum(0), z.lt(1))),
  conditionalNormalisation: z.exactOptional(z.boolean()),
  palette: z.union([z.enum(palettes), z.pipe(z.boolean(), z.transform(paletteOfVersion1))]),
  drafts: z.exactOptional(z.boolean()),
  colours: z.exactOptional(z.boolean()),
  matching: z.exactOptional(z.array(z.enum(matchingLayers)).check(z.minLength(1))),
});

/**
 * Checks a card's configuration.
 *
 * @param source file name of the card, for messages
 * @throws WeightsError naming the first field that is wrong, e.g. `configuration.encoder.widths`
 */
export function parseGeneratorConfig(configuration: unknown, source: string): GeneratorConfig {
  const result = generatorConfigSchema.safeParse(configuration);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new WeightsError(
    {
      expected: 'a generator that this version can build',
      name: ['configuration', ...(issue?.path ?? [])].map(String).join('.'),
      received: issue?.message ?? 'another form',
      where: source,
      remedy: 'the model may be made for a newer version of this package',
    },
    { cause: result.error },
  );
}
