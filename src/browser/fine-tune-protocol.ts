/** The messages of a fine-tuning between page and worker, and the page's end of the exchange. */

import type { LossValues } from '../fine-tuning/session.ts';
import type { TuningStep } from '../fine-tuning/tune.ts';
import { type LoadRequest, type Pixels, type SentError, type SentPicture, unpackError } from './protocol.ts';
import type { FineTuneOptions } from './fine-tune-options.ts';
import { transferable } from './picture-input.ts';
import { StylizedImage } from './stylized-image.ts';
import { unsendable, watchWorker, workerFailure } from './worker-client.ts';

export interface FineTuneRequest {
  readonly load: LoadRequest;
  readonly painting: SentPicture;
  readonly contents: readonly [SentPicture, ...SentPicture[]];
  /** Default: the first of the contents. */
  readonly sample?: SentPicture;
  readonly seconds: number;
  readonly steps?: number;
  readonly styleSize: number;
  readonly contentSize: number;
  readonly sampleSize: number;
  readonly sampleSeconds: number;
  readonly seed: number;
  readonly name?: string;
}

/** Messages from page to worker: the start of a training, and perhaps its early end. */
export type ToTrainer = { readonly start: FineTuneRequest } | { readonly stop: true };

interface SentSample extends LossValues {
  readonly step: number;
  readonly seconds: number;
  readonly pixels: Pixels;
}

export interface FineTuneAnswer {
  readonly name: string;
  readonly steps: number;
  readonly seconds: number;
  readonly weights: Uint8Array<ArrayBuffer>;
  readonly card: string;
}

/** Messages from worker to page. */
export type FromTrainer =
  | { readonly step: TuningStep }
  | { readonly sample: SentSample }
  | { readonly answer: FineTuneAnswer }
  | { readonly error: SentError };

type Hearing = Pick<FineTuneOptions, 'onStep' | 'onSample' | 'signal'>;

/**
 * Resolves to the worker's answer. The worker ends with its answer or failure, or at
 * once when `signal` aborts.
 */
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
      try {
        worker.postMessage({ start: request } satisfies ToTrainer, sent.flatMap(transferable));
      } catch (cause) {
        reject(unsendable(cause));
      }
    });
  } finally {
    signal?.removeEventListener('abort', abort);
    worker.terminate();
  }
}

/** Ends the training after the current step. */
export function stop(worker: Worker): void {
  worker.postMessage({ stop: true } satisfies ToTrainer);
}
