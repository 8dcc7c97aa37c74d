/**
 * The ablation: the shipped painter is trained on for some steps, with one part of its recipe changed at a
 * time, and the same seed.
 *
 *   npm run ablation -- --content-dir content --style-dir style --style-list styles.txt \
 *     --loss-network vgg19.safetensors --save-dir runs/ablation
 *
 * Two runs at a time take one thread each, which two cores do faster than one run on both. Finished runs are
 * kept. Ends with the command that evaluates all of them.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** The painter's recipe, as in bench/campaign. */
const recipe = [
  ...['--init', 'models/slim.safetensors', '--train-encoder', '--learning-rate', '4e-4', '--warmup', '50'],
  ...['--content-weight', '4.5', '--masses-weight', '30', '--steadiness-weight', '2000', '--ema', '0.99'],
];

/** Name → difference from the recipe. A flag that is given again wins. */
const variants: Readonly<Record<string, readonly string[]>> = {
  painter: [],
  'without critics': ['--style-loss', 'moments'],
  'without moments': ['--style-loss', 'wasserstein'],
  'without sliced distance': ['--sliced-weight', '0'],
  "without earth mover's distance": ['--remd-weight', '0'],
  'without masses': ['--masses-weight', '0'],
  'without steadiness': ['--steadiness-weight', '0'],
  'self-similarity': ['--content-weight', '2.25', '--self-similarity-weight', '4'],
  'one pass': ['--no-drafts'],
  'critics unconditioned': ['--conditioning', 'none'],
};

const { values } = parseArgs({
  options: {
    'content-dir': { type: 'string' },
    'style-dir': { type: 'string' },
    'style-list': { type: 'string' },
    'loss-network': { type: 'string' },
    'save-dir': { type: 'string', default: 'runs/ablation' },
    iterations: { type: 'string', default: '250' },
    parallel: { type: 'string', default: '2' },
    only: { type: 'string', multiple: true },
  },
});
const { 'save-dir': saveDir, parallel, only, ...shared } = values;
const folderOf = (name: string) => join(saveDir, name.replaceAll(/\W+/g, '-'));
const running = new Set<ChildProcess>();
/** Variants that ended early, with their exit codes. A loss that diverges is a result too. */
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
  // A finished run is resumed too and has nothing left to do.
  const resume = existsSync(join(folder, 'checkpoint.safetensors'));
  const args = resume
    ? ['train', '--resume', '--save-dir', folder]
    : [
        'train',
        '--stage',
        'style',
        ...recipe,
        ...flags,
        ...(variants[name] ?? []),
        '--save-dir',
        folder,
        '--force',
      ];
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
