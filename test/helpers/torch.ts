/** PyTorch beside these tests: the interpreter that has what `torch/` needs, and a way to say that there is none. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type Ended, root, type Running, start } from './package.ts';

/** The first interpreter that imports what `torch/train.py` needs: $PYTHON, that of the PATH, or the system's. */
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

/** What a title says where there is no PyTorch. */
export const unlessTorch =
  python === undefined ? ' (skipped: no Python with torch, numpy, onnx and pillow)' : '';

/** The training loop for PyTorch. */
export const trainScript = join(root, 'torch', 'train.py');

/** Starts a Python program on one thread, which is how tests repeat. */
export function startPython(args: readonly string[], cwd: string): Running {
  return start(python ?? 'python3', args, cwd, { ...process.env, OMP_NUM_THREADS: '1' });
}

/** Runs a Python program to its end. */
export function runPython(args: readonly string[], cwd: string): Promise<Ended> {
  return startPython(args, cwd).ended;
}
