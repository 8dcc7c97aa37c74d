/** Servers of queues, Redis and PostgreSQL: whether they can be reached, and what to say if not. Node. */

import { setTimeout as pause } from 'node:timers/promises';
import { WasserfarbeError } from '../../errors.ts';
import { messageOf } from '../../thrown.ts';

/** Milliseconds until a server counts as out of reach. */
export const REACH_MS = 10_000;
/** Milliseconds that a server may take to start, and between two questions whether it has. */
const [STARTING_MS, AGAIN_MS] = [60_000, 1000];

/** @throws what hinders a connection to Redis */
export async function reachRedis(address: string): Promise<void> {
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

/** @throws what hinders a connection to PostgreSQL */
export async function reachPostgres(address: string): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: address, connectionTimeoutMillis: REACH_MS });
  client.on('error', () => {});
  try {
    await client.connect();
  } finally {
    await client.end();
  }
}

/** Asks a PostgreSQL server again while it is just starting; ioredis does so by itself. */
export async function onceStarted<T>(ask: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + STARTING_MS; ; await pause(AGAIN_MS)) {
    try {
      return await ask();
    } catch (error) {
      const isStarting = error instanceof Error && 'code' in error && error.code === '57P03';
      if (!isStarting || performance.now() > until) throw error;
    }
  }
}

/** Says that a server cannot be reached, and why. */
export function unreachable(address: string, cause: unknown): WasserfarbeError {
  // Errors about several addresses of a host have no words of their own.
  const first = cause instanceof AggregateError ? cause.errors[0] : cause;
  const received = messageOf(first).replace(/\s*\n\s*/g, ' ');
  const name = `--queue ${withoutPassword(address)}`;
  return new WasserfarbeError({ expected: 'a server', name, received }, { cause });
}

/** An address as it may be printed. */
export function withoutPassword(address: string): string {
  return address.replace(/(:\/\/[^/@]*?):.*@/, '$1:…@');
}
