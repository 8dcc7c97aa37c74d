import { describe, expect, it } from 'vitest';
import { LossWatch, watchedLosses } from './loss-watch.ts';

const settings = {
  divergence: 4,
  contentWeight: 1,
  styleLoss: 'wasserstein+moments',
  momentsWeight: 1,
} as const;
const watched = watchedLosses(settings);

const see = (watch: LossWatch, value: number, from: number, count: number, name = 'moments') => {
  for (let i = 0; i < count; i++) watch.see({ [name]: value }, 0.5, from + i, 'do something');
};

describe('LossWatch', () => {
  it('takes plain means at first, then over about fifty steps', () => {
    const watch = new LossWatch(4, watched);
    watch.see({ content: 1 }, 1, 1, '');
    watch.see({ content: 3 }, 3, 2, '');
    expect(watch.read().losses.content).toBeCloseTo(2, 12);
    expect(watch.read().stepsPerSecond).toBeCloseTo(0.5, 12);
    for (let i = 3; i <= 60; i++) watch.see({ content: 3 }, 2, i, '');
    const before = watch.read().losses.content ?? 0;
    watch.see({ content: 103 }, 2, 61, '');
    expect(watch.read().losses.content).toBeCloseTo(before * 0.98 + 103 * 0.02, 9);
  });

  it('shows its initial losses before the first step', () => {
    const watch = new LossWatch(4, watched, { content: 7 });
    expect(watch.read().losses).toEqual({ content: 7 });
    watch.see({ content: 1 }, 1, 1, '');
    expect(watch.read().losses).toEqual({ content: 1 });
  });

  it('forgets initial losses that the run has no longer', () => {
    const watch = new LossWatch(4, watched, { content: 7, 'penalty.relu1_1': 3 });
    watch.see({ content: 1 }, 1, 1, '');
    expect(watch.read().losses).toEqual({ content: 1 });
  });

  it('stops at once if a loss is no number', () => {
    const watch = new LossWatch(4, watched);
    expect(() => watch.see({ content: 1, 'penalty.relu1_1': Number.NaN }, 1, 5, 'do something')).toThrow(
      'expected a finite number for loss penalty.relu1_1 at step 5 but received NaN; do something',
    );
  });

  it('stops if a loss stays above the limit, and not before', () => {
    const watch = new LossWatch(4, watched);
    see(watch, 1, 1, 200);
    expect(watch.healthy).toBe(true);
    expect(() => see(watch, 10, 201, 110)).not.toThrow();
    expect(watch.healthy).toBe(false);
    expect(() => see(watch, 10, 311, 100)).toThrow(
      /^expected at most 4 times its best, 1\.00, for loss moments at step \d+ but received \S+ for 100 steps; do something$/,
    );
  });

  it('tolerates a loss that falls again', () => {
    const watch = new LossWatch(4, watched);
    see(watch, 1, 1, 200);
    see(watch, 10, 201, 60);
    see(watch, 1, 261, 300);
    expect(watch.healthy).toBe(true);
    expect(() => see(watch, 10, 561, 60)).not.toThrow();
  });

  it('ignores the critics, whose distances rise as they learn', () => {
    const watch = new LossWatch(4, watched);
    see(watch, 0.01, 1, 200, 'wasserstein.relu1_1');
    expect(() => see(watch, 1, 201, 400, 'wasserstein.relu1_1')).not.toThrow();
  });

  it('watches only losses that the run minimises', () => {
    for (const [changed, name] of [
      [{ styleLoss: 'wasserstein' }, 'moments'],
      [{ momentsWeight: 0 }, 'moments.draft'],
      [{ contentWeight: 0 }, 'content'],
      [{ divergence: 0 }, 'content'],
    ] as const) {
      const watch = new LossWatch(4, watchedLosses({ ...settings, ...changed }));
      see(watch, 1, 1, 200, name);
      expect(() => see(watch, 100, 201, 400, name)).not.toThrow();
      expect(watch.healthy).toBe(true);
    }
    expect(watchedLosses({ ...settings, styleLoss: 'wasserstein' }).test('content.draft')).toBe(true);
  });
});
