/** The work of `wasserfarbe train`: settings from file, checkpoint and flags; progress; an orderly end. */

import { defined } from '../../defined.ts';
import { join } from 'node:path';
import { flagName } from '../../flag-name.ts';
import { DeviceError } from '../../errors.ts';
import { probeRuntime } from '../../runtime/probe.ts';
import { type Device, deviceNeeds, devices } from '../../runtime/devices.ts';
import { createRuntime } from '../../runtime/node/onnxruntime.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { readCheckpoint } from '../../training/node/checkpoint.ts';
import { parseTrainingConfig, type TrainingConfig } from '../../training/config.ts';
import { configSchema } from '../../training/config-schema.ts';
import { shellWord } from '../../training/command-line.ts';
import { exportStep } from '../../training/node/export-step.ts';
import { CHECKPOINT_FILE, MODEL_FILE } from '../../training/node/run-folder.ts';
import { type Progress, train } from '../../training/node/trainer.ts';
import { readSettings } from '../shared/config-file.ts';
import { Exit, exitCodes, interruption, UsageError } from '../shared/failure.ts';
import { createMeter, type Meter } from '../shared/progress.ts';
import { say, tell } from '../shared/output.ts';

/**
 * Trains one stage.
 *
 * @throws Exit after an interruption
 */
export async function trainStage(flags: Readonly<Record<string, unknown>>): Promise<void> {
  const resume = flags.resume === true;
  const config = await readConfig(flags, resume);
  if (typeof flags.exportStep === 'string') return exportTo(flags.exportStep, config, flags);
  if (flags.split === true) {
    throw new UsageError({ expected: '--export-step', name: '--split', received: 'nothing to split' });
  }
  const runtime = createRuntime({
    device: deviceOf(config.device),
    spinning: false,
    ...defined({ threads: config.threads }),
  });
  await assertRuns(runtime);
  say(describe(config));
  const stated = standIn(config);
  if (stated !== undefined) tell(stated);
  const { signal, end } = interruption(() => {
    tell('finishing this step and saving; press Ctrl-C again to end at once');
  });
  const meter = await createMeter(config.iterations, 'steps', say);
  try {
    const events = { onMessage: meter.log, onStep: stepMeter(meter, config.iterations) };
    const result = await train({ config, runtime, resume, overwrite: flags.force === true, signal, events });
    meter.stop();
    if (result.interrupted) {
      tell(`stopped after step ${result.step}, saved in ${result.checkpoint}; go on with`);
      tell(`  wasserfarbe train --resume --save-dir ${shellWord(config.saveDir)}`);
      throw new Exit(exitCodes.interrupted);
    }
    const model = join(config.saveDir, MODEL_FILE);
    say(`${result.step} steps in ${result.hours.toFixed(2)} h; ${lossText(result.losses)}; ${model}`);
  } finally {
    meter.stop();
    end();
    await runtime.dispose();
  }
}

/**
 * Checks that a device really runs graphs, before pictures are decoded.
 *
 * @throws DeviceError that states the needs of the device
 */
async function assertRuns(runtime: Runtime): Promise<void> {
  const { device } = runtime;
  if (device === 'cpu') return;
  try {
    await probeRuntime(runtime);
  } catch (cause) {
    const needs = Object.entries(deviceNeeds).find(([name]) => name === device)?.[1] ?? 'another system';
    const received = cause instanceof Error ? cause.message.replace(/^.*: (?=\S)/, '') : String(cause);
    const remedy = 'train on the CPU, or with PyTorch by --export-step';
    throw new DeviceError({ expected: needs, name: `--device ${device}`, received, remedy }, { cause });
  }
}

/** Exports the step as files instead of running it. */
async function exportTo(
  folder: string,
  config: TrainingConfig,
  { resume, split }: Readonly<Record<string, unknown>>,
): Promise<void> {
  const previous = resume === true ? await readCheckpoint(join(config.saveDir, CHECKPOINT_FILE)) : undefined;
  const { files } = await exportStep({ config, folder, split: split === true, previous });
  say(`${folder}: ${files.join(', ')}`);
  if (config.styleList !== undefined) {
    say(
      `an exported step has no --style-list: wasserfarbe dataset pack --list ${shellWord(config.styleList)}`,
    );
  }
}

