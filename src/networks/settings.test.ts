import { describe, expect, it } from 'vitest';
import { WeightsError } from '../errors.ts';
import { wasserfarbe } from './wasserfarbe.ts';
import { parseGeneratorConfig } from './settings.ts';

const parse = (configuration: unknown) => parseGeneratorConfig(configuration, 'model.json');
const written = (configuration: object): object => JSON.parse(JSON.stringify(configuration));

describe('a card’s configuration', () => {
  it.each(Object.entries(wasserfarbe))('of the preset %s comes back from JSON', (_, config) => {
    expect(parse(written(config))).toEqual(config);
  });

  it('of drafts and conditional normalisation comes back, on and off', () => {
    for (const on of [true, false]) {
      const config = { ...wasserfarbe.slim, drafts: on, conditionalNormalisation: on };
      expect(parse(written(config))).toEqual(config);
    }
  });

  it.each([
    ['palette', 'sepia'],
    ['palette', true],
    ['layers', ['relu4_1']],
    ['drafts', 'yes'],
    ['conditionalNormalisation', 0.5],
  ])('is refused in one line that names the field: %s %s', (name, value) => {
    const wrong = () => parse({ ...wasserfarbe.slim, [name]: value });
    expect(wrong).toThrow(WeightsError);
    expect(wrong).toThrow(new RegExp(`^expected .* for configuration\\.${name} but received .*model\\.json`));
    expect(wrong).not.toThrow(/\n/);
  });

  it('of a model from before shares of shallow shortcuts has all of them', () => {
    const { shallowShare: _, ...older } = wasserfarbe.slim;
    expect(parse(older)).toEqual({ ...older, shallowShare: 1 });
  });

  it('with a field that this version does not know is refused', () => {
    expect(() => parse({ ...wasserfarbe.slim, varnish: true })).toThrow(/configuration.*varnish/);
  });
});
