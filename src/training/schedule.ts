/** Learning rates over a run. */

import type { TrainingConfig } from './config.ts';

/** Learning rate of `step` (from 0) for a base rate. */
export function scheduledRate(config: TrainingConfig, base: number, step: number): number {
  const warm = config.warmup === 0 ? 1 : Math.min(1, (step + 1) / config.warmup);
  switch (config.schedule) {
    case 'constant':
      return base * warm;
    case 'inverse':
      return (base * warm) / (1 + config.learningRateDecay * step);
    case 'cosine':
      return base * warm * 0.5 * (1 + Math.cos((Math.PI * step) / config.iterations));
  }
}
