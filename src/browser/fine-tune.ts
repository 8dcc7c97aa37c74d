/** The entry for fine-tuning in browsers: a model learns one painting, in a worker of its own. */

import { defined } from '../defined.ts';
import { DeviceError, SettingError } from '../errors.ts';
import { checkOptions } from '../stylize/option-kinds.ts';
import {
  type FineTuneOptions,
  fineTuneOptions,
  type FineTuning,
  type TunedModel,
} from './fine-tune-options.ts';
import { type FineTuneAnswer, type FineTuneRequest, stop, train } from './fine-tune-protocol.ts';
import { loadRequest } from './load-request.ts';
import type { LoadStylizerOptions, Stylizer } from './options.ts';
import { type Captured, capture } from './picture-input.ts';
import { loadStylizer } from './stylizer.ts';
import { startWorker } from './worker-client.ts';

export type {
  FineTuneOptions,
  FineTuning,
  TunedModel,
  TuningLosses,
  TuningSample,
  TuningStep,
} from './fine-tune-options.ts';

/**
 * Trains the decoder of a model on one painting, with the graphs of `wasserfarbe train`. The losses use the
 * eye of the package. Training begins at once, with the pictures as they are when it is called.
 *
 * @throws SettingError for a setting out of its range; later failures reject {@link FineTuning.result}
 * @example
 * const contents = ['photo.jpg'];
 * const onStep = ({ style }) => console.log(style);
 * const run = fineTune({ painting: 'painting.jpg', contents, onStep });
 * const stylizer = await (await run.result).loadStylizer();
 */
export function fineTune(options: FineTuneOptions): FineTuning {
  const settings = settingsOf(options);
  const pictures = capturePictures(options);
  let [worker, stopped]: [Worker | undefined, boolean] = [undefined, false];

  async function run(): Promise<TunedModel> {
    const { signal } = options;
    signal?.throwIfAborted();
    checkSecure();
    const request = { ...settings, ...(await pictures.sent()) };
    signal?.throwIfAborted();
    worker = startTrainer();
    const answer = train(worker, request, options);
    if (stopped) stop(worker);
    return tunedModel(await answer, options);
  }

  return {
    result: run().catch((error: unknown) => {
      // Frees the pictures that were not sent; those sent have moved to the worker.
      pictures.drop();
      throw error;
    }),
    stop() {
      stopped = true;
      if (worker !== undefined) stop(worker);
    },
  };
}

type Settings = Omit<FineTuneRequest, 'painting' | 'contents' | 'sample'>;

function settingsOf(options: FineTuneOptions): Settings {
  checkOptions(options, fineTuneOptions, 'fineTune');
  const usual = (name: 'seconds' | 'sampleSeconds' | 'seed' | 'styleSize' | 'contentSize' | 'sampleSize') =>
    options[name] ?? fineTuneOptions[name].default;
  const { contents = [], steps, name } = options;
  const check = (fits: boolean, setting: string, expected: string, received: unknown): void => {
    if (!fits) throw new SettingError({ expected, name: setting, received: String(received) });
  };
  check(contents.length > 0, 'contents', 'at least one photograph', 'none');
  check(name === undefined || /^[^/\\]+$/.test(name), 'name', 'a name for files, without a folder', name);
  return {
    load: loadRequest(options),
    ...{ seconds: usual('seconds'), sampleSeconds: usual('sampleSeconds'), seed: usual('seed') },
    ...{ styleSize: usual('styleSize'), contentSize: usual('contentSize'), sampleSize: usual('sampleSize') },
    ...defined({ steps, name }),
  };
}

function capturePictures({ painting, contents, sample }: FineTuneOptions) {
  const style = capture(painting, 'the painting');
  const photographs = Array.from(contents, (picture) => capture(picture, 'a content'));
  const shown = sample === undefined ? undefined : capture(sample, 'the sample');
  return {
    async sent(): Promise<Pick<FineTuneRequest, 'painting' | 'contents' | 'sample'>> {
      const [first, ...rest] = photographs;
      return {
        painting: await style.sent,
        contents: [await (first as Captured).sent, ...(await Promise.all(rest.map(({ sent }) => sent)))],
        ...(shown === undefined ? {} : { sample: await shown.sent }),
      };
    },
    drop(): void {
      for (const captured of [style, ...photographs, ...(shown === undefined ? [] : [shown])])
        captured.drop();
    },
  };
}

function tunedModel(
  { name, steps, seconds, ...files }: FineTuneAnswer,
  options: FineTuneOptions,
): TunedModel {
  const weights = new Blob([files.weights], { type: 'application/octet-stream' });
  const card = new Blob([files.card], { type: 'application/json' });
  return {
    ...{ name, steps, seconds, weights, card },
    loadStylizer: (others) => loadTuned({ weights, card }, { ...loadOptions(options), ...others }),
  };
}

/**
 * Loads a model from its two files in memory, for example those of a {@link TunedModel} that a page keeps.
 *
 * @throws as `loadStylizer`
 */
export async function loadTuned(
  { weights, card }: Pick<TunedModel, 'weights' | 'card'>,
  options: Omit<LoadStylizerOptions, 'model'> = {},
): Promise<Stylizer> {
  const model = { weights: URL.createObjectURL(weights), card: URL.createObjectURL(card) };
  const free = (): void => {
    for (const url of Object.values(model)) URL.revokeObjectURL(url);
  };
  try {
    const stylizer = await loadStylizer({ ...options, model });
    return {
      ...stylizer,
      // Until then a refinement may start its worker, which fetches them too.
      dispose() {
        stylizer.dispose();
        free();
      },
    };
  } catch (error) {
    free();
    throw error;
  }
}

/** The options of the training that its stylizer takes over. The signal was meant for the training only. */
function loadOptions({ device, threads, runtime, lossNetwork }: FineTuneOptions): LoadStylizerOptions {
  return defined({ device, threads, runtime, lossNetwork });
}

/** Checking a model card needs SHA-256, which browsers have on secure pages only. */
function checkSecure(): void {
  if (globalThis.isSecureContext) return;
  const received = 'a page that the browser does not trust';
  throw new DeviceError({
    expected: 'a secure page',
    name: 'fineTune',
    received,
    remedy: 'serve it by https, or from localhost',
  });
}

/** Keep this form of the call: bundlers look for exactly it. */
function startTrainer(): Worker {
  return startWorker(
    () =>
      new Worker(new URL('./fine-tune-worker.js', import.meta.url), {
        type: 'module',
        name: 'wasserfarbe fine-tuning',
      }),
    'fineTune',
  );
}
