/** Settings from a JSON file, in place of flags. */

import { type Command, InvalidArgumentError, type Option } from 'commander';
import { SettingError } from '../../errors.ts';
import { explainFileError } from '../../files/read.ts';
import { readRegular } from '../../files/regular.ts';
import { kebabName } from './flags.ts';

/**
 * The object in a JSON file.
 *
 * @throws SettingError if there is none
 */
export async function readSettings(path: string): Promise<Record<string, unknown>> {
  const bytes = await readRegular(path).catch((cause: unknown) => {
    const received = explainFileError(cause);
    throw new SettingError({ expected: 'a JSON file', name: '--config', received, where: path }, { cause });
  });
  try {
    const settings: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof settings === 'object' && settings !== null && !Array.isArray(settings)) return { ...settings };
  } catch {
    // The error is the same as for JSON that is no object.
  }
  const received = 'something else';
  throw new SettingError({ expected: 'a JSON object', name: '--config', received, where: path });
}

/**
 * Sets the options of a command that a JSON file names and that no flag has set. Names are those of flags,
 * in any spelling.
 *
 * @throws SettingError for a name without a flag, and a value that the flag refuses
 */
export async function applyConfig(
  command: Command,
  path: string,
  aliases: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, value] of Object.entries(await readSettings(path))) {
    const kebab = kebabName(name);
    const flag = `--${Object.hasOwn(aliases, kebab) ? aliases[kebab] : kebab}`;
    const option = command.options.find(({ long }) => long === flag && flag !== '--config');
    if (option === undefined) {
      const received = `${name}, which is none`;
      throw new SettingError({ expected: 'names of flags', name: '--config', received, where: path });
    }
    const key = option.attributeName();
    if (command.getOptionValueSource(key) === 'cli') continue;
    const parsed = parsedValue(option, value, name, path);
    if (parsed !== undefined) command.setOptionValueWithSource(key, parsed, 'config');
  }
}

/** The value as the flag would parse it; undefined for a switch that is off. */
function parsedValue(option: Option, value: unknown, name: string, where: string): unknown {
  const { required, optional, variadic } = option;
  const refuse = (expected: string): never => {
    throw new SettingError({ expected, name, received: JSON.stringify(value), where });
  };
  if (value === false && !required) return undefined;
  if (value === true && !required) return option.presetArg ?? true;
  if (!required && !optional) return refuse('true or false');
  const list = Array.isArray(value) ? value : [value];
  if (!list.every((item) => typeof item === 'string' || typeof item === 'number')) {
    return refuse('text, a number or a list of these');
  }
  if (variadic) return list.map(String);
  try {
    return option.parseArg === undefined ? list.join(',') : option.parseArg(list.join(','), undefined);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    return refuse(error.message.replace(/^(Expected|Allowed choices are) /, '').replace(/\.$/, ''));
  }
}
