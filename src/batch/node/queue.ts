/**
 * The chunks of a batch in a queue of BullMQ, on Redis or on PostgreSQL. A chunk is delivered again if its
 * worker dies; painting it twice does no harm. Node only.
 */

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { ConnectionOptions, Queue } from 'bullmq';
import { SettingError, WasserfarbeError } from '../../errors.ts';
import { messageOf } from '../../thrown.ts';
import type { Batch, ChunkEnd } from './chunk.ts';
import { toLines } from './manifest.ts';
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
/** Milliseconds between two looks at the queue, until a server counts as out of reach, and for its start. */
const [LOOK_MS, REACH_MS, STARTING_MS] = [1000, 10_000, 60_000];

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
  await (isRedis ? reachRedis(address) : reachPostgres(address)).catch((cause: unknown) => {
    throw unreachable(address, cause);
  });
  // One process has one queue.
  if (!isRedis) bull.setDefaultBackendFactory(bull.createPostgresBackend);
  const connection = isRedis
    ? { url: address, maxRetriesPerRequest: null }
    : { connectionString: address, migrate: prepare };
  const queue = new ChunkQueue(bull, connection, await nameOf(batch, prepare));
  try {
    await queue.counts();
    return queue;
  } catch (cause) {
    await queue.close();
    throw unreachable(address, cause);
  }
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
    const { lockSeconds, signal, stay, onTrouble } = options;
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
        lockDuration: 1000 * lockSeconds,
        stalledInterval: 500 * lockSeconds,
        // The mark of a chunk counts its deaths, and says what to do.
        maxStalledCount: 1e6,
      },
    );
    worker.on('error', ({ message }) => onTrouble(`the queue: ${message}; waiting for it`));
    worker.on('failed', (job, { message }) => onTrouble(`chunk ${job?.data.chunk}: ${message}`));
    const ended = once(signal, 'abort').then(() => true);
    // A server that is away may answer never, or with an error.
    const goesOn = () => Promise.race([ended, this.#goesOn().catch(() => true)]);
    try {
      while (!signal.aborted && (stay || (await goesOn()))) await Promise.race([ended, pause(LOOK_MS)]);
    } finally {
      await this.#leave(worker.close());
    }
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

async function reachRedis(address: string): Promise<void> {
  const { Redis } = await import('ioredis');
  const redis = new Redis(address, {
    ...{ lazyConnect: true, connectTimeout: REACH_MS, retryStrategy: () => null, maxRetriesPerRequest: 0 },
  });
  let heard: unknown;
  redis.on('error', (error) => {
    heard = error;
  });
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    throw heard ?? error;
  } finally {
    redis.disconnect();
  }
}

/** Waits for a server that is just starting; ioredis does so by itself. */
async function reachPostgres(address: string): Promise<void> {
  const { default: pg } = await import('pg');
  for (const until = performance.now() + STARTING_MS; ; await pause(LOOK_MS)) {
    const client = new pg.Client({ connectionString: address, connectionTimeoutMillis: REACH_MS });
    client.on('error', () => {});
    try {
      await client.connect();
      return;
    } catch (error) {
      const isStarting = error instanceof Error && 'code' in error && error.code === '57P03';
      if (!isStarting || performance.now() > until) throw error;
    } finally {
      await client.end();
    }
  }
}

function unreachable(address: string, cause: unknown): WasserfarbeError {
  // Errors about several addresses of a host have no words of their own.
  const first = cause instanceof AggregateError ? cause.errors[0] : cause;
  const received = messageOf(first).replace(/\s*\n\s*/g, ' ');
  const name = `--queue ${withoutPassword(address)}`;
  return new WasserfarbeError({ expected: 'a server', name, received }, { cause });
}

function withoutPassword(address: string): string {
  return address.replace(/(:\/\/[^/@]*?):[^@]*@/, '$1:…@');
}
