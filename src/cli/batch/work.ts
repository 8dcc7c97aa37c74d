/** The work of `wasserfarbe batch run` and `batch work`: chunks are painted, and it is said how it goes. */

import { type Batch, type ChunkEnd, paintChunk } from '../../batch/node/chunk.ts';
import { paintingsIn } from '../../batch/node/manifest.ts';
import { receipted } from '../../batch/node/receipts.ts';
import { type Outcome, Workshop } from '../../batch/node/workshop.ts';
import { defined } from '../../defined.ts';
import { poolSize } from '../../painters/node/pool.ts';
import { Exit, exitCodes, interruption, ReportedErrors, UsageError } from '../shared/failure.ts';
import { say, tell } from '../shared/output.ts';
import { createMeter } from '../shared/progress.ts';
import type { PainterFlags, RunFlags, WorkFlags } from './command.ts';
import { openBatch, queueAddress } from './open.ts';

/** A painter takes half of it before it paints anything. */
const LEAST_MEMORY = 500e6;
/** Chunks in a row that fail before a run is given up. */
const MOST_FAILURES = 3;

/**
 * Paints one part of the chunks.
 *
 * @throws Exit after an interruption, or if a chunk cannot be done; pictures that cannot be painted are no
 *   error here, but one of `collect`
 */
export async function runShard(address: string, flags: RunFlags): Promise<void> {
  const batch = await openBatch(address);
  const done = await receipted(batch);
  const { index, count } = flags.shard ?? { index: 0, count: 1 };
  const own = batch.manifest.chunks.filter((_, i) => i % count === index);
  const left = own.filter(({ chunk }) => !done.has(chunk));
  const name = count === 1 ? address : `${address}  shard ${index}/${count}`;
  if (left.length === 0) {
    say(`${name}: nothing left of ${own.length} chunks`);
    return;
  }
  await withWorkshop(
    batch,
    flags,
    paintingsIn(left),
    async (shop) => {
      let failures = 0;
      for (const { chunk } of left) {
        const end = await shop.paint(chunk).catch((error: unknown) => {
          shop.reported.add(error);
          failures++;
          return undefined;
        });
        if (end === 'handed back' || failures === MOST_FAILURES) break;
        if (end !== undefined) failures = 0;
      }
    },
    name,
  );
}

/** Paints what a queue gives, until all is done or it is interrupted. */
export async function workOnQueue(address: string, flags: WorkFlags): Promise<void> {
  const server = queueAddress(flags);
  const batch = await openBatch(address);
  const { openQueue } = await import('../../batch/node/queue.ts');
  const queue = await openQueue(server, batch);
  try {
    await withWorkshop(
      batch,
      flags,
      paintingsIn(batch.manifest.chunks),
      async (shop) => {
        await queue.work((chunk) => shop.paint(chunk), {
          ...{ lockSeconds: flags.lock, stay: flags.stay ?? false, signal: shop.signal },
          onTrouble: (line) => shop.reported.warn(line),
        });
      },
      address,
    );
    const done = await receipted(batch);
    const all = batch.manifest.chunks.length;
    if (done.size < all) {
      const left = `${all - done.size} of ${all} chunks are not painted`;
      tell(`wasserfarbe: ${left}: see batch status, and batch enqueue them`);
    }
  } finally {
    await queue.close();
  }
}

/** What a worker has at hand. */
interface Shop {
  readonly signal: AbortSignal;
  readonly reported: ReportedErrors;
  paint(chunk: string): Promise<ChunkEnd>;
}

async function withWorkshop(
  batch: Batch,
  flags: PainterFlags,
  paintings: number,
  work: (shop: Shop) => Promise<void>,
  name: string,
): Promise<void> {
  const workshop = await openWorkshop(batch, flags);
  const reported = new ReportedErrors();
  const meter = await createMeter(paintings, 'paintings', tell);
  reported.print = meter.log;
  const { signal, end } = interruption(() => meter.log('wasserfarbe: ending after the pictures at work'));
  const counts = { painted: 0, kept: 0, failed: 0, chunks: 0 };
  const count = (outcomes: readonly Outcome[]) => {
    for (const outcome of outcomes) {
      if ('error' in outcome) {
        counts.failed++;
        reported.warn(outcome.error);
      } else if ('kept' in outcome) counts.kept++;
      else counts.painted++;
    }
    const all = counts.painted + counts.kept + counts.failed;
    meter.update(all, () => `${name}: ${all} of ${paintings} paintings`);
  };
  try {
    await work({
      ...{ signal, reported },
      async paint(chunk) {
        const before = { ...counts };
        try {
          const ended = await paintChunk(batch, chunk, workshop, signal, count);
          if (ended === 'done') counts.chunks++;
          return ended;
        } catch (error) {
          // Whoever tries it again counts it then.
          Object.assign(counts, before);
          throw error;
        }
      },
    });
  } finally {
    end();
    meter.stop();
    await workshop.close();
  }
  const { chunks, painted, kept, failed } = counts;
  say(`${name}: ${chunks} chunks done, ${painted} paintings, ${kept} there before, ${failed} failed`);
  if (signal.aborted) throw new Exit(exitCodes.interrupted, 'interrupted; the same command goes on');
  reported.end();
}

async function openWorkshop({ store, manifest }: Batch, flags: PainterFlags): Promise<Workshop> {
  if (flags.painterMemory < LEAST_MEMORY) {
    const [expected, received] = [`at least ${LEAST_MEMORY / 1e6}MB`, `${flags.painterMemory / 1e6}MB`];
    throw new UsageError({ expected, name: '--painter-memory', received });
  }
  const usual = poolSize();
  const { painters = usual.painters } = flags;
  const { threads = painters === usual.painters ? usual.threads : 1 } = flags;
  return Workshop.open(store, manifest, {
    ...{ painters, memory: flags.painterMemory, seconds: flags.timeout },
    model: { ...defined({ device: flags.device }), threads },
  });
}