/**
 * The settings of a run: those of the resumed checkpoint, overridden by the config
 * file's, overridden by flags.
 *
 * @throws SettingError for an unknown or impossible one; WeightsError if there is nothing to resume
 */
export async function readConfig(
  flags: Readonly<Record<string, unknown>>,
  resume: boolean,
): Promise<TrainingConfig> {
  const given = Object.fromEntries(
    Object.keys(configSchema.shape).flatMap((name) => (name in flags ? [[name, flags[name]]] : [])),
  );
  const file = typeof flags.config === 'string' ? await readSettings(flags.config) : {};
  const saveDir = given.saveDir ?? file.saveDir;
  if (resume && typeof saveDir !== 'string') {
    throw new UsageError({ expected: 'the folder of a run', name: '--save-dir', received: 'nothing' });
  }
  const previous = resume ? (await readCheckpoint(join(String(saveDir), CHECKPOINT_FILE))).config : {};
  const settings: Record<string, unknown> = { ...previous, ...file, ...given };
  for (const name of ['contentDir', 'styleDir']) {
    const [, folder] = /^(.+)[/\\]\*\*([/\\]\*)?$/.exec(String(settings[name] ?? '')) ?? [];
    if (folder !== undefined) Object.assign(settings, { [name]: folder, recursive: true });
  }
  // A decay without a schedule for it would have no effect; in SANet the decay always has one. The schedule
  // of a resumed run does not count, since nobody has chosen it now.
  const isDecayGiven = (given.learningRateDecay ?? file.learningRateDecay) !== undefined;
  if (isDecayGiven) settings.schedule = given.schedule ?? file.schedule ?? 'inverse';
  for (const name of ['stage', 'contentDir', 'styleDir', 'saveDir']) {
    if (settings[name] === undefined) {
      throw new UsageError(`expected --${flagName(name)}, as a flag or as ${name} in --config`);
    }
  }
  return parseTrainingConfig(settings);
}

function deviceOf(name: string): Device {
  const device = devices.find((known) => known === name);
  if (device !== undefined) return device;
  throw new UsageError({ expected: `one of ${devices.join(', ')}`, name: '--device', received: name });
}

/** Reports each step to a meter. */
function stepMeter(meter: Meter, iterations: number): (progress: Progress) => void {
  return ({ step, stepsPerSecond, losses }) => {
    const rate = `${stepsPerSecond.toPrecision(3)} steps/s`;
    const minutes = (iterations - step) / stepsPerSecond / 60;
    const line = () =>
      `step ${step}/${iterations}, ${rate}, ${minutes.toFixed(0)} min left, ${lossText(losses)}`;
    meter.update(step, line, `, ${rate}, ${lossText(losses)}`);
  };
}

/** Terms of one kind are summed: `wasserstein.relu1_1` … become one number. */
function lossText(losses: Readonly<Record<string, number>>): string {
  const sums = new Map<string, number>();
  for (const [name, value] of Object.entries(losses)) {
    const kind = name.split('.', 1)[0] ?? name;
    if (kind !== 'norm') sums.set(kind, (sums.get(kind) ?? 0) + value);
  }
  return [...sums].map(([kind, sum]) => `${kind} ${sum.toPrecision(3)}`).join(' ');
}

/** What a run has in place of the publication's, if its preset is a publication's. */
export function standIn({ stage, preset, lossNetwork }: TrainingConfig): string | undefined {
  if (stage !== 'style' || preset !== 'paper' || lossNetwork !== 'eye') return undefined;
  return `--preset paper has losses through a VGG-19, this run through the eye: give one with --${flagName('lossNetwork')}`;
}

function describe(config: TrainingConfig): string {
  const lines = Object.entries(config).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`);
  return ['configuration', ...lines].join('\n');
}
