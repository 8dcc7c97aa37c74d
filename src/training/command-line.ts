/** The command line of a run. */

import { flagName } from '../flag-name.ts';
import { parseTrainingConfig, type TrainingConfig } from './config.ts';

/** The command line that repeats a run: all settings that are not defaults. */
export function trainCommand(config: TrainingConfig): string {
  const defaults: Record<string, unknown> = parseTrainingConfig({
    stage: config.stage,
    method: config.method,
    preset: config.preset,
    contentDir: '',
    styleDir: '',
    saveDir: '',
  });
  const flags = Object.entries(config).flatMap(([name, value]) => {
    if (name === 'method' && value !== 'wasserfarbe') return [`--method ${value}`];
    if (name === 'preset' && value !== 'slim') return [`--preset ${value}`];
    // A decay without a schedule stands for the inverse one.
    const isBesideDecay = name === 'schedule' && config.learningRateDecay !== defaults.learningRateDecay;
    if (name !== 'stage' && value === defaults[name] && !isBesideDecay) return [];
    const flag = `--${flagName(name)}`;
    if (typeof value === 'boolean') return value ? [flag] : [flag.replace('--', '--no-')];
    return [`${flag} ${shellWord(`${value}`)}`];
  });
  return ['wasserfarbe train', ...flags].join(' ');
}

/** Text as one word for a POSIX shell. */
export function shellWord(text: string): string {
  return /^[\w./:,@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
