/** Calls in sequence. Waiting ones can be replaced or dropped. */

import { DeviceError } from '../errors.ts';

/** A call: the work of its turn, and the release of its resources if that never comes or fails. */
export interface Job<T> {
  /** Name for messages. */
  readonly name: string;
  /** Aborts when the caller no longer wants the result; the job then ends as soon as it can. */
  run(signal: AbortSignal): Promise<T>;
  drop?(): void;
}

export interface QueueOptions {
  readonly signal?: AbortSignal | undefined;
  /** Takes the place of waiting jobs with `replace`. */
  readonly replace?: boolean | undefined;
}

interface Waiting {
  readonly replaceable: boolean;
  start(): Promise<void>;
  /** Rejects the call without running it. */
  refuse(reason: unknown): void;
}

export class Queue {
  #waiting: Waiting[] = [];
  #running = false;
  #closed: DeviceError | undefined;
  /** Rejects the running call. */
  #interrupt: ((reason: unknown) => void) | undefined;

  /** Resolves to the job's result. */
  add<T>(job: Job<T>, { signal, replace = false }: QueueOptions = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const refuse = (reason: unknown): void => {
        job.drop?.();
        reject(reason);
      };
      if (this.#closed !== undefined) {
        refuse(this.#closed);
        return;
      }
      if (signal?.aborted === true) {
        refuse(signal.reason);
        return;
      }
      const stop = new AbortController();
      const entry: Waiting = {
        replaceable: replace,
        refuse: (reason) => {
          signal?.removeEventListener('abort', onAbort);
          refuse(reason);
        },
        start: async () => {
          // The caller learns of an abort at once; the queue waits for the job's own end.
          this.#interrupt = reject;
          await job
            .run(stop.signal)
            .then(resolve, refuse)
            .finally(() => signal?.removeEventListener('abort', onAbort));
          this.#interrupt = undefined;
        },
      };
      const onAbort = (): void => {
        const at = this.#waiting.indexOf(entry);
        if (at >= 0) {
          this.#waiting.splice(at, 1);
          entry.refuse(signal?.reason);
        } else {
          reject(signal?.reason);
          stop.abort(signal?.reason);
        }
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      if (replace) this.#replace(job.name);
      this.#waiting.push(entry);
      void this.#work();
    });
  }

  /** Rejects all calls: waiting, running, and further ones. The first reason stays. */
  close(reason: DeviceError): void {
    this.#closed ??= reason;
    for (const entry of this.#waiting.splice(0)) entry.refuse(reason);
    this.#interrupt?.(reason);
  }

  #replace(name: string): void {
    const replaced = this.#waiting.filter(({ replaceable }) => replaceable);
    this.#waiting = this.#waiting.filter(({ replaceable }) => !replaceable);
    for (const entry of replaced) {
      entry.refuse(new DOMException(`this ${name} call was replaced by a newer one`, 'AbortError'));
    }
  }

  async #work(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    // Until then calls of the same turn of the event loop can replace one another.
    await Promise.resolve();
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      await next.start();
    }
    this.#running = false;
  }
}

export function disposed(): DeviceError {
  return new DeviceError({
    expected: 'a live stylizer',
    name: 'the call',
    received: 'a disposed one',
    remedy: 'call loadStylizer() again',
  });
}
