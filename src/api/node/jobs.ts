/** Paintings that nobody waits for on the line: known by the id that the client chose, asked for later. */

import { EventEmitter } from 'node:events';
import type { RunOptions } from '../../painters/node/pool.ts';
import type { TaskProgress } from '../../painters/node/task.ts';
import { explain, type JobAnswer, Refusal } from './answers.ts';
import type { Result } from './gallery.ts';

/** How many ended jobs are remembered. Their pictures stay as long as other results. */
const REMEMBERED = 1000;

interface Job {
  answer: JobAnswer;
  /** What it paints. */
  readonly key: string;
  readonly abort: AbortController;
  readonly changes: EventEmitter;
}

export class Jobs {
  readonly #jobs = new Map<string, Job>();
  readonly #seconds: number;
  readonly #isKept: (key: string) => boolean;

  /** @param isKept whether a result is still there */
  constructor(seconds: number, isKept: (key: string) => boolean) {
    this.#seconds = seconds;
    this.#isKept = isKept;
  }

  /** Jobs that have not ended. */
  get open(): number {
    return [...this.#jobs.values()].filter(({ answer }) => !hasEnded(answer)).length;
  }

  /**
   * Begins a job, unless it has been begun already.
   *
   * @param key of its result: another one under the same id is a conflict
   * @throws Refusal for a conflict
   */
  begin(
    id: string,
    key: string,
    paint: (run: RunOptions) => Promise<Result>,
  ): { answer: JobAnswer; isNew: boolean } {
    const known = this.#jobs.get(id);
    if (known !== undefined && known.key !== key) {
      const expected = 'the same picture and parameters as before';
      const remedy = 'DELETE it first, or choose another id';
      throw new Refusal('conflict', { expected, name: `job ${id}`, received: 'others', remedy });
    }
    // A request is sent again because something went wrong, or its result has made room for others.
    if (known !== undefined && !this.#isOver(known)) return { answer: known.answer, isNew: false };
    const changes = new EventEmitter().setMaxListeners(0);
    const job: Job = { answer: { id, state: 'waiting' }, key, abort: new AbortController(), changes };
    this.#jobs.delete(id);
    this.#jobs.set(id, job);
    void this.#work(job, paint);
    this.#forget();
    return { answer: job.answer, isNew: true };
  }

  find(id: string): JobAnswer | undefined {
    return this.#jobs.get(id)?.answer;
  }

  /** Ends a job if it goes on, and forgets it. */
  remove(id: string): boolean {
    this.#jobs.get(id)?.abort.abort(new Refusal('missing', 'the job is cancelled'));
    return this.#jobs.delete(id);
  }

  /** The states of a job, until it has ended or the signal aborts. */
  async *follow(id: string, signal: AbortSignal): AsyncGenerator<JobAnswer> {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    let wake = () => {};
    const onChange = () => wake();
    job.changes.on('change', onChange);
    signal.addEventListener('abort', onChange);
    try {
      for (let told: JobAnswer | undefined; !signal.aborted; ) {
        if (told === job.answer) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          continue;
        }
        told = job.answer;
        yield told;
        if (hasEnded(told)) return;
      }
    } finally {
      job.changes.off('change', onChange);
      signal.removeEventListener('abort', onChange);
    }
  }

  async #work(job: Job, paint: (run: RunOptions) => Promise<Result>): Promise<void> {
    const { signal } = job.abort;
    const { id } = job.answer;
    const set = (answer: JobAnswer) => {
      job.answer = answer;
      job.changes.emit('change');
    };
    const onProgress = ({ phase, done }: TaskProgress) => {
      if (!hasEnded(job.answer)) {
        set({ id, state: 'painting', phase, ...(done === undefined ? {} : { progress: done }) });
      }
    };
    try {
      const { key, warnings } = await paint({ seconds: this.#seconds, signal, onProgress });
      set({ id, state: 'done', result: `/v1/results/${key}`, warnings: [...warnings] });
    } catch (thrown) {
      const { error, reason } = explain(thrown);
      set({ id, state: signal.aborted ? 'cancelled' : 'failed', error, reason });
    }
  }

  #isOver({ answer: { state }, key }: Job): boolean {
    return state === 'done' ? !this.#isKept(key) : ['failed', 'cancelled'].includes(state);
  }

  #forget(): void {
    for (const [id, { answer }] of this.#jobs) {
      if (this.#jobs.size <= REMEMBERED) return;
      if (hasEnded(answer)) this.#jobs.delete(id);
    }
  }
}

function hasEnded({ state }: JobAnswer): boolean {
  return state !== 'waiting' && state !== 'painting';
}
