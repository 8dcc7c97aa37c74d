import { describe, expect, it } from 'vitest';
import { input } from '../graph/ops/sources.ts';
import { elementCount } from '../graph/shape.ts';
import { Variables } from './parameters.ts';
import { presetNames, presets } from './presets.ts';
import { encodeStyle, type GeneratorConfig, stylise } from './wasserfarbe.ts';

/** Parameters of the whole generator, by first part of their names. */
function count(config: GeneratorConfig) {
  const variables = new Variables();
  const picture = (name: string) => input(name, [1, 3, 32, 32]);
  stylise(picture('content'), encodeStyle(picture('style'), variables, config), variables, config);
  const parts: Record<string, number> = { total: 0 };
  for (const [name, { shape }] of variables.tensors) {
    const part = name.split('.')[0] ?? '';
    parts[part] = (parts[part] ?? 0) + elementCount(shape);
    parts.total = (parts.total ?? 0) + elementCount(shape);
  }
  return parts;
}

describe('presets', () => {
  it('are the two named ones', () => {
    expect(presetNames).toEqual(['slim', 'paper']);
  });

  it('slim has half a million parameters', () => {
    expect(count(presets.slim)).toMatchInlineSnapshot(`
      {
        "attention": 49536,
        "decoder": 223827,
        "encoder": 219792,
        "modulation": 55744,
        "total": 548899,
      }
    `);
  });

  it('paper has 8.1 million with one level, 20.9 million with two, AdaIN 7.0 million', () => {
    expect(count(presets.paper)).toMatchInlineSnapshot(`
      {
        "attention": 1050624,
        "decoder": 3505219,
        "encoder": 3505740,
        "total": 8061583,
      }
    `);
    const two = count({ ...presets.paper, levels: ['relu4_1', 'relu5_1'] });
    const adain = count({ ...presets.paper, transform: 'adain' });
    expect([two.total, adain.total]).toMatchInlineSnapshot(`
      [
        20911247,
        7010959,
      ]
    `);
  });
});
