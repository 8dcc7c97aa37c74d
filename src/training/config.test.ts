import { describe, expect, it } from 'vitest';
import { flagName } from '../flag-name.ts';
import { SettingError } from '../errors.ts';
import { generatorOf } from '../networks/presets.ts';
import { wasserfarbe } from '../networks/wasserfarbe.ts';
import { generatorConfig, parseTrainingConfig, defaultSettings } from './config.ts';
import { stageNames } from './config-schema.ts';
import { criticStepsOf, drawsPerStep } from './stage-graph.ts';
import { shellWord, trainCommand } from './command-line.ts';
import { scheduledRate } from './adam.ts';

const needed = {
  stage: 'style',
  contentDir: 'content',
  styleDir: 'style',
  saveDir: 'runs/x',
  lossNetwork: 'vgg.safetensors',
} as const;

describe('parseTrainingConfig', () => {
  it('fills in defaults for every stage', () => {
    for (const stage of stageNames) {
      const { lossNetwork, ...folders } = needed;
      const config = parseTrainingConfig({ ...folders, stage });
      expect(config).toMatchObject({
        stage,
        preset: 'slim',
        lossNetwork: 'eye',
        batchSize: 2,
        cropSize: 256,
        conditioning: 'standardised',
        penaltyWeight: 10,
        criticSteps: 1,
        seed: 1,
      });
    }
  });

  it('leaves its own results unchanged', () => {
    const config = parseTrainingConfig(needed);
    expect(parseTrainingConfig(config)).toEqual(config);
  });

  it.each([
    ['an unknown setting', { batchsize: 4 }, /batchsize/],
    ['an unknown stage', { stage: 'gan' }, /training setting stage: .*distil.*style/],
    ['a crop that is no multiple of 16', { cropSize: 100 }, /training setting cropSize: .*16/],
    ['a crop that is too small', { cropSize: 16 }, /training setting cropSize/],
    ['a fraction of a batch', { batchSize: 1.5 }, /training setting batchSize/],
    ['a learning rate of 0', { learningRate: 0 }, /^training setting learningRate: [^\n]* but received 0$/],
    ['an average that never moves', { ema: 1 }, /training setting ema/],
    [
      'two weights for five layers',
      { layerWeights: '1,2' },
      /: expected five numbers with commas between them but received 1,2$/,
    ],
    ['a negative weight', { contentWeight: -1 }, /training setting contentWeight/],
    ['a missing folder', { styleDir: undefined }, /training setting styleDir/],
    ['text for a number', { iterations: '10' }, /training setting iterations: [^\n]* received string$/],
  ])('refuses %s in one line', (_, wrong, message) => {
    const parse = () => parseTrainingConfig({ ...needed, ...wrong });
    expect(parse).toThrow(SettingError);
    expect(parse).toThrow(message);
    expect(parse).not.toThrow(/\n/);
  });

  it('refuses no settings at all', () => {
    expect(() => parseTrainingConfig(undefined)).toThrow(/training setting settings/);
  });

  it('refuses a range the wrong way round', () => {
    expect(() => parseTrainingConfig({ ...needed, regionMin: 200, regionMax: 150 })).toThrow(
      'expected at most regionMax (150) for regionMin but received 200',
    );
  });

  it('refuses conditional normalisation without modulation', () => {
    expect(() => parseTrainingConfig({ ...needed, modulation: 0 })).toThrow(
      'expected a modulation of 1 unit or more with conditional normalisation for modulation but received 0; or set conditionalNormalisation to false',
    );
  });

  it('refuses a grid loss on crops that have no room for its blocks', () => {
    expect(() => parseTrainingConfig({ ...needed, gridWeight: 1, cropSize: 64 })).toThrow(
      'expected crops of more than 64 pixels with a grid loss for cropSize but received 64; or set gridWeight to 0',
    );
    expect(() =>
      parseTrainingConfig({ ...needed, steadinessWeight: 1, gridWeight: 0, cropSize: 64 }),
    ).toThrow(
      'expected crops of more than 64 pixels with a steadiness loss for cropSize but received 64; or set steadinessWeight to 0',
    );
  });
});

