/**
 * A pool of painters, each in a process of its own, and the queue before them. A painter that ends, takes too
 * long or takes too much memory is replaced; its task is tried once more if that was not its own doing.
 */

import { availableParallelism } from 'node:os';
import type { LoadStylizerOptions } from '../../stylize/node/options.ts';
import { PaintingFault } from './fault.ts';
import { type Assignment, PainterProcess, residentBytes } from './process.ts';
import type { Task, TaskProgress, TaskResult } from './task.ts';

export interface PoolOptions {
  /** The model of all painters. `threads` are those of each; see {@link poolSize}. */
  readonly model?: LoadStylizerOptions;
  /** Number of processes. */
  readonly painters: number;
  /** Tasks that may wait; more are refused. */
  readonly queue: number;
  /** Resident bytes of a painter, from 500 MB on. */
  readonly memory: number;
  /** Contents, styles and results of more pixels are refused. */
  readonly limitPixels?: number;
  /** What to do about a picture that takes too much memory, in the words of the command. */
  readonly remedy?: string;
}

/** Options of {@link PainterPool.run}. */
export interface RunOptions {
  /** Seconds that a painter may take, not counting the wait. */
  readonly seconds: number;
  readonly signal?: AbortSignal;
  onProgress?(progress: TaskProgress): void;
}

/** What a pool is doing. */
export interface PoolState {
  /** Numbers of the painters' processes. */
  readonly pids: readonly number[];
  /** Painters with a model that do nothing. */
  readonly free: number;
  readonly waiting: number;
  /** Painters that were replaced. */
  readonly replaced: number;
  /** Resident bytes of all painters; 0 where the system does not tell. */
  readonly bytes: number;
}

interface Queued extends Assignment {
  tries: number;
  done(result: TaskResult): void;
  failed(reason: unknown): void;
}

/** A painter without a picture takes this much; measured 225 MB. */
const PROGRAM_BYTES = 250e6;
/** Paintings keep to their memory within a fourth. */
const SHARE = 0.75;
/** Memory by which the number of painters is chosen. */
const USUAL_MEMORY = 2e9;
const MOST_PAINTERS = 8;
/** Where the flags are those of `stylize --processes`. */
const MORE_ROOM = 'paint it by fewer --processes, with a smaller --content-size, or with more --max-memory';
/** Milliseconds before a painter is started again that could not start, the first and the last time. */
const [FIRST_PAUSE, LAST_PAUSE] = [500, 30_000];

/** As many painters as cores and memory allow, one thread each, which gives the most pictures a second. */
export function poolSize(): { readonly painters: number; readonly threads: number } {
  const cores = availableParallelism();
  const fitting = Math.floor(process.availableMemory() / USUAL_MEMORY);
  const painters = Math.max(1, Math.min(cores, fitting, MOST_PAINTERS));
  return { painters, threads: Math.max(1, Math.floor(cores / painters)) };
}

