/** What has become of the pictures of a run, written down as it happens. */

import { oneLine, type ReportedErrors } from '../shared/failure.ts';
import type { Pair } from '../shared/inputs.ts';
import type { StylizeFlags } from './command.ts';
import { type PictureProgress, type Result, roundSeconds } from './report.ts';

/** The state of a run. */
export interface Run {
  readonly flags: StylizeFlags;
  readonly signal: AbortSignal;
  readonly reported: ReportedErrors;
  readonly results: Map<Pair, Result>;
  /** Inputs that failed, or outputs that failed although their inputs are good. */
  readonly failed: Set<string>;
}

export class Ledger {
  readonly #run: Run;
  readonly #progress: PictureProgress;

  constructor(run: Run, progress: PictureProgress) {
    this.#run = run;
    this.#progress = progress;
  }

  done(pair: Pair, { width, height }: { width: number; height: number }, milliseconds: number): void {
    const seconds = roundSeconds(milliseconds / 1000);
    this.#run.results.set(pair, { ...pair, status: 'written', width, height, seconds });
    this.#progress.picture();
  }

  /**
   * Reports an error, unless the run is interrupted.
   *
   * @param input that is at fault; the output, unless it is given
   */
  complain(pair: Pair, error: unknown, input = pair.output): void {
    const { signal, reported, failed } = this.#run;
    if (signal.aborted) return;
    reported.add(error);
    failed.add(input);
    this.fail(pair, oneLine(error));
  }

  /** A failure that has been reported. */
  fail(pair: Pair, error: string): void {
    this.#run.results.set(pair, { ...pair, status: 'failed', error });
    this.#progress.picture();
  }
}
