/** What a page hears, and says, when a worker itself fails. */

import { DeviceError } from '../errors.ts';

export function workerFailure(name: string, received: string): DeviceError {
  return new DeviceError({
    expected: 'a worker that runs',
    name,
    received,
    remedy:
      'serve the package’s worker and the files of onnxruntime-web from the origin of the page, see docs/browser.md',
  });
}

export function watchWorker(worker: Worker, fail: (received: string) => void): void {
  worker.addEventListener('error', (event) => {
    event.preventDefault();
    // A script that cannot be loaded gives an event without a message.
    fail(event.message ? event.message : 'one that could not be loaded');
  });
  worker.addEventListener('messageerror', () => fail('a message that cannot be read'));
}
