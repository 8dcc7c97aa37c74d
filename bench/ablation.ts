/**
 * The ablation: one part changed at a time (the last row: all of them), each trained from the same encoder for the same steps and seed.
 *
 *   npm run ablation -- --content-dir content --style-dir style --style-list styles.txt \
 *     --loss-network vgg19-16x.safetensors --init runs/encoder/checkpoint.safetensors --save-dir runs/ablation
 *
 * Two runs at a time on one thread each, which two cores do faster than one run on both; what is there already is
 * kept. Ends with the command that evaluates all of them.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** What the first row has: the defaults of the time when the table was made. */
const base = [
  ...['--shortcuts', 'relu2_1', '--no-attend-colours', '--identity-weight', '0', '--content-weight', '1.25'],
  ...[
    '--moments-weight',
    '1.5',
    '--style-weight',
    '2.5',
    '--layer-weights',
    '1,1,1,1,1',
    '--region-min',
    '112',
  ],
];

/** Name → what differs from the first row: critics standardised by the style, anchored by moments, one level, no identity loss. */
const variants: Readonly<Record<string, readonly string[]>> = {
  'critics+moments': [],
  moments: ['--style-loss', 'moments'],
  critics: ['--style-loss', 'wasserstein'],
  swd: ['--style-loss', 'swd'],
  'critics concatenated': ['--conditioning', 'concatenated'],
  'critics unconditioned': ['--conditioning', 'none'],
  'two levels': ['--two-levels'],
  identity: ['--identity-weight', '1'],
  'plain attention block': ['--transform', 'attention', '--temperature', 'one', '--no-pooled-keys'],
  // The paper's generator and losses; one critic step in place of five, so that the budget is the same.
  'as in the paper': ['--preset', 'paper-slim', '--critic-steps', '1'],
};

/** A row's own flags stand for those of the first row; a preset for all of them. */
function flagsOf(name: string): readonly string[] {
  const own = variants[name] ?? [];
  return own.includes('--preset') ? own : [...base, ...own];
}

const { values } = parseArgs({
  options: {
    'content-dir': { type: 'string' },
    'style-dir': { type: 'string' },
    'style-list': { type: 'string' },
    'loss-network': { type: 'string' },
    init: { type: 'string' },
    'save-dir': { type: 'string', default: 'runs/ablation' },
    iterations: { type: 'string', default: '600' },
    parallel: { type: 'string', default: '2' },
    only: { type: 'string', multiple: true },
  },
});
const { 'save-dir': saveDir, parallel, only, ...shared } = values;
const folderOf = (name: string) => join(saveDir, name.replaceAll(/\W+/g, '-'));
const running = new Set<ChildProcess>();
/** Variants that ended early, with their exit codes: a loss that diverges is a result too. */
const failed = new Map<string, unknown>();
let stopped = false;
process.on('SIGINT', () => {
  stopped = true;
  for (const child of running) child.kill('SIGINT');
});

async function trainVariant(name: string): Promise<void> {
  const folder = folderOf(name);
  const flags = Object.entries(shared).flatMap(([flag, value]) =>
    value === undefined ? [] : [`--${flag}`, value],
  );
  // A run that has ended is resumed too: it has nothing left to do.
  const resume = existsSync(join(folder, 'checkpoint.safetensors'));
  const args = resume
    ? ['train', '--resume', '--save-dir', folder]
    : ['train', '--stage', 'style', ...flags, ...flagsOf(name), '--save-dir', folder, '--force'];
  const cli = new URL('../src/cli/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, ['--import', 'tsx', cli, ...args, '--threads', '1'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  running.add(child);
  const code = await new Promise((resolve) => child.on('close', resolve));
  running.delete(child);
  if (code !== 0) failed.set(name, code);
}

const queue = Object.keys(variants).filter((name) => only === undefined || only.includes(name));
await Promise.all(
  Array.from({ length: Number(parallel) }, async () => {
    for (let name = queue.shift(); name !== undefined && !stopped; name = queue.shift()) {
      await trainVariant(name);
    }
  }),
);
if (stopped) process.exit(1);
for (const [name, code] of failed) console.log(`${name}: did not reach its last step, exit code ${code}`);
const trained = Object.keys(variants).filter((name) => !failed.has(name));
if (trained.length === 0) process.exit(1);
const models = trained.map((name) => `'${name}=${join(folderOf(name), 'model.safetensors')}'`).join(' ');
console.log(`wasserfarbe evaluate --model ${models} --pairs 100 --no-timing …`);
