/** `wasserfarbe train`: one stage of a training, with every setting of the configuration as a flag. */

import { InvalidArgumentError, Option, type Command } from 'commander';
import { z } from 'zod';
import { flagName } from '../../flag-name.ts';
import { methodNames, methods, presetNames } from '../../networks/presets.ts';
import { defaultSettings } from '../../training/config.ts';
import { configSchema } from '../../training/config-schema.ts';
import { toNumber } from '../shared/flags.ts';
import type { CommandModule } from '../main.ts';

/** The fields of a setting's JSON Schema that a flag needs. */
const settingSchema = z.object({
  type: z.enum(['string', 'number', 'integer', 'boolean']).default('string'),
  enum: z.array(z.string()).optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
  description: z.string().optional(),
});
type Setting = z.output<typeof settingSchema>;

/**
 * Flags for all fields, in the order of the schema. They have no defaults of their own, since presets differ.
 * Help shows those of the method and preset that `args` name.
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

/** Defaults of the chosen method and preset. Unknown ones are reported when flags are read. */
function defaultsOf(args: readonly string[]): Readonly<Record<string, unknown>> {
  const named = (flag: string) => args.at(args.indexOf(flag) + 1) ?? '';
  const method = methodNames.find((name) => name === named('--method')) ?? 'wasserfarbe';
  const preset = presetNames.find((name) => name === named('--preset')) ?? 'slim';
  return defaultSettings(method, preset in methods[method] ? preset : 'slim');
}

function flagsOf(name: string, setting: Setting): Option[] {
  const kebab = flagName(name);
  const flag = `--${kebab}`;
  const about = setting.description ?? '';
  const text = setting.default === undefined ? about : `${about} (default: ${setting.default})`;
  if (setting.enum !== undefined) return [new Option(`${flag} <name>`, text).choices(setting.enum)];
  switch (setting.type) {
    case 'boolean':
      // Help shows the form that changes something.
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

/** Checks only that it is a number; the schema checks its range. */
function toFinite(text: string): number {
  const value = toNumber(text);
  if (Number.isFinite(value)) return value;
  throw new InvalidArgumentError('Expected a number.');
}

export const trainCommand: CommandModule = {
  aliases: {
    lr: 'learning-rate',
    'lr-decay': 'learning-rate-decay',
    'max-iter': 'iterations',
    'save-model-interval': 'keep-every',
    'n-threads': 'threads',
  },
  replaced: { 'two-levels': 'layers' },
  configure(command: Command) {
    command
      .option(
        '--config <file>',
        'settings as JSON, e.g. {"stage": "style", "batchSize": 8}; flags win over it',
      )
      .option('--resume', 'go on from the checkpoint in --save-dir, with its settings; flags win over them')
      .option('--force', 'start anew in a --save-dir that holds a run already; its files are written over')
      .option(
        '--export-step <folder>',
        'train elsewhere: write graphs, states and plan for torch/train.py, and end',
      )
      .option('--split', 'with --export-step: gradients apart from updates, for several GPUs or machines');
    for (const flag of settingsFlags(process.argv)) command.addOption(flag);
    command
      .addHelpText(
        'after',
        `
Defaults are those of --method and --preset: name them before --help to see theirs. A folder that ends in /**, quoted, is
that folder with --recursive.
Aliases: --lr, --lr-decay (which also sets --schedule inverse), --max-iter, --save-model-interval.
Ctrl-C saves a checkpoint and says how to go on; a second one ends at once.

Example:
  wasserfarbe train --stage style --content-dir photos --style-dir paintings --save-dir runs/style \\
    --loss-network vgg19.safetensors --init runs/autoencode/checkpoint.safetensors --iterations 5000`,
      )
      .action(async (flags: Record<string, unknown>) => {
        const { trainStage } = await import('./run.ts');
        await trainStage(flags);
      });
  },
};
