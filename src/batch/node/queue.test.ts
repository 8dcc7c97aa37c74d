/** The queue of a batch without a server; `test/batch/queue.test.ts` has the real ones. */

import { expect, it } from 'vitest';
import { ChunkQueue, openQueue } from './queue.ts';

it('that waits for room ends with the reason of its interruption', async () => {
  class Queue {
    on() {}
    async clean() {}
    async getJobCounts() {
      return { waiting: 20_000 };
    }
  }
  const queue = new ChunkQueue({ Queue } as never, { url: '' }, 'full');
  const interrupted = new AbortController();
  const adding = queue.add(['a'], { signal: interrupted.signal, onAdded() {} });
  setTimeout(() => interrupted.abort(new Error('interrupted')), 50);
  await expect(adding).rejects.toThrow(/^interrupted$/);
});

it('of another kind is named without its password, whatever is in that', async () => {
  await expect(openQueue('amqp://me:p@ss/w:rd@host/0', {} as never)).rejects.toThrow(
    / amqp:\/\/me:…@host\/0$/,
  );
});
