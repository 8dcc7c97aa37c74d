/** Errors in the form of the command line: one line each, and an exit code. */

import { CommanderError } from 'commander';
import { distance } from 'fastest-levenshtein';
import { SettingError, WasserfarbeError } from '../../errors.ts';
import { messageOf } from '../../thrown.ts';
import { tell } from './output.ts';
import { visible } from '../../visible.ts';

/** Exit codes. 130 is the shells' code for an end by Ctrl-C. */
export const exitCodes = { failure: 1, usage: 2, interrupted: 130 } as const;

/** The end of a command that has been explained already, or needs no words. */
export class Exit extends Error {
  readonly code: number;

  constructor(code: number, message = '') {
    super(message);
    this.code = code;
  }
}

/** A fault of the flags themselves, not of files. */
export class UsageError extends SettingError {
  override name = 'UsageError';
}

/** 0 for help and version, 2 for wrong usage, 1 for everything else. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Exit) return error.code;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitCodes.usage;
  return error instanceof SettingError ? exitCodes.usage : exitCodes.failure;
}

/** One line for stderr. An unforeseen error is a bug of ours, and the line says so. */
export function oneLine(error: unknown): string {
  const message = messageOf(error);
  const line = message.trim().replace(/\s*\n\s*/g, ' ');
  if (error instanceof CommanderError) {
    return line === '(outputHelp)' ? 'expected a command; see --help' : line.replace(/^error: /, '');
  }
  const foreseen = error instanceof WasserfarbeError || error instanceof Exit || line.startsWith('internal:');
  return foreseen ? line : `internal: ${line}; please report this`;
}

/** What a command knows of flags that are not its own. */
export interface Hints {
  readonly aliases: readonly string[];
  /** Flag of an earlier version → its present flag. */
  readonly replaced?: Readonly<Record<string, string>> | undefined;
  /** Flag of other programs without a counterpart → what to do. */
  readonly foreign?: Readonly<Record<string, string>> | undefined;
}

/**
 * Adds a suggestion to commander's error. Commander suggests the flags it knows, but not
 * aliases and replaced flags.
 */
export function withSuggestion(error: unknown, { aliases, replaced = {}, foreign = {} }: Hints): unknown {
  if (!(error instanceof CommanderError) || error.code !== 'commander.unknownOption') return error;
  const unknown = /'--([^'=]+)/.exec(error.message)?.[1] ?? '';
  const reworded = (line: string) => new CommanderError(error.exitCode, error.code, line);
  if (Object.hasOwn(replaced, unknown)) return reworded(`--${unknown} has gone; use --${replaced[unknown]}`);
  if (Object.hasOwn(foreign, unknown)) return reworded(`unknown option '--${unknown}'; ${foreign[unknown]}`);
  const near = aliases.find((alias) => distance(alias, unknown) <= Math.min(2, alias.length / 2));
  if (near === undefined || error.message.includes('Did you mean')) return error;
  return reworded(`${error.message} (Did you mean --${near}?)`);
}

/** Adds what most users want to commander's error about a command line without a command. */
export function withFirstCommand(error: unknown): unknown {
  const codes = ['commander.unknownOption', 'commander.unknownCommand'];
  if (!(error instanceof CommanderError) || !codes.includes(error.code)) return error;
  if (error.message.includes('Did you mean')) return error;
  const line = `${error.message}; to paint: wasserfarbe stylize photo.jpg painting.jpg out.png`;
  return new CommanderError(error.exitCode, error.code, line);
}

/**
 * Checks that a flag is given. Commander would complain of a missing flag before it
 * sees that one is misspelt.
 */
export function required<T>(value: T | undefined, expected: string, name: string): T {
  if (value !== undefined) return value;
  throw new UsageError({ expected, name, received: 'nothing' });
}

/** For the `catch` of work that leaves nothing when interrupted: says so, or rethrows the error. */
export function leaveNothing(error: unknown, signal: AbortSignal): never {
  if (!signal.aborted) throw error;
  tell('wasserfarbe: interrupted, nothing is written');
  throw new Exit(exitCodes.interrupted);
}

/**
 * A signal that the first Ctrl-C (or SIGTERM) aborts. The second one ends the process in the system's way.
 */
export function interruption(onFirst?: () => void): { signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const stop = (): void => {
    end();
    onFirst?.();
    controller.abort(new Exit(exitCodes.interrupted, 'interrupted'));
  };
  const end = (): void => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return { signal: controller.signal, end };
}

export class ReportedErrors {
  /** Exit code of the first error; 0 while there is none. */
  exitCode = 0;
  /** Lines of the errors, once each. */
  readonly lines: string[] = [];
  /** A progress bar takes over the printing while it is shown. */
  print: (line: string) => void = tell;
  /** Whether only errors are printed. */
  quiet = false;
  readonly #said = new Set<string>();

  /** Reports an error. A line appears once, however many pictures it affects. */
  add(error: unknown): void {
    this.exitCode ||= exitCodeOf(error);
    const line = oneLine(error);
    if (this.#said.has(line)) return;
    this.lines.push(line);
    this.warn(line);
  }

  /** Reports a tolerable fault once. */
  warn(line: string): void {
    if (this.#said.has(line)) return;
    this.#said.add(line);
    this.print(`wasserfarbe: ${visible(line)}`);
  }

  /** Says something that is no fault, unless the user wants it quiet. */
  notice(line: string): void {
    if (!this.quiet) this.warn(line);
  }

  /** Throws an Exit without words if anything went wrong, since it has been reported. */
  end(): void {
    if (this.exitCode !== 0) throw new Exit(this.exitCode);
  }
}
