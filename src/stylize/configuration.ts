/** From the `configuration` of a model card to the generator that it describes. */

import { WeightsError } from '../errors.ts';
import { type GeneratorConfig, generatorSchema } from '../networks/settings.ts';

/**
 * Checks a card's configuration.
 *
 * @param source file name of the card, for messages
 * @throws WeightsError naming the first field that is wrong, e.g. `configuration.encoder.widths`
 */
export function parseGeneratorConfig(configuration: unknown, source: string): GeneratorConfig {
  const result = generatorSchema.safeParse(configuration);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new WeightsError(
    {
      expected: 'a generator that this version can build',
      name: ['configuration', ...(issue?.path ?? [])].map(String).join('.'),
      received: issue?.message ?? 'another form',
      where: source,
      remedy: 'the model is of another version of this package: export it again from its checkpoint',
    },
    { cause: result.error },
  );
}
