import { configDefaults, defineConfig } from 'vitest/config';

/** Folders whose every line a test would miss. */
const watched = Object.fromEntries(
  ['graph', 'losses', 'weights'].map((folder) => [`src/${folder}/**`, { lines: 95 }]),
);

/** Tests that measure time or memory, or need both cores. They run after all others, one at a time. */
const measuring = [
  'test/browser/fine-tune.test.ts',
  'test/browser/stylizer.test.ts',
  'test/fuzz/memory.test.ts',
  'test/studio/clip.test.ts',
  'test/studio/leaks.test.ts',
];

export default defineConfig({
  test: {
    // A project's lists are added to those of the whole, so that each has its own here.
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'demo/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...measuring],
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: measuring, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
    // Vitest leaves a core to itself, which on two cores halves the speed.
    maxWorkers: '100%',
    globalSetup: ['test/helpers/build.ts'],
    // Command lines are run as processes, on machines that may be busy.
    testTimeout: 30_000,
    coverage: {
      provider: 'v8',
      reporter: ['text-summary'],
      include: ['src/**/*.ts'],
      exclude: ['src/**/*.test.ts'],
      thresholds: watched,
    },
  },
});
