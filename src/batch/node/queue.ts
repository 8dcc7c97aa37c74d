/**
 * The chunks of a batch in a queue of BullMQ, on Redis or on PostgreSQL. A chunk is delivered again if its
 * worker dies; painting it twice does no harm. Node only.
 */

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { ConnectionOptions, Queue, Worker } from 'bullmq';
import { SettingError } from '../../errors.ts';
import { messageOf } from '../../thrown.ts';
import type { Batch, ChunkEnd } from './chunk.ts';
import { toLines } from './manifest.ts';
import {
  onceStarted,
  REACH_MS,
  reachPostgres,
  reachRedis,
  unreachable,
  withoutPassword,
} from './queue-server.ts';
import { optionalPackage } from '../../files/optional-package.ts';

type Bull = typeof import('bullmq');
interface Job {
  readonly chunk: string;
}

/** What is in a queue. */
export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
  /** Chunks that are tried again after a pause. */
  readonly delayed: number;
  /** Chunks that were given up. */
  readonly failed: number;
}

export interface WorkOptions {
  /** Seconds without a sign of life after which a chunk goes to another worker. */
  readonly lockSeconds: number;
  /** Whether to wait for more when nothing is left. */
  readonly stay: boolean;
  readonly signal: AbortSignal;
  /** Hears of trouble with the server, which is waited out. */
  onTrouble(line: string): void;
}

/** Tries of a chunk that fails for other reasons than its pictures, and milliseconds before the second. */
const [TRIES, FIRST_PAUSE] = [5, 5000];
/** Chunks that are added at once, and that may wait before more are added. */
const [AT_ONCE, MOST_WAITING] = [1000, 10_000];
/** Chunks given up whose reasons are shown. */
const SHOWN = 100;
/** A random object that makes the queues of a store its own. */
const QUEUE_ID = 'queue.id';
/** Milliseconds between two looks at the queue. */
const LOOK_MS = 1000;

/**
 * Opens the queue of a batch, which is one of its own for each plan, so that batches share a server.
 *
 * @param address `redis://…` or `postgres://…`
 * @param options `prepare`: begin the queue, with the tables that PostgreSQL needs
 * @throws SettingError for another address, or a queue that is not begun; WasserfarbeError if the server is
 *   out of reach, or a package is not installed; StoreError
 */
export async function openQueue(
  address: string,
  batch: Batch,
  { prepare = false } = {},
): Promise<ChunkQueue> {
  const isRedis = /^rediss?:\/\//.test(address);
  if (!isRedis && !/^postgres(ql)?:\/\//.test(address)) {
    const expected = 'redis://host:6379 or postgres://host/database';
    throw new SettingError({ expected, name: '--queue', received: withoutPassword(address) });
  }
  const remedy = `npm install ${isRedis ? 'bullmq ioredis' : 'bullmq pg'}`;
  const needed = { expected: 'the packages for queues', name: 'this batch', remedy };
  const bull = await optionalPackage(() => import('bullmq'), needed);
  await optionalPackage(() => import(isRedis ? 'ioredis' : 'pg'), needed);
  const failed = (cause: unknown) => {
    throw unreachable(address, cause);
  };
  await onceStarted(() => (isRedis ? reachRedis(address) : reachPostgres(address))).catch(failed);
  // One process has one queue.
  if (!isRedis) bull.setDefaultBackendFactory(bull.createPostgresBackend);
  const connection = isRedis
    ? { url: address, maxRetriesPerRequest: null }
    : { connectionString: address, migrate: prepare };
  const name = await nameOf(batch, prepare);
  return onceStarted(async () => {
    const queue = new ChunkQueue(bull, connection, name);
    try {
      await queue.counts();
      return queue;
    } catch (cause) {
      await queue.close();
      throw cause;
    }
  }).catch(failed);
}

/** A name for this plan in this store: the same plan may lie in others too. */
async function nameOf({ store, manifest }: Batch, begin: boolean): Promise<string> {
  const known = await store.get(QUEUE_ID);
  if (known === undefined && !begin) {
    const remedy = 'begin with: wasserfarbe batch enqueue';
    throw new SettingError({ expected: 'chunks in a queue', name: store.address, received: 'none', remedy });
  }
  const id = known ?? randomBytes(16);
  if (known === undefined) await store.put(QUEUE_ID, id);
  const { head, styles, chunks } = manifest;
  const plan = toLines([head, ...styles, ...chunks]);
  return `wasserfarbe-${createHash('sha256').update(id).update(plan).digest('hex').slice(0, 12)}`;
}

export class ChunkQueue {
  readonly name: string;
  readonly #bull: Bull;
  readonly #connection: ConnectionOptions;
  readonly #queue: Queue<Job>;
  /** Whether a goodbye was not answered: what is still open would keep the process from its end. */
  #isOutOfReach = false;