describe('generatorConfig', () => {
  it('is the preset, overridden by the settings', () => {
    expect(generatorConfig(parseTrainingConfig(needed))).toEqual(wasserfarbe.slim);
    expect(generatorConfig(parseTrainingConfig({ ...needed, preset: 'paper' }))).toEqual(wasserfarbe.paper);
    const plainDecoder = { modulation: 0, conditionalNormalisation: false } as const;
    const changed = parseTrainingConfig({
      ...needed,
      ...plainDecoder,
      transform: 'adain',
      layers: 'relu4_1+relu5_1',
    });
    expect(generatorConfig(changed)).toEqual({
      ...wasserfarbe.slim,
      transform: 'adain',
      modulation: 0,
      conditionalNormalisation: false,
      layers: 'relu4_1+relu5_1',
    });
    const faithful = { palette: 'none', pooledKeys: false, shortcuts: 'none' } as const;
    const plain = parseTrainingConfig({ ...needed, ...faithful });
    expect(generatorConfig(plain)).toEqual({ ...wasserfarbe.slim, ...faithful });
  });
});

it.each(['wct', 'avatar'] as const)('trains %s, in closed form, by autoencode alone', (method) => {
  expect(() => parseTrainingConfig({ ...needed, method })).toThrow(
    `expected autoencode with method ${method}, which learns nothing but to invert features, for stage but received style`,
  );
  expect(parseTrainingConfig({ ...needed, method, stage: 'autoencode' }).cropSize).toBe(128);
  expect(defaultSettings(method).stage).toBe('autoencode');
});

it('holds no painting back where there is a single one', () => {
  expect(parseTrainingConfig({ ...needed, stage: 'single', method: 'johnson' }).holdoutStyles).toBe(0);
  expect(parseTrainingConfig({ ...needed, method: 'johnson' }).holdoutStyles).toBe(40);
});

it('lists every setting of the generator with the value that the run uses', () => {
  for (const [method, preset] of [
    ['wasserfarbe', 'slim'],
    ['wasserfarbe', 'paper'],
    ['sanet', 'slim'],
    ['adain', 'paper'],
  ] as const) {
    const config = parseTrainingConfig({ ...needed, method, preset });
    const network = generatorConfig(config);
    expect(generatorConfig({ ...config, preset: 'slim', method })).toEqual({
      ...network,
      encoder: generatorOf(method, 'slim').encoder,
    });
    expect(defaultSettings(method, preset)).toMatchObject({
      modulation: network.modulation,
      transform: network.transform,
      drafts: network.drafts,
      layers: network.layers,
    });
  }
});

describe('scheduledRate', () => {
  const rate = (settings: object, step: number) => {
    const config = { ...needed, iterations: 1000, schedule: 'constant', ...settings };
    return scheduledRate(parseTrainingConfig(config), 2e-4, step);
  };

  it('rises from the first step to the end of the warm-up', () => {
    expect(rate({ warmup: 10 }, 0)).toBeCloseTo(2e-5, 12);
    expect(rate({ warmup: 10 }, 4)).toBeCloseTo(1e-4, 12);
    expect(rate({ warmup: 10 }, 9)).toBeCloseTo(2e-4, 12);
    expect(rate({ warmup: 10 }, 500)).toBeCloseTo(2e-4, 12);
    expect(rate({ warmup: 0 }, 0)).toBeCloseTo(2e-4, 12);
  });

  it('falls by 1 / (1 + decay · step) if inverse', () => {
    const settings = { warmup: 0, schedule: 'inverse', learningRateDecay: 0.01 };
    expect(rate(settings, 0)).toBeCloseTo(2e-4, 12);
    expect(rate(settings, 100)).toBeCloseTo(1e-4, 12);
  });

  it('falls along half a cosine', () => {
    const settings = { warmup: 0, schedule: 'cosine' };
    expect(rate(settings, 0)).toBeCloseTo(2e-4, 12);
    expect(rate(settings, 500)).toBeCloseTo(1e-4, 12);
    expect(rate(settings, 999)).toBeLessThan(1e-9);
  });
});

it('trainCommand states every setting that is not its default', () => {
  const config = parseTrainingConfig({ ...needed, learningRate: 1e-4, trainEncoder: true });
  expect(trainCommand(config)).toBe(
    'wasserfarbe train --stage style --content-dir content --style-dir style --save-dir runs/x --loss-network vgg.safetensors --learning-rate 0.0001 --train-encoder',
  );
});

it('trainCommand repeats a decay with its schedule', () => {
  const settings = { learningRateDecay: 1e-3, schedule: 'cosine' } as const;
  expect(trainCommand(parseTrainingConfig({ ...needed, ...settings }))).toContain('--schedule cosine');
});

