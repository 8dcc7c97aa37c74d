/**
 * Several trainings for one table, from one command line. Two at a time take a thread each, which two cores
 * do faster than one training on both. Finished ones are kept, and others go on where they stopped.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** Name → flags of its training. */
export type Trainings = Readonly<Record<string, readonly string[]>>;

/**
 * Trains all of them with the data that the command line names, each into a folder of `--save-dir`. Ends with
 * the command that evaluates them. Flags of `trainings` win over `common`, the command line over both, also
 * for a training that goes on.
 */
export async function trainAll(
  trainings: Trainings,
  { common, saveDir }: { readonly common: readonly string[]; readonly saveDir: string },
): Promise<void> {
  const { values } = parseArgs({
    options: {
      'content-dir': { type: 'string' },
      'style-dir': { type: 'string' },
      'style-list': { type: 'string' },
      'loss-network': { type: 'string' },
      iterations: { type: 'string' },
      'save-dir': { type: 'string', default: saveDir },
      parallel: { type: 'string', default: '2' },
      only: { type: 'string', multiple: true },
    },
  });
  const { 'save-dir': folder, parallel, only, ...shared } = values;
  const folderOf = (name: string) => join(folder, name.replaceAll(/\W+/g, '-'));
  const given = Object.entries(shared).flatMap(([flag, value]) => [`--${flag}`, value]);
  const running = new Set<ChildProcess>();
  /** Those that ended early, with their exit codes. A loss that diverges is a result too. */
  const failed = new Map<string, unknown>();
  let stopped = false;
  process.on('SIGINT', () => {
    stopped = true;
    for (const child of running) child.kill('SIGINT');
  });

  async function train(name: string): Promise<void> {
    const into = ['--save-dir', folderOf(name), '--threads', '1'];
    // A finished training is resumed too and has nothing left to do.
    const resume = existsSync(join(folderOf(name), 'checkpoint.safetensors'));
    const flags = resume
      ? ['--resume', ...given]
      : [...common, ...(trainings[name] ?? []), ...given, '--force'];
    const cli = new URL('../src/cli/main.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, ['--import', 'tsx', cli, 'train', ...flags, ...into], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    running.add(child);
    const code = await new Promise((resolve) => child.on('close', resolve));
    running.delete(child);
    if (code !== 0) failed.set(name, code);
  }

  const wanted = Object.keys(trainings).filter((name) => only === undefined || only.includes(name));
  const queue = [...wanted];
  const turns = Array.from({ length: Number(parallel) }, async () => {
    for (let name = queue.shift(); name !== undefined && !stopped; name = queue.shift()) await train(name);
  });
  await Promise.all(turns);
  if (stopped) process.exit(1);
  for (const [name, code] of failed) console.log(`${name}: did not reach its last step, exit code ${code}`);
  const trained = wanted.filter((name) => !failed.has(name));
  if (trained.length === 0) process.exit(1);
  const models = trained.map((name) => `'${name}=${join(folderOf(name), 'model.safetensors')}'`).join(' ');
  console.log(`wasserfarbe evaluate --model ${models} --no-timing …`);
}
