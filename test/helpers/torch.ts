/**
 * PyTorch for tests: an interpreter that has the requirements of `torch/`, and a note for titles without it.
 */

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Ended, root, type Running, start } from './package.ts';

/** The first interpreter with the imports of `torch/train.py`: $PYTHON, that of the PATH, or the system's. */
export const python = [process.env.PYTHON, 'python3', '/usr/bin/python3']
  .filter((name) => name !== undefined)
  .find((name) => {
    try {
      execFileSync(name, ['-c', 'import torch, numpy, onnx, PIL'], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });

/** Note in a title if there is no PyTorch. */
export const unlessTorch =
  python === undefined ? ' (skipped: no Python with torch, numpy, onnx and pillow)' : '';

/** The training loop for PyTorch. */
export const trainScript = join(root, 'torch', 'train.py');

/** Starts a Python program on one thread, which makes tests repeatable. */
export function startPython(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Running {
  return start(python ?? 'python3', args, cwd, { ...process.env, OMP_NUM_THREADS: '1', ...env });
}

/** Runs a Python program to its end. */
export function runPython(args: readonly string[], cwd: string): Promise<Ended> {
  return startPython(args, cwd).ended;
}

/**
 * Starts a program in `count` processes by torchrun. PyTorch 1.13 under Python 3.11 does not accept the
 * default 0 of `--redirects` and `--tee`, so they are set to 1.
 */
export function startTorchrun(count: number, args: readonly string[], cwd: string): Running {
  const own = ['--standalone', '--redirects', '1', '--tee', '1', '--nproc_per_node', `${count}`];
  return startPython(['-m', 'torch.distributed.run', ...own, '--log_dir', cwd, ...args], cwd);
}

/**
 * Runs a program in `count` processes with the variables that torchrun sets. Their outputs are kept separate.
 */
export async function runProcesses(count: number, args: readonly string[], cwd: string): Promise<Ended[]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  server.close();
  const place = { MASTER_ADDR: '127.0.0.1', MASTER_PORT: `${port}`, WORLD_SIZE: `${count}` };
  const running = Array.from({ length: count }, (_, rank) =>
    startPython(args, cwd, { ...place, RANK: `${rank}`, LOCAL_RANK: `${rank}` }),
  );
  return Promise.all(running.map(({ ended }) => ended));
}

/** Waits until a condition holds, for half a minute at most. */
export async function until(happened: () => boolean): Promise<void> {
  for (let i = 0; i < 600 && !happened(); i++) await new Promise((resolve) => setTimeout(resolve, 50));
}
