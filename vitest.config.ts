import { defineConfig } from 'vitest/config';

/** Folders whose every line a test would miss. */
const watched = Object.fromEntries(
  ['graph', 'losses', 'weights'].map((folder) => [`src/${folder}/**`, { lines: 95 }]),
);

export default defineConfig({
  test: {
    // Vitest leaves a core to itself, which on two cores halves the speed.
    maxWorkers: '100%',
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'demo/**/*.test.ts', 'bench/**/*.test.ts'],
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
