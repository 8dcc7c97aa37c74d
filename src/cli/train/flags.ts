/** The flags of `wasserfarbe train`, made from the schema of its configuration. */

import { InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { flagName } from '../../flag-name.ts';
import { methodNames, methods, presetNames } from '../../networks/presets.ts';
import { configSchema, defaultSettings } from '../../training/config.ts';
import { toNumber } from '../shared/arguments.ts';

/** What JSON Schema says of a setting, as far as a flag needs it. */
const settingSchema = z.object({
  type: z.enum(['string', 'number', 'integer', 'boolean']).default('string'),
  enum: z.array(z.string()).optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  description: z.string().optional(),
});
type Setting = z.output<typeof settingSchema>;

/**
 * Flags for all fields, in the order of the schema. They have no defaults of their own, since presets differ: help shows those
 * of the method and preset that `args` name.
 */
export function settingsFlags(args: readonly string[] = []): Option[] {
  const { properties = {} } = z.toJSONSchema(configSchema, { io: 'input' });
  const defaults = defaultsOf(args);
  return Object.entries(properties).flatMap(([name, schema]) => {
    const setting = settingSchema.parse(schema);
    const known = isNeeded(name) ? undefined : settingSchema.shape.default.parse(defaults[name]);
    return flagsOf(name, { ...setting, default: known });
  });
}

function isNeeded(name: string): boolean {
  return ['stage', 'contentDir', 'styleDir', 'saveDir'].includes(name);
}

/** A method or preset that there is not is complained of when flags are read. */
function defaultsOf(args: readonly string[]): Readonly<Record<string, unknown>> {
  const named = (flag: string) => args.at(args.indexOf(flag) + 1) ?? '';
  const method = methodNames.find((name) => name === named('--method')) ?? 'wasserfarbe';
  const preset = presetNames.find((name) => name === named('--preset')) ?? 'slim';
  return defaultSettings(method, preset in methods[method] ? preset : 'slim');
}

/** Names of all settings. */
export const settingNames: readonly string[] = Object.keys(configSchema.shape);

function flagsOf(name: string, setting: Setting): Option[] {
  const kebab = flagName(name);
  const flag = `--${kebab}`;
  const about = setting.description ?? '';
  const text = setting.default === undefined ? about : `${about} (default: ${setting.default})`;
  if (setting.enum !== undefined) return [new Option(`${flag} <name>`, text).choices(setting.enum)];
  switch (setting.type) {
    case 'boolean':
      // Help shows the one that changes something.
      return [
        new Option(flag, about).hideHelp(setting.default === true),
        new Option(`--no-${kebab}`, `do not: ${about}`).hideHelp(setting.default !== true),
      ];
    case 'string':
      return [new Option(`${flag} <${/dir$/i.test(name) ? 'folder' : 'text'}>`, text)];
    case 'integer':
    case 'number':
      return [new Option(`${flag} <number>`, text).argParser(toFinite)];
  }
}

/** Only that it is a number: its range is the schema's. */
function toFinite(text: string): number {
  const value = toNumber(text);
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number.');
}
