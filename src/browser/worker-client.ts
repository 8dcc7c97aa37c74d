/**
 * The page's end of the worker: it sends calls, receives answers, and reports failures of the worker itself.
 */

import { DeviceError, ImageError } from '../errors.ts';
import { messageOf } from '../thrown.ts';
import { type CallName, type Calls, type News, type ToPage, type ToWorker, unpackError } from './protocol.ts';

export function workerFailure(name: string, received: string): DeviceError {
  return new DeviceError({
    expected: 'a worker that runs',
    name,
    received,
    remedy:
      'serve the package’s worker and the files of onnxruntime-web from the origin of the page, see docs/browser.md',
  });
}

/** @throws DeviceError if the browser refuses a worker */
export function startWorker(start: () => Worker, name: string): Worker {
  try {
    return start();
  } catch (cause) {
    const received = messageOf(cause);
    const remedy = 'serve the package from the origin of the page';
    throw new DeviceError({ expected: 'a worker', name, received, remedy }, { cause });
  }
}

export function watchWorker(worker: Worker, fail: (received: string) => void): void {
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    // A script that cannot be loaded gives an event without a message.
    fail(event.message ? event.message : 'one that could not be loaded');
  });
  worker.addEventListener('messageerror', () => fail('a message that cannot be read'));
}

interface Pending {
  resolve(answer: Calls[CallName]['answer']): void;
  reject(error: Error): void;
  onNews?: ((news: News) => void) | undefined;
}

export interface CallContext {
  readonly transfer?: Transferable[];
  readonly signal?: AbortSignal;
  /** Aborting asks for the answer as it is then. */
  readonly enough?: AbortSignal | undefined;
  readonly onNews?: (news: News) => void;
}

export class WorkerClient {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #last = 0;

  /** @param onFailure called when the worker itself fails, after all pending calls were rejected */
  constructor(worker: Worker, onFailure: (error: DeviceError) => void) {
    this.#worker = worker;
    worker.addEventListener('message', ({ data }: MessageEvent<ToPage>) => this.#hear(data));
    const fail = (received: string): void => {
      const error = workerFailure('the stylizer', received);
      for (const { reject } of this.#pending.values()) reject(error);
      this.#pending.clear();
      onFailure(error);
    };
    watchWorker(worker, fail);
  }

  /** @throws the signal's reason if it has aborted: the worker hears of later aborts only */
  async call<K extends CallName>(
    name: K,
    request: Calls[K]['request'],
    { transfer = [], signal, enough, onNews }: CallContext = {},
  ): Promise<Calls[K]['answer']> {
    signal?.throwIfAborted();
    const id = ++this.#last;
    const asks = (call: 'abort' | 'enough') => (): void =>
      this.#worker.postMessage({ id, call } satisfies ToWorker);
    const [abort, end] = [asks('abort'), asks('enough')];
    const answered = new Promise<Calls[K]['answer']>((resolve, reject) => {
      // The worker answers each call with the type that belongs to it.
      const settle = (answer: Calls[CallName]['answer']): void => resolve(answer as Calls[K]['answer']);
      this.#pending.set(id, { resolve: settle, reject, onNews });
      try {
        this.#worker.postMessage({ id, call: name, request } as ToWorker, transfer);
      } catch (cause) {
        this.#pending.delete(id);
        reject(unsendable(cause));
      }
    });
    signal?.addEventListener('abort', abort, { once: true });
    if (enough?.aborted === true) end();
    enough?.addEventListener('abort', end, { once: true });
    return answered.finally(() => {
      signal?.removeEventListener('abort', abort);
      enough?.removeEventListener('abort', end);
    });
  }

  terminate(): void {
    this.#worker.terminate();
    this.#pending.clear();
  }

  #hear(message: ToPage): void {
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    if ('news' in message) {
      pending.onNews?.(message.news);
      return;
    }
    this.#pending.delete(message.id);
    if ('error' in message) pending.reject(unpackError(message.error));
    else pending.resolve(message.answer);
  }
}

/** A bitmap from another origin may be shown, but not read. */
export function unsendable(cause: unknown): Error {
  const received = messageOf(cause);
  return new ImageError(
    {
      expected: 'a picture that the page may read',
      name: 'a call',
      received,
      remedy:
        'pictures of another origin need CORS: crossorigin="anonymous" on the element, and its server’s consent',
    },
    { cause },
  );
}
