/** What users of fine-tuning in browsers give and get. */

import type { OptionTable } from '../stylize/option-kinds.ts';
import { STYLE_SIZE } from '../stylize/defaults.ts';
import { type LoadStylizerOptions, loadStylizerOptions, type Stylizer } from './options.ts';
import type { PictureInput } from './picture-input.ts';
import type { StylizedImage } from './stylized-image.ts';

/** Losses, as the loss network sees them; 0 is alike. */
export interface TuningLosses {
  /** How far the layout is from the photograph's. */
  readonly content: number;
  /** How far strokes and colours are from the painting's. */
  readonly style: number;
}

/** A step of the training. */
export interface TuningStep extends TuningLosses {
  /** From 1. */
  readonly step: number;
  /** Since the first step began. */
  readonly seconds: number;
}

/** The sample, painted along the way. Its losses are of the whole picture; those of steps are of random crops. */
export interface TuningSample extends TuningStep {
  /** Steps that were done before it; 0 is the model as it was. */
  readonly step: number;
  readonly picture: StylizedImage;
}

/** Choices of {@link fineTune}; where the model comes from and what runs it are those of `loadStylizer`. */
export interface FineTuneOptions extends LoadStylizerOptions {
  /** What the losses look through, two URLs as of a model; default the eye of the package. */
  readonly lossNetwork?: LoadStylizerOptions['model'];
  /** The painting that the model is to learn. */
  readonly painting: PictureInput;
  /** Photographs to learn it on, one or more: those that will be painted, or such as those. */
  readonly contents: readonly PictureInput[];
  /** What is painted along the way; default the first of `contents`. One that is not among them is held out. */
  readonly sample?: PictureInput;
  /** How long to train, above 0, default 60. Loading and compiling come before. */
  readonly seconds?: number;
  /** Ends the training after so many steps, if there is time for them; the rate then goes by steps: runs of one seed are alike. */
  readonly steps?: number;
  /** Short side of the painting in pixels, default 512: as `prepareStyle` will be told. */
  readonly styleSize?: number;
  /** Short side of the photographs in pixels, default 512; crops of 160 pixels and more are taken of them. */
  readonly contentSize?: number;
  /** Short side of the sample in pixels, default 320. */
  readonly sampleSize?: number;
  /** Seconds between two samples, default 5. */
  readonly sampleSeconds?: number;
  /** A whole number of at least 0, default 1: which crops are taken. */
  readonly seed?: number;
  /** Of the tuned model and its files, default that of the model and `-tuned`. */
  readonly name?: string;
  /** Hears of each step. */
  onStep?(step: TuningStep): void;
  /** Gets the sample before the first step, every `sampleSeconds`, and after the last step. */
  onSample?(sample: TuningSample): void;
  /** Aborting ends the training at once; the result rejects with its reason. */
  readonly signal?: AbortSignal;
}

export const fineTuneOptions = {
  ...loadStylizerOptions,
  lossNetwork: { about: 'URLs of the network that losses look through', kind: { is: 'object' } },
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

/** A training that goes on in its worker. */
export interface FineTuning {
  /**
   * Rejects with an ImageError if a picture cannot be read; a WeightsError for a model that is missing or damaged; a
   * SettingError for an impossible size; a DeviceError if device or runtime are not there, or the page is not secure; a
   * TrainingError if a loss is no number any more; the signal's reason if aborted.
   */
  readonly result: Promise<TunedModel>;
  /** Ends the training after the step that it is in; the result is what has been learnt until then. */
  stop(): void;
}

/** A model that has learnt a painting. */
export interface TunedModel {
  readonly name: string;
  /** That were done. */
  readonly steps: number;
  /** That they took. */
  readonly seconds: number;
  /** The file `NAME.safetensors`, fp16; with the card beside it Node loads it too. */
  readonly weights: Blob;
  /** The file `NAME.json`. */
  readonly card: Blob;
  /** Loads it into a stylizer, on the device and runtime of the training unless others are said. */
  loadStylizer(options?: Omit<LoadStylizerOptions, 'model'>): Promise<Stylizer>;
}
