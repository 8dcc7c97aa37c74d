/** What goes wrong in a command that goes on past it: a line each on stderr as it happens, an exit code at the end. */

import { Exit, exitCodeOf, oneLine } from './failure.ts';

export class Complaints {
  /** Of the first error; 0 while there is none. */
  exitCode = 0;
  /** A progress bar takes the lines while it stands. */
  print: (line: string) => void = console.error;

  add(error: unknown): void {
    this.exitCode ||= exitCodeOf(error);
    this.print(`wasserfarbe: ${oneLine(error)}`);
  }

  /** Throws an Exit without words if anything went wrong: it has been said by then. */
  end(): void {
    if (this.exitCode !== 0) throw new Exit(this.exitCode);
  }
}
