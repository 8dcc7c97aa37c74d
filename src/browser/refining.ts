/** The refinements of a page. Their worker lives while there is something to refine. */

import type { DeviceError } from '../errors.ts';
import type { LoadRequest } from './protocol.ts';
import { type Job, Queue, type QueueOptions } from './queue.ts';
import { startWorker, WorkerClient } from './worker-client.ts';

/** A job that is given its worker. */
export interface RefiningJob<T> extends Omit<Job<T>, 'run'> {
  run(client: WorkerClient, signal: AbortSignal): Promise<T>;
}

export interface Refining {
  /** Resolves to the job's result. Jobs wait for one another. */
  add<T>(job: RefiningJob<T>, options: QueueOptions): Promise<T>;
  /** Rejects all jobs: waiting, running and further ones. */
  close(reason: DeviceError): void;
}

/** A worker with its model, and the jobs that are not done. */
interface Shift {
  readonly client: WorkerClient;
  readonly queue: Queue;
  readonly loaded: Promise<unknown>;
  jobs: number;
}

export function createRefining(request: LoadRequest): Refining {
  let shift: Shift | undefined;
  let closed: DeviceError | undefined;

  function begin(): Shift {
    const queue = new Queue();
    const client = new WorkerClient(startRefiner(), (error) => queue.close(error));
    const loaded = queue.add({ name: 'refine', run: () => client.call('load', request) });
    loaded.catch(() => undefined);
    return { client, queue, loaded, jobs: 0 };
  }

  /** WebAssembly never gives memory back, so the worker goes with its last job. */
  function end(done: Shift): void {
    done.jobs--;
    if (done.jobs > 0) return;
    done.client.terminate();
    if (shift === done) shift = undefined;
  }

  return {
    async add(job, options) {
      if (closed !== undefined || options.signal?.aborted === true) {
        job.drop?.();
        throw closed ?? options.signal?.reason;
      }
      shift ??= begin();
      const { client, queue, loaded } = shift;
      const current = shift;
      current.jobs++;
      const waiting = {
        ...job,
        async run(signal: AbortSignal) {
          await loaded;
          return job.run(client, signal);
        },
      };
      return queue.add(waiting, options).finally(() => end(current));
    },
    close(reason) {
      closed = reason;
      shift?.queue.close(reason);
    },
  };
}

/** Keep this form of the call: bundlers look for exactly it. */
function startRefiner(): Worker {
  return startWorker(
    () =>
      new Worker(new URL('./refine-worker.js', import.meta.url), {
        type: 'module',
        name: 'wasserfarbe refining',
      }),
    'refine',
  );
}
