/** A painter as its pool sees it: a child process that is ready, paints, and ends in many ways. */

import { type ChildProcess, fork } from 'node:child_process';
import { readRegular } from '../../files/regular.ts';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { packagePath } from '../../files/package.ts';
import { PaintingFault } from './fault.ts';
import type { FromPainter, PainterSetup, Task, TaskProgress, TaskResult, ToPainter } from './task.ts';

/** How often a painter's memory is looked at. */
const WATCH_MS = 250;
/** Linux counts memory in pages of this size nearly everywhere; a larger one only makes the limit softer. */
const PAGE_BYTES = 4096;

export interface PainterOptions {
  readonly setup: PainterSetup;
  /** Bytes of resident memory at which it is ended. Looked at on Linux only. */
  readonly memory: number;
  /** What to do about a picture that takes more. */
  readonly remedy: string;
  readonly threads: number;
}

/** A task on its way. */
export interface Assignment {
  readonly task: Task;
  readonly seconds: number;
  readonly signal?: AbortSignal | undefined;
  onProgress?(progress: TaskProgress): void;
}

interface Current {
  readonly id: number;
  onProgress?(progress: TaskProgress): void;
  done(result: TaskResult): void;
  failed(fault: PaintingFault): void;
}

export class PainterProcess {
  readonly #child: ChildProcess;
  readonly #watch: NodeJS.Timeout;
  /** Resolves when the model is loaded; rejects if it cannot be, or the process ends before. */
  readonly ready: Promise<void>;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
  #current: Current | undefined;
  #count = 0;
  #isGone = false;
  /** Why it was ended on purpose. */
  #verdict: PaintingFault | undefined;

  constructor({ setup, memory, remedy, threads }: PainterOptions) {
    this.#child = startChild(threads);
    let [onReady, onBroken] = [() => {}, (_: PaintingFault) => {}];
    this.ready = new Promise((resolve, reject) => {
      [onReady, onBroken] = [resolve, reject];
    });
    // Nobody may be waiting for it.
    this.ready.catch(() => {});
    this.gone = new Promise((resolve) => {
      const end = (how: string) => {
        clearInterval(this.#watch);
        this.#isGone = true;
        const fault = this.#verdict ?? new PaintingFault('crash', `a painter has ended by ${how}`);
        onBroken(fault);
        this.#current?.failed(fault);
        resolve();
      };
      this.#child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`));
      this.#child.once('error', (error) => end(error.message));
    });
    this.#child.on('message', (message: FromPainter) => {
      if ('ready' in message) onReady();
      else if ('broken' in message) {
        onBroken(new PaintingFault('setting', message.broken));
        this.end();
      } else this.#hear(message);
    });
    this.#watch = setInterval(() => void this.#weigh(memory, remedy), WATCH_MS).unref();
    this.#send(setup);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isFree(): boolean {
    return this.#current === undefined && !this.#isGone && this.#verdict === undefined;
  }

  /** @throws PaintingFault for anything but a result; the signal's reason if aborted */
  async paint({ task, seconds, signal, onProgress }: Assignment): Promise<TaskResult> {
    const id = ++this.#count;
    const late = setTimeout(() => {
      const received = 'one that takes longer';
      this.end(
        new PaintingFault('late', { expected: `a picture within ${seconds} s`, name: 'painting', received }),
      );
    }, seconds * 1000);
    const abort = () => this.#send({ abort: id });
    signal?.addEventListener('abort', abort);
    try {
      return await new Promise<TaskResult>((done, failed) => {
        this.#current = { id, done, failed, ...(onProgress === undefined ? {} : { onProgress }) };
        this.#send({ id, task });
      });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      clearTimeout(late);
      signal?.removeEventListener('abort', abort);
      this.#current = undefined;
    }
  }

  /** Ends the process at once; what it does fails with `verdict`. */
  end(verdict = new PaintingFault('closed', 'the pool of painters is closed')): void {
    this.#verdict ??= verdict;
    this.#child.kill('SIGKILL');
  }

  #hear(message: Exclude<FromPainter, { ready: true } | { broken: string }>): void {
    if (message.id !== this.#current?.id) return;
    if ('progress' in message) this.#current.onProgress?.(message.progress);
    else if ('result' in message) this.#current.done(message.result);
    else this.#current.failed(new PaintingFault(message.fault, message.message));
  }

  #send(message: ToPainter): void {
    // A process that is just ending takes no more messages; its end is heard of by another way.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  async #weigh(memory: number, remedy: string): Promise<void> {
    const bytes = await residentBytes(this.#child.pid);
    if (bytes <= memory) return;
    const received = `one that takes more than ${Math.round(memory / 1e6)} MB`;
    const expected = 'a picture within the memory of a painter';
    this.end(new PaintingFault('memory', { expected, name: 'painting', received, remedy }));
  }
}

/** Resident bytes of a process; 0 where the system does not tell. ONNX Runtime's are outside of the heap. */
export async function residentBytes(pid: number | undefined): Promise<number> {
  const bytes = await readRegular(`/proc/${pid}/statm`).catch(() => new Uint8Array());
  const text = new TextDecoder().decode(bytes);
  return Number(text.split(' ')[1] ?? 0) * PAGE_BYTES;
}

function startChild(threads: number): ChildProcess {
  const isSource = import.meta.url.endsWith('.ts');
  const path = isSource
    ? fileURLToPath(new URL('./painter.ts', import.meta.url))
    : packagePath('dist/painters/node/painter.js');
  const tsx = () => pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return fork(path, {
    execArgv: isSource ? ['--import', tsx()] : [],
    // Its decoder has threads of its own.
    env: { ...process.env, VIPS_CONCURRENCY: `${threads}` },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}
