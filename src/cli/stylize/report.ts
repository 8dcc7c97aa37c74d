/**
 * The progress bar of `wasserfarbe stylize`, and its final report: a line for each
 * picture, or one JSON document.
 */

import { performance } from 'node:perf_hooks';
import type { ReportedErrors } from '../shared/failure.ts';
import { type Bar, progressBar } from '../shared/progress.ts';
import type { Pair } from '../shared/inputs.ts';
import type { RefiningProgress } from '../../refining/refine.ts';
import { say, sayJson, tell } from '../shared/output.ts';
import { DASH } from '../shared/standard-streams.ts';
import { visible } from '../../visible.ts';

export class PictureProgress {
  readonly #pictures: number;
  readonly #reported: ReportedErrors;
  readonly #quiet: boolean;
  #bar: Bar | undefined;
  #starting: Promise<void> | undefined;
  #done = 0;

  constructor(pictures: number, reported: ReportedErrors, quiet = false) {
    this.#pictures = pictures;
    this.#quiet = quiet;
    this.#reported = reported;
    if (pictures > 1) this.#start(pictures, 'pictures');
  }

  /** Counts a finished picture, good or bad. */
  picture(): void {
    this.#done++;
    if (this.#pictures > 1) this.#bar?.update(this.#done);
  }

  /** Shows the progress in tiles of the current picture. */
  tiles(done: number, total: number): void {
    if (this.#pictures > 1) this.#bar?.update(this.#done, `, tile ${done}/${total}`);
    else {
      this.#start(total, 'tiles');
      this.#bar?.update(done);
    }
  }

  /** Shows how far the current picture is refined, and its losses. */
  refining({ done, losses: { content, style } }: RefiningProgress): void {
    const percent = Math.round(100 * done);
    const losses = `content ${content.toFixed(3)}, style ${style.toFixed(3)}`;
    if (this.#pictures > 1) this.#bar?.update(this.#done, `, ${percent} %, ${losses}`);
    else {
      this.#start(100, '%');
      this.#bar?.update(percent, `, ${losses}`);
    }
  }

  async stop(): Promise<void> {
    await this.#starting;
    this.#bar?.stop();
    this.#bar = undefined;
    this.#reported.print = tell;
  }

  #start(total: number, unit: string): void {
    if (this.#quiet || !process.stderr.isTTY) return;
    this.#starting ??= progressBar(total, unit).then((bar) => {
      this.#bar = bar;
      this.#reported.print = bar.log;
    });
  }
}

/**
 * The outcome of a pair, an entry of `results` in the JSON document. `kept`: its file existed already;
 * `planned`: in a dry run.
 */
export interface Result extends Pair {
  readonly status: 'written' | 'kept' | 'failed' | 'planned';
  readonly width?: number;
  readonly height?: number;
  /** Seconds of painting and writing; for pictures painted together, the share of each. */
  readonly seconds?: number;
  readonly error?: string;
}

export interface Report {
  readonly json: boolean;
  /** Whether only errors are printed. */
  readonly quiet: boolean;
  readonly interrupted: boolean;
  readonly strength: number;
  /** The method in the model's card; null before a model is loaded. */
  readonly method: string | null;
  readonly model: string;
  readonly device: string;
  readonly results: readonly Result[];
  /** Number of pictures without a result, since an input was not found. */
  readonly lost: number;
  /** Errors, a line each. */
  readonly errors: readonly string[];
  /** Inputs that failed, or outputs that failed although their inputs are good. */
  readonly failed: readonly string[];
}

export function printReport({ json, quiet, failed, ...report }: Report): void {
  const { results, lost, interrupted } = report;
  const count = (status: Result['status']) => results.filter((result) => result.status === status).length;
  if (interrupted) tell(`wasserfarbe: interrupted after ${count('written')} pictures`);
  if (json) {
    const { method, model, device, strength, errors } = report;
    const seconds = roundSeconds(performance.now() / 1000);
    const document = { method, model, device, strength, interrupted, seconds, results, errors };
    sayJson(document);
    return;
  }
  for (const { output, status, width, height, seconds } of quiet ? [] : results) {
    // The picture itself is on the standard output.
    if (output === DASH && status === 'written') continue;
    const line = `${visible(output)}  ${width}×${height}`;
    if (status === 'written') say(`${line}  ${seconds} s`);
    if (status === 'planned') say(line);
  }
  if (!quiet && results.length > 1 && count('kept') > 0) {
    tell(`wasserfarbe: kept existing files: ${count('kept')}; --force writes over them`);
  }
  if (results.length + lost > 1 && failed.length > 0) {
    const sum = `${count('failed') + lost} of ${results.length + lost} pictures`;
    tell([`wasserfarbe: not painted: ${sum}; what failed:`, ...failed.map(visible)].join('\n  '));
  }
}

export function roundSeconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