  constructor(bull: Bull, connection: ConnectionOptions, name: string) {
    this.name = name;
    this.#bull = bull;
    this.#connection = connection;
    this.#queue = new bull.Queue(name, { connection });
    // Calls that need the server fail by themselves, or wait.
    this.#queue.on('error', () => {});
  }

  /**
   * Adds chunks, and begins those anew that were given up. One that is there already is not added again.
   *
   * @param onAdded hears how many are in the queue
   * @throws the signal's reason
   */
  async add(
    chunks: readonly string[],
    { signal, onAdded }: { signal: AbortSignal; onAdded(count: number): void },
  ): Promise<void> {
    await this.#queue.clean(0, 0, 'failed');
    for (let from = 0; from < chunks.length; from += AT_ONCE) {
      while ((await this.counts()).waiting > MOST_WAITING) {
        await pause(LOOK_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
      signal.throwIfAborted();
      await this.#queue.addBulk(
        chunks.slice(from, from + AT_ONCE).map((chunk) => ({
          name: 'chunk',
          data: { chunk },
          opts: {
            jobId: chunk,
            attempts: TRIES,
            backoff: { type: 'exponential', delay: FIRST_PAUSE },
            // Its receipt says that it is done.
            removeOnComplete: true,
          },
        })),
      );
      onAdded(Math.min(from + AT_ONCE, chunks.length));
    }
  }

  async counts(): Promise<QueueCounts> {
    const found = await this.#queue.getJobCounts('waiting', 'active', 'delayed', 'failed');
    const { waiting = 0, active = 0, delayed = 0, failed = 0 } = found;
    return { waiting, active, delayed, failed };
  }

  /** Chunks that were given up, and why. */
  async dead(): Promise<{ readonly chunk: string; readonly reason: string }[]> {
    const jobs = await this.#queue.getFailed(0, SHOWN - 1);
    return jobs.map(({ data, failedReason }) => ({ chunk: data.chunk, reason: failedReason ?? 'unknown' }));
  }

  /** Paints chunks as they come, until none is left anywhere or the signal aborts. */
  async work(paint: (chunk: string) => Promise<ChunkEnd>, options: WorkOptions): Promise<void> {
    const { signal, stay } = options;
    const ended = once(signal, 'abort').then(() => true);
    // A server that is away may answer never, or with an error.
    const goesOn = () => Promise.race([ended, this.#goesOn().catch(() => true)]);
    let worker: Worker<Job> | undefined;
    try {
      while (!signal.aborted && (stay || (await goesOn()))) {
        worker ??= await this.#begin(paint, options, ended);
        await Promise.race([ended, pause(LOOK_MS)]);
      }
    } finally {
      if (worker !== undefined) await this.#leave(worker.close());
    }
  }

  /**
   * A worker at work, or none if its connection fails. A worker keeps the failure of its first connection for
   * ever, and may ask again without any pause, in which the process does nothing else.
   */
  async #begin(
    paint: (chunk: string) => Promise<ChunkEnd>,
    { lockSeconds, onTrouble }: WorkOptions,
    ended: Promise<unknown>,
  ): Promise<Worker<Job> | undefined> {
    const { Worker, WaitingError } = this.#bull;
    const worker = new Worker<Job>(
      this.name,
      async (job, token) => {
        if ((await paint(job.data.chunk)) !== 'handed back') return;
        await job.moveToWait(token);
        throw new WaitingError();
      },
      {
        connection: this.#connection,
        autorun: false,
        lockDuration: 1000 * lockSeconds,
        stalledInterval: 500 * lockSeconds,
        // The mark of a chunk counts its deaths, and says what to do.
        maxStalledCount: 1e6,
      },
    );
    const onError = (error: unknown) => onTrouble(`the queue: ${messageOf(error)}; waiting for it`);
    worker.on('error', onError);
    worker.on('failed', (job, { message }) => onTrouble(`chunk ${job?.data.chunk}: ${message}`));
    try {
      await Promise.race([ended, worker.waitUntilReady()]);
    } catch (error) {
      onError(error);
      await this.#leave(worker.close());
      return undefined;
    }
    worker.run().catch(onError);
    return worker;
  }

  /** The last call. The process ends soon after, with its own exit code, even if the server has gone. */
  async close(): Promise<void> {
    await this.#leave(this.#queue.close());
    if (this.#isOutOfReach) setTimeout(() => process.exit(), REACH_MS).unref();
  }

  /** Waits for a goodbye, but not long: the server may be gone for good. */
  async #leave(closing: Promise<void>): Promise<void> {
    const isClosed = closing.then(
      () => true,
      () => true,
    );
    if (!(await Promise.race([isClosed, pause(REACH_MS, false, { ref: false })]))) this.#isOutOfReach = true;
  }

  /** Whether chunks wait or are painted somewhere, whose worker may die. */
  async #goesOn(): Promise<boolean> {
    const { waiting, active, delayed } = await this.counts();
    return waiting + active + delayed > 0;
  }
}