it('refuses what would have no effect, or leave no picture', () => {
  const parsed = (settings: object) => () => parseTrainingConfig({ ...needed, ...settings });
  expect(parsed({ cacheSize: 128, cropSize: 256, regionMin: 180 })).toThrow(
    'expected at least 180, the smaller of regionMin and cropSize for cacheSize but received 128',
  );
  expect(parsed({ stage: 'autoencode', trainEncoder: true })).toThrow(
    'expected false in stage autoencode, which inverts an encoder that stays as it is for trainEncoder',
  );
});

it('names settings as flags', () => {
  expect(['lr', 'batchSize', 'learningRateDecay'].map(flagName)).toEqual([
    'lr',
    'batch-size',
    'learning-rate-decay',
  ]);
});

it('trains the preset paper as the paper says, unless told otherwise', () => {
  const config = parseTrainingConfig({ ...needed, preset: 'paper', batchSize: 8 });
  expect(config).toMatchObject({
    contentForm: 'raw',
    contentLayers: 'relu4_1',
    contentWeight: 1,
    styleWeight: 10,
    styleLoss: 'wasserstein',
    conditioning: 'none',
    colour: false,
    learningRate: 1e-4,
    schedule: 'inverse',
    criticSteps: 5,
    alternate: true,
    criticClip: 0,
    clip: 0,
    ema: 0,
    divergence: 0,
    positions: 65_536,
    penaltyWeight: 10,
    cacheSize: 512,
    resize: 'square',
    mirror: false,
    regionMin: 256,
    regionMax: 256,
    cropSize: 256,
    batchSize: 8,
  });
  expect(trainCommand(config)).toContain('--preset paper --content-dir');
  expect(trainCommand(config)).toContain('--batch-size 8');
});

it('trains SANet and AdaIN with losses of their own, in either width', () => {
  const sanet = parseTrainingConfig({ ...needed, method: 'sanet' });
  const losses = { styleLoss: 'moments', momentsWeight: 3, identityWeight: 1, contentForm: 'normalised' };
  expect(sanet).toMatchObject({ ...losses, colour: false, deepestLayer: 'relu5_1', cropSize: 128 });
  expect(generatorConfig(sanet)).toEqual(generatorOf('sanet', 'slim'));
  expect(parseTrainingConfig({ ...needed, method: 'sanet', preset: 'paper' })).toMatchObject(losses);
  const adain = parseTrainingConfig({ ...needed, method: 'adain', preset: 'paper' });
  expect(adain).toMatchObject({ contentForm: 'adain', momentsWeight: 10, deepestLayer: 'relu4_1' });
  expect(adain).toMatchObject({ contentLayers: 'relu4_1', momentPositions: 65_536, iterations: 160_000 });
  expect(adain).toMatchObject({ cropSize: 256, batchSize: 8, learningRate: 1e-4, schedule: 'inverse' });
  expect(trainCommand(adain)).toContain('--stage style --method adain --preset paper --content-dir');
  expect(trainCommand(adain)).not.toContain('--moments-weight');
  expect(() => parseTrainingConfig({ ...needed, method: 'adain', preset: 'paper-slim' })).toThrow(
    'expected slim or paper with method adain for preset',
  );
});

it('draws a batch for each update of a step', () => {
  const draws = (changed: object) =>
    drawsPerStep(parseTrainingConfig({ ...needed, criticSteps: 5, ...changed }));
  expect(draws({})).toBe(5);
  expect(draws({ alternate: true })).toBe(6);
  expect(draws({ alternate: true, styleLoss: 'moments' })).toBe(1);
});

it('counts critic steps if there are critics', () => {
  const steps = (stage: string, styleLoss: string) =>
    criticStepsOf(parseTrainingConfig({ ...needed, stage, styleLoss, criticSteps: 3 }));
  const wanted = { 'wasserstein+moments': 3, wasserstein: 3, moments: 1, swd: 1 };
  for (const [styleLoss, count] of Object.entries(wanted)) expect(steps('style', styleLoss)).toBe(count);
  expect(steps('distil', 'wasserstein')).toBe(1);
});

it('quotes text for a shell unless it is a plain word', () => {
  expect(shellWord('runs/x-1.bin')).toBe('runs/x-1.bin');
  expect(shellWord("it's mine")).toBe("'it'\\''s mine'");
});
