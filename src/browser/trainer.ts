/** The page's end of a training: starts it in a worker, hears of it, ends it. */

import type { FineTuneOptions } from './fine-tune-options.ts';
import type { FineTuneAnswer, FineTuneRequest, FromTrainer, ToTrainer } from './fine-tune-protocol.ts';
import { transferable } from './picture-input.ts';
import { unpackError } from './protocol.ts';
import { StylizedImage } from './stylized-image.ts';
import { watchWorker, workerFailure } from './worker-failure.ts';

type Hearing = Pick<FineTuneOptions, 'onStep' | 'onSample' | 'signal'>;

/** Resolves to the worker's answer; the worker ends with it, with its failure, or at once when `signal` aborts. */
export async function train(
  worker: Worker,
  request: FineTuneRequest,
  { signal, onStep, onSample }: Hearing,
): Promise<FineTuneAnswer> {
  const { painting, contents, sample } = request;
  const sent = [painting, ...contents, ...(sample === undefined ? [] : [sample])];
  let abort = (): void => undefined;
  try {
    return await new Promise<FineTuneAnswer>((resolve, reject) => {
      abort = () => reject(signal?.reason);
      signal?.addEventListener('abort', abort, { once: true });
      watchWorker(worker, (received) => reject(workerFailure('fineTune', received)));
      worker.addEventListener('message', ({ data }: MessageEvent<FromTrainer>) => {
        if ('step' in data) onStep?.(data.step);
        else if ('error' in data) reject(unpackError(data.error));
        else if ('answer' in data) resolve(data.answer);
        else {
          const { pixels, ...rest } = data.sample;
          onSample?.({ ...rest, picture: new StylizedImage(pixels) });
        }
      });
      worker.postMessage({ start: request } satisfies ToTrainer, sent.flatMap(transferable));
    });
  } finally {
    signal?.removeEventListener('abort', abort);
    worker.terminate();
  }
}

/** The training ends after the step that it is in. */
export function stop(worker: Worker): void {
  worker.postMessage({ stop: true } satisfies ToTrainer);
}
