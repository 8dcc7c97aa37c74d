/** Options and results of fine-tuning in browsers. */

import type { OptionTable } from '../stylize/option-kinds.ts';
import { STYLE_SIZE } from '../stylize/defaults.ts';
import { type LoadStylizerOptions, loadStylizerOptions, type Stylizer } from './options.ts';
import type { PictureInput } from './picture-input.ts';
import type { StylizedImage } from './stylized-image.ts';

/** Losses as the loss network measures them; 0 means no difference. */
export interface TuningLosses {
  /** Distance of the layout from the photograph's. */
  readonly content: number;
  /** Distance of strokes and colours from the painting's. */
  readonly style: number;
}

/** A step of the training. */
export interface TuningStep extends TuningLosses {
  /** Number of the step, from 1. */
  readonly step: number;
  /** Seconds since the first step began. */
  readonly seconds: number;
}

/**
 * The sample, painted during the training. Its losses are of the whole picture; those of
 * steps are of random crops.
 */
export interface TuningSample extends TuningStep {
  /** Number of steps done before it; 0 is the original model. */
  readonly step: number;
  readonly picture: StylizedImage;
}

/** Options of {@link fineTune}. Model, device and runtime are chosen as for `loadStylizer`. */
export interface FineTuneOptions extends LoadStylizerOptions {
  /** The painting that the model is to learn. */
  readonly painting: PictureInput;
  /**
   * Photographs to learn it on, one or more: those to be painted, or similar ones. The files of an
   * `<input>` too.
   */
  readonly contents: ArrayLike<PictureInput>;
  /**
   * Photograph to paint during the training. Default: the first of `contents`. One that is
   * not among them is held out.
   */
  readonly sample?: PictureInput;
  /** Seconds of training, above 0, default 60. Loading and compiling come before. */
  readonly seconds?: number;
  /**
   * Ends the training after this number of steps, if time suffices. The learning rate then follows the steps,
   * so that runs of one seed are alike.
   */
  readonly steps?: number;
  /** Short side of the painting in pixels, default 512, as for `prepareStyle`. */
  readonly styleSize?: number;
  /**
   * Short side of the photographs in pixels, default 512. Crops of at least 160 pixels are taken from them.
   */
  readonly contentSize?: number;
  /** Short side of the sample in pixels, default 320. */
  readonly sampleSize?: number;
  /** Seconds between two samples, default 5. */
  readonly sampleSeconds?: number;
  /** Seed of the crops, a whole number of at least 0, default 1. */
  readonly seed?: number;
  /** Name of the tuned model and its files. Default: the model's name and `-tuned`. */
  readonly name?: string;
  /** Called after each step. */
  onStep?(step: TuningStep): void;
  /** Receives the sample before the first step, every `sampleSeconds`, and after the last step. */
  onSample?(sample: TuningSample): void;
  /** Aborting ends the training at once; the result rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export const fineTuneOptions = {
  ...loadStylizerOptions,
  painting: { about: 'the painting to learn', kind: { is: 'any' } },
  contents: { about: 'photographs to learn it on', kind: { is: 'object' } },
  sample: { about: 'what is painted along the way', kind: { is: 'any' } },
  seconds: { about: 'how long to train', kind: { is: 'seconds' }, default: 60 },
  steps: { about: 'how many steps at most', kind: { is: 'count' } },
  styleSize: { about: 'short side of the painting', kind: { is: 'pixels' }, default: STYLE_SIZE },
  contentSize: { about: 'short side of the photographs', kind: { is: 'pixels' }, default: 512 },
  sampleSize: { about: 'short side of the sample', kind: { is: 'pixels' }, default: 320 },
  sampleSeconds: { about: 'seconds between two samples', kind: { is: 'seconds' }, default: 5 },
  seed: {
    about: 'which crops are taken',
    kind: { is: 'number', least: 0, most: Infinity, whole: true },
    default: 1,
  },
  name: { about: 'of the tuned model', kind: { is: 'text' } },
  onStep: { about: 'hears of each step', kind: { is: 'function' } },
  onSample: { about: 'gets the sample', kind: { is: 'function' } },
} as const satisfies Record<keyof FineTuneOptions, OptionTable[string]>;

/** A training that runs in its worker. */
export interface FineTuning {
  /**
   * The tuned model. Rejects with an ImageError if a picture cannot be read; a WeightsError for a model
   * that is missing or damaged; a SettingError for an impossible size; a DeviceError if device or
   * runtime are not there, or the page is not secure; a TrainingError if a loss becomes no number; the
   * signal's reason if aborted.
   */
  readonly result: Promise<TunedModel>;
  /** Ends the training after the current step; the result is the model learnt by then. */
  stop(): void;
}

/** A model that has learnt a painting. */
export interface TunedModel {
  readonly name: string;
  /** Steps done. */
  readonly steps: number;
  /** Duration of the steps. */
  readonly seconds: number;
  /** The file `NAME.safetensors`, fp16. Node loads it too, with the card beside it. */
  readonly weights: Blob;
  /** The file `NAME.json`. */
  readonly card: Blob;
  /** Loads the model into a stylizer, by default on the device and runtime of the training. */
  loadStylizer(options?: Omit<LoadStylizerOptions, 'model'>): Promise<Stylizer>;
}
