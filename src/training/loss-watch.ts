/** Running means of the losses, and the detection of runs that have gone wrong. */

import { TrainingError } from '../errors.ts';
import type { TrainingConfig } from './config.ts';

/**
 * Names of the losses that fall in a sound run: those of them that the run minimises. A critic's distance
 * goes up and down as critic and generator learn.
 */
export function watchedLosses(
  config: Pick<TrainingConfig, 'divergence' | 'contentWeight' | 'styleLoss' | 'momentsWeight'>,
): RegExp {
  const minimised = {
    content: config.contentWeight > 0,
    moments: config.styleLoss.endsWith('moments') && config.momentsWeight > 0,
  };
  const names = Object.entries(minimised).flatMap(([name, so]) => (so ? [name] : []));
  if (config.divergence === 0) return /(?!)/;
  return new RegExp(`^(${[...names, 'distil', 'autoencode'].join('|')})(\\.|$)`);
}

/** Steps before a running mean counts, and for which it must stay too high. */
export const PATIENCE = 100;

/** If a running mean is this many times its best, the state is not worth keeping. */
export const SUSPICIOUS = 2;

/** The least weight of a step in the running means, which thus cover about fifty steps. */
export const WEIGHT = 0.02;

export class LossWatch {
  private means: Record<string, number>;
  private readonly best = new Map<string, number>();
  private readonly bad = new Map<string, number>();
  private readonly limit: number;
  private readonly watched: RegExp;
  private seconds = 0;
  private count = 0;

  /**
   * @param limit how many times its best a watched loss may become
   * @param watched names of the losses to watch: {@link watchedLosses}
   * @param start means to show until the first step
   */
  constructor(limit: number, watched: RegExp, start: Readonly<Record<string, number>> = {}) {
    this.limit = limit;
    this.watched = watched;
    this.means = { ...start };
  }

  /**
   * Takes the losses of a step.
   *
   * @throws TrainingError that names the loss which is not finite or has diverged
   */
  see(losses: Readonly<Record<string, number>>, seconds: number, step: number, advice: string): void {
    this.count++;
    // A resumed run may lack some of the losses it had: their means would stay as they were for good.
    if (this.count === 1) this.means = {};
    // A plain mean at first, then an exponential one.
    const weight = Math.max(1 / this.count, WEIGHT);
    for (const [name, value] of Object.entries(losses)) {
      if (!Number.isFinite(value)) {
        throw new TrainingError(failure(name, step, 'a finite number', `${value}`, advice));
      }
      const mean = (this.means[name] ?? value) * (1 - weight) + value * weight;
      this.means[name] = mean;
      if (this.watched.test(name) && this.count >= PATIENCE) this.judge(name, mean, step, advice);
    }
    this.seconds = this.seconds * (1 - weight) + seconds * weight;
  }

  /** False if a loss is well above its best: the state on disk is then better than the one in memory. */
  get healthy(): boolean {
    return [...this.best].every(([name, best]) => (this.means[name] ?? best) <= SUSPICIOUS * best);
  }

  read() {
    return { stepsPerSecond: 1 / this.seconds, losses: { ...this.means } };
  }

  private judge(name: string, mean: number, step: number, advice: string): void {
    const best = Math.min(this.best.get(name) ?? mean, mean);
    this.best.set(name, best);
    const bad = mean > this.limit * best ? (this.bad.get(name) ?? 0) + 1 : 0;
    this.bad.set(name, bad);
    if (bad < PATIENCE) return;
    const expected = `at most ${this.limit} times its best, ${best.toPrecision(3)},`;
    throw new TrainingError(
      failure(name, step, expected, `${mean.toPrecision(3)} for ${PATIENCE} steps`, advice),
    );
  }
}

function failure(loss: string, step: number, expected: string, received: string, remedy: string) {
  return { expected, name: `loss ${loss} at step ${step}`, received, remedy };
}
