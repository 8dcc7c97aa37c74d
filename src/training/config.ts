/** The settings of a training run: flat, typed, printed at the start and stored in every checkpoint. */

import { z } from 'zod';
import { SettingError } from '../errors.ts';
import { minimumSize } from '../networks/generator.ts';
import {
  generatorOf,
  type MethodName,
  methodNames,
  type PresetName,
  presetNames,
} from '../networks/presets.ts';
import { type GeneratorConfig, generatorSchema, generatorSettingNames } from '../networks/settings.ts';
import { transforms } from '../networks/transforms/table.ts';
import { visible } from '../visible.ts';
import { configSchema } from './config-schema.ts';
import { teachesStyle } from './stage-graph.ts';
import { presetSettings } from './preset-settings.ts';

export type TrainingConfig = z.output<typeof configSchema>;
export type TrainingSettings = z.input<typeof configSchema>;

/**
 * Fills in defaults.
 *
 * @throws SettingError, of one line, for an unknown or impossible setting
 */
export function parseTrainingConfig(settings: unknown): TrainingConfig {
  const result = configSchema.safeParse(withPreset(settings));
  if (!result.success) {
    const issue = result.error.issues[0];
    const path = issue?.path.join('.') || 'settings';
    const message = issue?.message ?? 'invalid';
    throw new SettingError(`training setting ${path}: ${message}${cameInstead(settings, path, message)}`);
  }
  // The settings include those of the preset's generator, since they are printed and stored.
  const { encoder: _, ...preset } = generatorOf(result.data.method, result.data.preset);
  // A single painting cannot be held back.
  const held = result.data.stage === 'single' ? { holdoutStyles: 0 } : {};
  const config: TrainingConfig = { ...preset, ...result.data, ...held };
  const network = generatorConfig(config);
  const { stage, cropSize, method } = config;
  const style = teachesStyle(config);
  if (style && transforms[network.transform].learns === 'nothing') {
    throw new SettingError({
      expected: `autoencode with method ${method}, which learns nothing but to invert features,`,
      name: 'stage',
      received: stage,
    });
  }
  for (const loss of ['grid', 'steadiness'] as const) {
    if (!style || config[`${loss}Weight`] === 0 || cropSize > 64) continue;
    throw new SettingError({
      expected: `crops of more than 64 pixels with a ${loss} loss`,
      name: 'cropSize',
      received: `${cropSize}`,
      remedy: `or set ${loss}Weight to 0`,
    });
  }
  if (style && cropSize < minimumSize(network)) {
    throw new SettingError({
      expected: `crops of at least ${minimumSize(network)} pixels with drafts`,
      name: 'cropSize',
      received: `${cropSize}`,
      remedy: 'or set drafts to false',
    });
  }
  if (style && config.disentanglementWeight > 0 && config.batchSize < 2) {
    throw new SettingError({
      expected: '2 or more with a disentanglement loss, which compares the samples of a batch',
      name: 'batchSize',
      received: `${config.batchSize}`,
      remedy: 'or set disentanglementWeight to 0',
    });
  }
  const least = Math.min(config.regionMin, cropSize);
  if (config.cacheSize < least) {
    throw new SettingError({
      expected: `at least ${least}, the smaller of regionMin and cropSize`,
      name: 'cacheSize',
      received: `${config.cacheSize}`,
    });
  }
  if (stage === 'autoencode' && config.trainEncoder) {
    throw new SettingError({
      expected: 'false in stage autoencode, which inverts an encoder that stays as it is',
      name: 'trainEncoder',
      received: 'true',
    });
  }
  if (network.conditionalNormalisation && network.modulation === 0) {
    throw new SettingError({
      expected: 'a modulation of 1 unit or more with conditional normalisation',
      name: 'modulation',
      received: '0',
      remedy: 'or set conditionalNormalisation to false',
    });
  }
  if (config.regionMin > config.regionMax) {
    throw new SettingError({
      expected: `at most regionMax (${config.regionMax})`,
      name: 'regionMin',
      received: `${config.regionMin}`,
    });
  }
  return config;
}

/** The value of a setting, for messages: Zod names only the kind of one that is of another kind. */
function cameInstead(settings: unknown, name: string, message: string): string {
  const value: unknown =
    typeof settings === 'object' && settings !== null ? Reflect.get(settings, name) : undefined;
  return value === undefined || message.includes('received') ? '' : ` but received ${visible(`${value}`)}`;
}

function withPreset(settings: unknown): unknown {
  const wanted = z
    .object({
      method: z.enum(methodNames).default('wasserfarbe'),
      preset: z.enum(presetNames).default('slim'),
    })
    .safeParse(settings);
  if (!wanted.success || typeof settings !== 'object') return settings;
  const { method, preset } = wanted.data;
  return { ...presetSettings[method][preset], ...settings };
}

/** The generator that a run trains: the method's preset, with the settings that override it. */
export function generatorConfig(config: TrainingConfig): GeneratorConfig {
  const { encoder, ...preset } = generatorOf(config.method, config.preset);
  const chosen = Object.fromEntries(
    generatorSettingNames.map((name) => [name, config[name] ?? preset[name]]),
  );
  return generatorSchema.parse({ encoder, ...chosen });
}

/** The default settings of a run of a method and preset, by name. */
export function defaultSettings(
  method: MethodName = 'wasserfarbe',
  preset: PresetName = 'slim',
): Readonly<Record<string, unknown>> {
  const needed = { contentDir: '', styleDir: '', saveDir: '' };
  const { learns } = transforms[generatorOf(method, preset).transform];
  const stage = learns === 'style' ? 'style' : 'autoencode';
  return parseTrainingConfig({ stage, method, preset, ...needed });
}
