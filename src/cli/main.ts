#!/usr/bin/env node
/** The command line. Loads only the command that is asked for: `--help` and `--version` stay fast. */

import { Command } from 'commander';
import { packageManifest } from '../files/package.ts';
import { normaliseFlags } from './shared/flags.ts';
import {
  exitCodeOf,
  exitCodes,
  oneLine,
  UsageError,
  withFirstCommand,
  withSuggestion,
} from './shared/failure.ts';
import { tell } from './shared/output.ts';
import { explainFileError } from '../files/read.ts';

/** A command in its own file. */
export interface CommandModule {
  /**
   * Alias → the flag that it stands for, without dashes. Aliases are names that users of other programs know.
   */
  readonly aliases: Readonly<Record<string, string>>;
  /** Flag of an earlier version → its present flag. */
  readonly replaced?: Readonly<Record<string, string>>;
  /** Flag of other programs without a counterpart → what to do. */
  readonly foreign?: Readonly<Record<string, string>>;
  /** The value that a flag has without one. */
  readonly implied?: Readonly<Record<string, string>>;
  /** Adds options and action. */
  configure(command: Command): void;
}

const commands: Readonly<Record<string, { description: string; load(): Promise<CommandModule> }>> = {
  stylize: {
    description: 'paint pictures in the style of others',
    load: () => import('./stylize/command.ts').then((module) => module.stylizeCommand),
  },
  video: {
    description: 'paint a film, an animation or a folder of frames',
    load: () => import('./video/command.ts').then((module) => module.videoCommand),
  },
  batch: {
    description: 'paint very many pictures on many machines',
    load: () => import('./batch/command.ts').then((module) => module.batchCommand),
  },
  style: {
    description: 'encode style pictures as files, and look at such files',
    load: () => import('./style.ts').then((module) => module.styleCommand),
  },
  sheet: {
    description: 'paint a contact sheet of contents and styles',
    load: () => import('./sheet.ts').then((module) => module.sheetCommand),
  },
  evaluate: {
    description: 'measure methods side by side on the same pictures',
    load: () => import('./evaluate/command.ts').then((module) => module.evaluateCommand),
  },
  train: {
    description: 'train a network, one stage at a time',
    load: () => import('./train/command.ts').then((module) => module.trainCommand),
  },
  dataset: {
    description: 'pack pictures for training elsewhere',
    load: () => import('./dataset.ts').then((module) => module.datasetCommand),
  },
  weights: {
    description: 'import networks of other programs, and average models',
    load: () => import('./weights/command.ts').then((module) => module.weightsCommand),
  },
  export: {
    description: 'write a network as ONNX, for other programs',
    load: () => import('./export.ts').then((module) => module.exportCommand),
  },
  study: {
    description: 'let people judge the pictures of an evaluation',
    load: () => import('./study.ts').then((module) => module.studyCommand),
  },
  studio: {
    description: 'serve a page on this machine to paint on',
    load: () => import('./studio.ts').then((module) => module.studioCommand),
  },
  serve: {
    description: 'paint for others over HTTP',
    load: () => import('./serve/command.ts').then((module) => module.serveCommand),
  },
  completion: {
    description: 'print the completion of commands and flags for a shell',
    load: () => import('./completion.ts').then((module) => module.completionCommand),
  },
  doctor: {
    description: 'check versions, devices and models, and paint a test picture',
    load: () => import('./doctor/command.ts').then((module) => module.doctorCommand),
  },
};

const unwritable = new Set<NodeJS.WriteStream>();
for (const stream of [process.stdout, process.stderr]) {
  // A reader may stop early, as `head` does; the work then continues without output. It also does so if the
  // output fills a disk, but then this is an error.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    if (unwritable.size === 0 && stream === process.stdout) {
      tell(`wasserfarbe: expected room for standard output but received ${explainFileError(error)}`);
    }
    unwritable.add(stream);
    process.exitCode ||= exitCodes.failure;
  });
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const code = exitCodeOf(error);
  const line = oneLine(error);
  if (code !== 0 && line !== '') tell(`wasserfarbe: ${line}`);
  process.exitCode = code;
}

/** @throws UsageError for an empty flag or name, which an unset variable of a shell makes */
function refuseEmpty(command: Command): void {
  const isEmpty = (value: unknown): boolean => value === '' || (Array.isArray(value) && value.includes(''));
  const flag = command.options.find((option) => isEmpty(command.getOptionValue(option.attributeName())));
  if (flag === undefined && !isEmpty(command.args)) return;
  const name = flag?.long ?? command.name();
  throw new UsageError({ expected: 'a value', name, received: 'an empty text' });
}

async function run(args: readonly string[]): Promise<void> {
  const program = new Command('wasserfarbe')
    .description('Style transfer with Wasserstein critics: any picture in the style of any other.')
    .version(packageManifest().version)
    .showHelpAfterError(false)
    .exitOverride()
    // Errors are thrown and written once, above. Commander would write its whole help if
    // a subcommand is missing.
    .configureOutput({ outputError: () => {}, writeErr: () => {} });
  let own: Partial<CommandModule> = {};
  const wanted = args.find((arg) => Object.hasOwn(commands, arg));
  for (const [name, { description, load }] of Object.entries(commands)) {
    const command = program.command(name).description(description);
    // Completion lists the flags of all.
    if (name !== wanted && wanted !== 'completion') continue;
    const module = await load();
    module.configure(command);
    if (name === wanted) own = module;
  }
  program.hook('preAction', (_, command) => refuseEmpty(command));
  if (args.length === 0) program.help();
  try {
    await program.parseAsync(normaliseFlags(args, own), { from: 'user' });
  } catch (error) {
    if (wanted === undefined) throw withFirstCommand(error);
    throw withSuggestion(error, { ...own, aliases: Object.keys(own.aliases ?? {}) });
  }
}
