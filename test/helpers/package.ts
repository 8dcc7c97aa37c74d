/**
 * The package as users have it: its command line in a separate process, and a copy in a node_modules folder.
 */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wasserfarbe } from '../../src/networks/wasserfarbe.ts';
import { writeRandomModel } from './model.ts';

/** Folder of the repository. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Result of an ended process. */
export interface Ended {
  /** Exit code, or the signal that ended it. */
  code: number | string | null;
  stdout: string;
  stderr: string;
}

/** A process that may still run. */
export interface Running {
  readonly pid: number | undefined;
  kill(signal: NodeJS.Signals): void;
  /** Closes the reading end of its standard output, like `head`. */
  closeOutput(): void;
  /** Waits until its standard output matches, or it ends. */
  said(pattern: RegExp): Promise<void>;
  /** What it has written to its standard error until now. */
  errors(): string;
  readonly ended: Promise<Ended>;
}

/**
 * Starts a program and gathers its output.
 *
 * @param input `pipe` for a standard input to which nothing comes, and that does not end
 */
export function start(
  program: string,
  args: readonly string[],
  cwd: string,
  env = process.env,
  input: 'ignore' | 'pipe' = 'ignore',
): Running {
  // A union of both would have no types of its streams.
  const child =
    input === 'pipe'
      ? spawn(program, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] })
      : spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: signal ?? code, stdout, stderr }));
  });
  return {
    pid: child.pid,
    kill: (signal) => child.kill(signal),
    closeOutput: () => child.stdout.destroy(),
    said: (pattern) =>
      new Promise((resolve) => {
        const look = () => pattern.test(stdout) && resolve();
        child.stdout.on('data', look);
        child.on('close', () => resolve());
        look();
      }),
    errors: () => stderr,
    ended,
  };
}

/** Starts `wasserfarbe` from `dist/`. */
export function startCli(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
  input: 'ignore' | 'pipe' = 'ignore',
): Running {
  const own = [join(root, 'dist', 'cli', 'main.js'), ...args];
  return start(process.execPath, own, cwd, { ...process.env, ...env }, input);
}

/** Runs `wasserfarbe` to its end. */
export async function cli(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return startCli(args, cwd, env).ended;
}

/** Whether the default model is in the repository. Without it, tests use one of random weights. */
export const modelShips = existsSync(join(root, 'models', 'slim.safetensors'));

/**
 * A folder in which `import 'wasserfarbe'` and the program `wasserfarbe` work, with the default model. It
 * lies inside of node_modules, so that a copy of the package finds the dependencies of the repository.
 */
export async function workspaceWithPackage(): Promise<{ folder: string; bin: string }> {
  const cache = join(root, 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, 'wasserfarbe-'));
  const target = join(folder, 'node_modules', 'wasserfarbe');
  const bin = join(folder, 'node_modules', '.bin');
  await mkdir(join(target, 'models'), { recursive: true });
  await mkdir(bin);
  for (const part of ['package.json', 'dist', 'models', 'paintings', 'photographs']) {
    if (existsSync(join(root, part))) await cp(join(root, part), join(target, part), { recursive: true });
  }
  if (!modelShips) await writeRandomModel(join(target, 'models'), wasserfarbe.slim, { name: 'slim' });
  const main = join(target, 'dist', 'cli', 'main.js');
  // npm does this when it installs a package.
  await chmod(main, 0o755);
  await symlink(main, join(bin, 'wasserfarbe'));
  return { folder, bin };
}
