import { describe, expect, it } from 'vitest';
import { SettingError } from '../errors.ts';
import { input } from '../graph/ops/sources.ts';
import { elementCount } from '../graph/shape.ts';
import { encodeStyle, stylize } from './generator.ts';
import type { GeneratorConfig } from './settings.ts';
import { generatorOf, methodNames, methods } from './presets.ts';
import { Variables } from './parameters.ts';

/** Parameters of the whole generator, by first part of their names. */
function count(config: GeneratorConfig) {
  const variables = new Variables();
  const picture = (name: string) => input(name, [1, 3, 32, 32]);
  stylize(picture('content'), encodeStyle(picture('style'), variables, config), variables, config);
  const parts: Record<string, number> = { total: 0 };
  for (const [name, { shape }] of variables.tensors) {
    const part = name.split('.')[0] ?? '';
    parts[part] = (parts[part] ?? 0) + elementCount(shape);
    parts.total = (parts.total ?? 0) + elementCount(shape);
  }
  return parts;
}

describe('methods', () => {
  it('come in both widths, Wasserfarbe as in the paper too', () => {
    expect(Object.entries(methods).map(([name, presets]) => [name, ...Object.keys(presets)])).toEqual([
      ['wasserfarbe', 'slim', 'paper', 'paper-slim'],
      ['sanet', 'slim', 'paper'],
      ['adain', 'slim', 'paper'],
      ['wct', 'slim', 'paper'],
      ['avatar', 'slim', 'paper'],
      ['manet', 'slim', 'paper'],
      ['johnson', 'slim', 'paper'],
    ]);
  });

  it('have as many parameters in the slim width', () => {
    expect(
      Object.fromEntries(methodNames.map((name) => [name, count(methods[name].slim)])),
    ).toMatchInlineSnapshot(`
      {
        "adain": {
          "decoder": 219667,
          "encoder": 219792,
          "total": 439459,
        },
        "avatar": {
          "decoder": 219667,
          "encoder": 219792,
          "total": 439459,
        },
        "johnson": {
          "decoder": 223827,
          "encoder": 219792,
          "total": 443619,
        },
        "manet": {
          "attention": 198144,
          "decoder": 219667,
          "encoder": 219792,
          "total": 637603,
        },
        "sanet": {
          "attention": 132096,
          "decoder": 219667,
          "encoder": 810128,
          "merge": 147584,
          "total": 1309475,
        },
        "wasserfarbe": {
          "attention": 35136,
          "decoder": 225539,
          "encoder": 219792,
          "modulation": 133424,
          "total": 613891,
        },
        "wct": {
          "decoder": 262572,
          "encoder": 219792,
          "total": 482364,
        },
      }
    `);
  });

  it('have as many parameters in the paper’s width', () => {
    expect(
      Object.fromEntries(methodNames.map((name) => [name, count(methods[name].paper)])),
    ).toMatchInlineSnapshot(`
      {
        "adain": {
          "decoder": 3505219,
          "encoder": 3505740,
          "total": 7010959,
        },
        "avatar": {
          "decoder": 3505219,
          "encoder": 3505740,
          "total": 7010959,
        },
        "johnson": {
          "decoder": 3571011,
          "encoder": 3505740,
          "total": 7076751,
        },
        "manet": {
          "attention": 3151872,
          "decoder": 3505219,
          "encoder": 3505740,
          "total": 10162831,
        },
        "sanet": {
          "attention": 2101248,
          "decoder": 3505219,
          "encoder": 12944972,
          "merge": 2359808,
          "total": 20911247,
        },
        "wasserfarbe": {
          "attention": 1050624,
          "decoder": 3505219,
          "encoder": 3505740,
          "total": 8061583,
        },
        "wct": {
          "decoder": 17118927,
          "encoder": 12944972,
          "total": 30063899,
        },
      }
    `);
  });

  it('refuse a preset that they lack', () => {
    expect(generatorOf('wasserfarbe', 'paper-slim')).toBe(methods.wasserfarbe['paper-slim']);
    expect(() => generatorOf('sanet', 'paper-slim')).toThrow(SettingError);
    expect(() => generatorOf('sanet', 'paper-slim')).toThrow(
      'expected slim or paper with method sanet for preset but received paper-slim',
    );
  });
});
