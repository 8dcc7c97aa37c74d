/** What goes wrong in a command that goes on past it: a line each on stderr as it happens, an exit code at the end. */

import { Exit, exitCodeOf, oneLine } from './failure.ts';

export class ReportedErrors {
  /** Of the first error; 0 while there is none. */
  exitCode = 0;
  /** Those of errors, once each. */
  readonly lines: string[] = [];
  /** A progress bar takes the lines while it stands. */
  print: (line: string) => void = console.error;
  readonly #said = new Set<string>();

  /** The same line is said once, however many pictures it spoils. */
  add(error: unknown): void {
    this.exitCode ||= exitCodeOf(error);
    const line = oneLine(error);
    if (this.#said.has(line)) return;
    this.lines.push(line);
    this.warn(line);
  }

  /** What could be lived with; said once. */
  warn(line: string): void {
    if (this.#said.has(line)) return;
    this.#said.add(line);
    this.print(`wasserfarbe: ${line}`);
  }

  /** Throws an Exit without words if anything went wrong: it has been said by then. */
  end(): void {
    if (this.exitCode !== 0) throw new Exit(this.exitCode);
  }
}
