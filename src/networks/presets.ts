/** The methods by name, and the presets of each. */

import { SettingError } from '../errors.ts';
import { adain } from './adain.ts';
import { avatar } from './avatar.ts';
import type { GeneratorConfig } from './settings.ts';
import { johnson } from './johnson.ts';
import { manet } from './manet.ts';
import { sanet } from './sanet.ts';
import { wasserfarbe } from './wasserfarbe.ts';
import { wct } from './wct.ts';

export const methods = { wasserfarbe, sanet, adain, wct, avatar, manet, johnson } as const;
export type MethodName = keyof typeof methods;
export const methodNames = Object.keys(methods) as MethodName[];

/**
 * `slim` and `paper` are widths that every method has. `paper-slim` is the paper's form of Wasserfarbe, slim.
 */
export const presetNames = ['slim', 'paper', 'paper-slim'] as const;
export type PresetName = (typeof presetNames)[number];

/**
 * The generator of a method.
 *
 * @throws SettingError if the method has no such preset
 */
export function generatorOf(method: MethodName, preset: PresetName): GeneratorConfig {
  const presets: Readonly<Partial<Record<PresetName, GeneratorConfig>>> = methods[method];
  const config = presets[preset];
  if (config !== undefined) return config;
  throw new SettingError({
    expected: `${Object.keys(presets).join(' or ')} with method ${method}`,
    name: 'preset',
    received: preset,
  });
}
