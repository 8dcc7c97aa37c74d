/**
 * The folder of a run: names of its files, its log, the versions of its programs, and
 * protection of earlier runs.
 */

import sharp from 'sharp';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { packageManifest } from '../../files/package.ts';
import { SettingError, WasserfarbeError } from '../../errors.ts';
import { type Lock, takeLock } from '../../files/lock.ts';
import { explainFileError, readBytes } from '../../files/read.ts';
import { writeFileAtomic } from '../../files/write.ts';
import { onnxRuntimeVersion } from '../../runtime/node/load.ts';

export function versions(): Record<string, string> {
  return {
    wasserfarbe: packageManifest().version,
    node: process.versions.node,
    'onnxruntime-node': onnxRuntimeVersion() ?? 'unknown',
    sharp: sharp.versions.sharp ?? 'unknown',
  };
}

/** A line for each program that is not as it was. Losses are bit-identical only with the same versions. */
export function changedVersions(before: Readonly<Record<string, string>> = versions()): string[] {
  return Object.entries(versions())
    .filter(([name, version]) => before[name] !== version)
    .map(([name, now]) => `resumed with ${name} ${now}, begun with ${before[name] ?? 'an unknown version'}`);
}

export const CHECKPOINT_FILE = 'checkpoint.safetensors';

/** The weights for inference, with their card `model.json` beside them. */
export const MODEL_FILE = 'model.safetensors';

const LOG_FILE = 'log.jsonl';

const LOCK_FILE = 'run.lock';

export interface RunFolder {
  readonly checkpoint: string;
  readonly model: string;
  /** Weights in fp16 kept along the way. */
  kept(step: number): string;
  sample(step: number): string;
  /** Makes room for the first step. Until then an earlier run in the folder is whole. */
  begin(): Promise<void>;
  log(line: object): Promise<void>;
  /** Lets other processes use the folder. */
  close(): Promise<void>;
}

export interface OpenRunOptions {
  /** Step to continue from. Later lines of the log belong to steps that will be repeated. */
  readonly resumeAt?: number | undefined;
  readonly overwrite?: boolean | undefined;
}

/**
 * Makes or reopens the folder, for one process at a time. Refuses to begin a new run over an old one unless
 * `overwrite` is set.
 *
 * @throws WasserfarbeError if another process trains in the folder; SettingError if nothing can be written
 *   there, or it holds a run
 */
export async function openRunFolder(folder: string, options: OpenRunOptions): Promise<RunFolder> {
  const lock = await lockRun(folder);
  try {
    return { ...(await openLocked(folder, options)), close: lock.release };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function lockRun(folder: string): Promise<Lock> {
  try {
    await mkdir(folder, { recursive: true });
    const words = { expected: 'a folder in which nothing else trains', name: '--save-dir' };
    return await takeLock(join(folder, LOCK_FILE), words);
  } catch (cause) {
    if (cause instanceof WasserfarbeError) throw cause;
    const received = explainFileError(cause);
    const problem = { expected: 'a folder for the run', name: '--save-dir', received, where: folder };
    throw new SettingError(problem, { cause });
  }
}

async function openLocked(folder: string, options: OpenRunOptions): Promise<Omit<RunFolder, 'close'>> {
  const [checkpoint, log] = [join(folder, CHECKPOINT_FILE), join(folder, LOG_FILE)];
  // A pipe in its place would let every line wait.
  if (existsSync(log)) await readBytes(log, 'the log of the run');
  if (existsSync(checkpoint) && options.resumeAt === undefined && !options.overwrite) {
    throw new SettingError({
      expected: 'a folder without a run',
      name: '--save-dir',
      received: `one with a checkpoint (${checkpoint})`,
      remedy: 'go on with --resume, choose another folder, or overwrite it with --force',
    });
  }
  const pad = (step: number) => String(step).padStart(7, '0');
  return {
    checkpoint,
    model: join(folder, MODEL_FILE),
    kept: (step) => join(folder, `step-${pad(step)}.safetensors`),
    sample: (step) => join(folder, 'samples', `step-${pad(step)}.png`),
    begin: async () => {
      if (options.resumeAt !== undefined) return cutLog(log, options.resumeAt);
      // The old checkpoint too: if this run ended before its first one, --resume would go on with the other.
      for (const old of [log, checkpoint]) await rm(old, { force: true });
    },
    log: (line) => appendFile(log, `${JSON.stringify(line)}\n`),
  };
}

async function cutLog(path: string, step: number): Promise<void> {
  if (!existsSync(path)) return;
  const lines = new TextDecoder()
    .decode(await readBytes(path, 'the log of the run'))
    .split('\n')
    .filter((line) => stepOf(line) <= step);
  await writeFileAtomic(path, new TextEncoder().encode(lines.map((line) => `${line}\n`).join('')));
}

const lineSchema = z.object({ step: z.number() });

/** The step of a line of the log; infinite for one that a power loss has torn. */
function stepOf(line: string): number {
  try {
    return lineSchema.parse(JSON.parse(line)).step;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