export class PainterPool {
  readonly #options: PoolOptions;
  readonly #painters = new Set<PainterProcess>();
  /** Painters with a loaded model. */
  readonly #able = new Set<PainterProcess>();
  readonly #queue: Queued[] = [];
  /** Of painters that will be started. They hold the process, which else might end before its tasks. */
  readonly #pauses = new Set<NodeJS.Timeout>();
  #pause = FIRST_PAUSE;
  #replaced = 0;
  #meanSeconds = 1;
  #working = 0;
  #closed = false;
  /** Why nothing can be painted: no painter is left, and the last one could not load its model. */
  #unable: PaintingFault | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    for (let i = 0; i < options.painters; i++) this.#hire();
  }

  /** Waits for the first painter. @throws PaintingFault if the model cannot be loaded */
  async ready(): Promise<void> {
    await Promise.any([...this.#painters].map(({ ready }) => ready)).catch((error: unknown) => {
      throw error instanceof AggregateError ? error.errors[0] : error;
    });
  }

  /** Whether a task would be refused. */
  get isFull(): boolean {
    return this.#queue.length >= this.#options.queue && ![...this.#able].some(({ isFree }) => isFree);
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0 && this.#working === 0;
  }

  /** Whether a painter has its model. */
  get isReady(): boolean {
    return !this.#closed && this.#able.size > 0;
  }

  /** Whole seconds until a new task would begin, by the mean of those before: 1–60. */
  get wait(): number {
    return Math.min(60, Math.ceil((this.#meanSeconds * (this.#queue.length + 1)) / this.#options.painters));
  }

  async state(): Promise<PoolState> {
    const bytes = await Promise.all([...this.#painters].map(({ pid }) => residentBytes(pid)));
    return {
      pids: [...this.#painters].flatMap(({ pid }) => pid ?? []),
      free: [...this.#able].filter(({ isFree }) => isFree).length,
      waiting: this.#queue.length,
      replaced: this.#replaced,
      bytes: bytes.reduce((sum, one) => sum + one, 0),
    };
  }

  /**
   * Does a task in the order of asking.
   *
   * @throws PaintingFault for anything but a result; the signal's reason if aborted
   */
  async run(task: Task, { seconds, signal, onProgress }: RunOptions): Promise<TaskResult> {
    if (this.#closed) throw new PaintingFault('closed', 'the pool of painters is closed');
    signal?.throwIfAborted();
    if (this.#unable !== undefined) throw this.#unable;
    if (this.isFull) {
      const received = `${this.#queue.length + 1}`;
      const expected = `at most ${this.#options.queue} waiting pictures`;
      throw new PaintingFault('full', { expected, name: 'the queue', received, remedy: 'try again later' });
    }
    let forget = () => {};
    try {
      return await new Promise<TaskResult>((done, failed) => {
        const queued: Queued = {
          ...{ task, seconds, signal, done, failed, tries: 0 },
          ...(onProgress === undefined ? {} : { onProgress }),
        };
        forget = () => this.#forget(queued, signal?.reason);
        signal?.addEventListener('abort', forget);
        this.#queue.push(queued);
        this.#next();
      });
    } finally {
      signal?.removeEventListener('abort', forget);
    }
  }

  /** Refuses new tasks, waits for the others, and ends what is not done after so many seconds. */
  async close(seconds = 0): Promise<void> {
    this.#closed = true;
    for (const timer of this.#pauses) clearTimeout(timer);
    const until = performance.now() + 1000 * seconds;
    while (!this.isEmpty && performance.now() < until) await new Promise((resume) => setTimeout(resume, 50));
    const fault = new PaintingFault('closed', 'the pool of painters is closed');
    for (const { failed } of this.#queue.splice(0)) failed(fault);
    for (const painter of this.#painters) painter.end(fault);
    await Promise.all([...this.#painters].map(({ gone }) => gone));
  }

  #hire(): void {
    const { model = {}, memory, limitPixels = Number.MAX_SAFE_INTEGER, remedy = MORE_ROOM } = this.#options;
    const painter = new PainterProcess({
      setup: { model, limitPixels, maxMemory: Math.max(1, SHARE * memory - PROGRAM_BYTES) },
      ...{ memory, remedy, threads: model.threads ?? 1 },
    });
    this.#painters.add(painter);
    painter.ready.then(
      () => {
        this.#pause = FIRST_PAUSE;
        this.#unable = undefined;
        this.#able.add(painter);
        this.#next();
      },
      (cause: unknown) => this.#refuseAll(cause),
    );
    void painter.gone.then(() => this.#replace(painter));
  }

  /** Without a painter, tasks would wait for one that may never come: their model has gone, say. */
  #refuseAll(cause: unknown): void {
    if (!(cause instanceof PaintingFault && cause.reason === 'setting') || this.#able.size > 0) return;
    const received = 'none that can load it';
    const problem = { expected: 'a painter with a model', name: 'the picture', received };
    this.#unable = new PaintingFault(
      'closed',
      { ...problem, remedy: 'begin anew, which says why' },
      { cause },
    );
    for (const { failed } of this.#queue.splice(0)) failed(this.#unable);
  }

  /** One that could never start is not started again at once: it would only burn the machine. */
  #replace(painter: PainterProcess): void {
    this.#painters.delete(painter);
    const couldStart = this.#able.delete(painter);
    if (this.#closed) return;
    this.#replaced++;
    const pause = couldStart ? 0 : this.#pause;
    if (!couldStart) this.#pause = Math.min(LAST_PAUSE, 2 * this.#pause);
    const timer = setTimeout(() => {
      this.#pauses.delete(timer);
      this.#hire();
    }, pause);
    this.#pauses.add(timer);
  }

  #next(): void {
    for (const painter of this.#able) {
      if (!painter.isFree) continue;
      const queued = this.#queue.shift();
      if (queued === undefined) return;
      void this.#give(painter, queued);
    }
  }

  async #give(painter: PainterProcess, queued: Queued): Promise<void> {
    queued.tries++;
    this.#working++;
    try {
      const result = await painter.paint(queued);
      this.#meanSeconds += (result.seconds - this.#meanSeconds) / 8;
      queued.done(result);
    } catch (error) {
      const again = error instanceof PaintingFault && error.reason === 'crash' && queued.tries === 1;
      if (!again || this.#closed) queued.failed(error);
      else this.#queue.unshift(queued);
    } finally {
      this.#working--;
      this.#next();
    }
  }

  #forget(queued: Queued, reason: unknown): void {
    const place = this.#queue.indexOf(queued);
    if (place < 0) return;
    this.#queue.splice(place, 1);
    queued.failed(reason);
  }
}
