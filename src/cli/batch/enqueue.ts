/** The work of `wasserfarbe batch enqueue`. */

import { openQueue } from '../../batch/node/queue.ts';
import { receipted } from '../../batch/node/receipts.ts';
import { interruption } from '../shared/failure.ts';
import { say, tell } from '../shared/output.ts';
import { createMeter } from '../shared/progress.ts';
import type { QueueFlags } from './command.ts';
import { openBatch, queueAddress } from './open.ts';

/** Puts all chunks without a receipt into the queue. Those that wait there already stay as they are. */
export async function enqueueBatch(address: string, flags: QueueFlags): Promise<void> {
  const server = queueAddress(flags);
  const batch = await openBatch(address);
  const done = await receipted(batch);
  const left = batch.manifest.chunks.map(({ chunk }) => chunk).filter((chunk) => !done.has(chunk));
  const queue = await openQueue(server, batch, { prepare: true });
  const meter = await createMeter(left.length, 'chunks', tell);
  const { signal, end } = interruption();
  try {
    const onAdded = (added: number) =>
      meter.update(added, () => `${added} of ${left.length} chunks are in the queue`);
    await queue.add(left, { signal, onAdded });
  } finally {
    end();
    meter.stop();
    await queue.close();
  }
  say(`${address}  ${left.length} chunks in the queue ${queue.name}, ${done.size} done before`);
}
