/** What page and worker of a fine-tuning say to each other. */

import type { LossValues } from '../fine-tuning/session.ts';
import type { TuningStep } from '../fine-tuning/tune.ts';
import type { LoadRequest, Pixels, SentError, SentPicture } from './protocol.ts';

export interface FineTuneRequest {
  readonly load: LoadRequest;
  /** URLs. */
  readonly lossNetwork: { readonly weights: string; readonly card: string };
  readonly painting: SentPicture;
  readonly contents: readonly [SentPicture, ...SentPicture[]];
  /** The first of the contents where it is missing. */
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

/** Page to worker: one training, and then perhaps that it is enough. */
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

/** Worker to page. */
export type FromTrainer =
  | { readonly step: TuningStep }
  | { readonly sample: SentSample }
  | { readonly answer: FineTuneAnswer }
  | { readonly error: SentError };
