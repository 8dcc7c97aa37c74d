/** The batch that commands are about, and the line of its queue. */

import type { Batch } from '../../batch/node/chunk.ts';
import { readManifest } from '../../batch/node/manifest.ts';
import { openStore } from '../../batch/node/open-store.ts';
import { packageManifest } from '../../files/package.ts';
import { required } from '../shared/failure.ts';
import type { QueueFlags } from './command.ts';

/** Opens a batch that is planned. @throws SettingError; StoreError */
export async function openBatch(address: string): Promise<Batch> {
  const store = await openStore(address);
  return { store, manifest: await readManifest(store, packageManifest().version) };
}

/** The address of the queue. @throws UsageError if none is given */
export function queueAddress({ queue }: QueueFlags): string {
  return required(queue, 'redis://host:6379 or postgres://host/database', '--queue or WASSERFARBE_QUEUE');
}
