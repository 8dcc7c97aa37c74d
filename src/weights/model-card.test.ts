import { describe, expect, test } from 'vitest';
import { WeightsError } from '../errors.ts';
import { type ModelCard, parseModelCard } from './model-card.ts';

const card: ModelCard = {
  name: 'wasserfarbe-small',
  description: 'The small generator.',
  file: 'wasserfarbe-small.safetensors',
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  licence: 'MIT',
  created: '2025-11-23',
  method: 'wasserfarbe',
  configuration: { channels: [16, 32], blocks: { norm: null, skip: true }, scale: 0.5 },
  parameters: 964188,
  dtype: 'F16',
  training: {
    data: 'Public domain paintings.',
    stages: [
      {
        stage: 'warm-up',
        iterations: 1000,
        batchSize: 4,
        cropSize: 256,
        pictures: 400,
        seed: 7,
        command: 'wasserfarbe train --preset small',
        hours: 1.5,
        losses: { 'content.relu4_1': 0.2 },
      },
    ],
  },
  metrics: {
    protocol: '20 × 20 pictures of 256 pixels; 95 % bootstrap interval',
    lossNetwork: 'vgg19-16x',
    values: { content: { median: 1, low: 0.5, high: 2 } },
  },
  limitations: ['Faces lose their features.'],
};

/** The card from JSON, with the value at a path replaced, or removed if it is undefined. */
function changed(path: string, value: unknown): unknown {
  const keys = path.split('.');
  const change = (node: unknown, depth: number): unknown => {
    const key = keys[depth];
    if (key === undefined) return value;
    const copy: Record<string, unknown> = Object.assign(Array.isArray(node) ? [] : {}, node);
    copy[key] = change(copy[key], depth + 1);
    return copy;
  };
  return change(structuredClone(card), 0);
}

test('a valid card is returned unchanged', () => {
  expect(parseModelCard(JSON.parse(JSON.stringify(card)), 'x.json')).toEqual(card);
});

describe('an invalid card names its fault in one line', () => {
  const cases: [string, unknown, string][] = [
    ['name', undefined, 'text for name but received nothing'],
    ['name', '', 'text that is not empty for name but received ""'],
    ['description', 3, 'text for description but received 3'],
    ['licence', null, 'text for licence but received null'],
    [
      'file',
      'a/b.safetensors',
      'a .safetensors file name without a folder for file but received "a/b.safetensors"',
    ],
    ['file', 'b.bin', 'a .safetensors file name without a folder for file but received "b.bin"'],
    ['sha256', 'BA78', 'a SHA-256 of 64 lower-case hexadecimal digits for sha256 but received "BA78"'],
    ['sha256', 'x'.repeat(64), `digits for sha256 but received "${'x'.repeat(60)}…"`],
    ['created', '23.11.2025', 'a date such as 2025-01-31 for created but received "23.11.2025"'],
    [
      'method',
      'gatys',
      'one of wasserfarbe, sanet, adain, wct, avatar, manet, johnson for method but received "gatys"',
    ],
    ['configuration', [], 'an object for configuration but received a list'],
    ['configuration.scale', undefined, 'a JSON value for configuration.scale but received nothing'],
    ['parameters', 1.5, 'a whole number for parameters but received 1.5'],
    ['parameters', -1, 'a whole number, 0 or more for parameters but received -1'],
    ['dtype', 'BF16', 'F32 or F16 for dtype but received "BF16"'],
    ['training', 'none', 'an object for training but received "none"'],
    ['training.data', undefined, 'text for training.data but received nothing'],
    ['training.stages', {}, 'a list for training.stages but received an object'],
    ['training.stages.0.stage', undefined, 'text for training.stages[0].stage but received nothing'],
    [
      'training.stages.0.iterations',
      '9',
      'a whole number for training.stages[0].iterations but received "9"',
    ],
    [
      'training.stages.0.batchSize',
      0,
      'a whole number, 1 or more for training.stages[0].batchSize but received 0',
    ],
    [
      'training.stages.0.cropSize',
      0,
      'a whole number, 1 or more for training.stages[0].cropSize but received 0',
    ],
    ['training.stages.0.pictures', true, 'a whole number for training.stages[0].pictures but received true'],
    ['training.stages.0.seed', {}, 'a whole number for training.stages[0].seed but received an object'],
    ['training.stages.0.command', 1, 'text for training.stages[0].command but received 1'],
    [
      'training.stages.0.hours',
      -1,
      'a number of hours, 0 or more for training.stages[0].hours but received -1',
    ],
    [
      'training.stages.0.losses.total',
      'low',
      'a finite number for training.stages[0].losses.total but received "low"',
    ],
    ['metrics.protocol', undefined, 'text for metrics.protocol but received nothing'],
    ['metrics.lossNetwork', undefined, 'text for metrics.lossNetwork but received nothing'],
    [
      'metrics.values.content.low',
      undefined,
      'a finite number for metrics.values.content.low but received nothing',
    ],
    ['metrics.values.content.mean', 1, 'only median, low, high for metrics.values.content but received mean'],
    ['limitations', 'none', 'a list for limitations but received "none"'],
    ['limitations.0', 1, 'text for limitations[0] but received 1'],
    ['license', 'MIT', 'metrics, limitations for the model card but received license'],
  ];

  test.each(cases)('%s = %j', (path, value, expected) => {
    const parse = () => parseModelCard(changed(path, value), 'models/x.json');
    expect(parse).toThrow(WeightsError);
    expect(parse).toThrow(`${expected} (models/x.json)`);
    expect(parse).not.toThrow('\n');
  });

  test.each([[null], [[]], ['text'], [undefined]])('the whole is %j', (json) => {
    expect(() => parseModelCard(json, 'x.json')).toThrow(
      'expected an object for the model card but received',
    );
  });
});
