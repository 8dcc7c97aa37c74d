/** The page's stylizer: it takes pictures, queues calls, and lets the worker do the work. */

import { defined } from '../defined.ts';
import { PREVIEW_SIZE } from '../stylize/defaults.ts';
import { isStyle, sharesOf, type Style } from '../stylize/style.ts';
import { checkOptions } from '../stylize/option-kinds.ts';
import { pickOptions, prepareStyleOptions, refineOptions, stylizeOptions } from '../stylize/options.ts';
import { loadRequest } from './load-request.ts';
import {
  callOptions,
  type LoadStylizerOptions,
  loadStylizerOptions,
  pageRefineOptions,
  pageStylizeOptions,
  type RefineOptions,
  type StyleShare,
  type Stylizer,
  type StylizeOptions,
  saveStyleOptions,
} from './options.ts';
import { type Captured, capture, type PictureInput, transferable } from './picture-input.ts';
import type { SentPicture, SentShare } from './protocol.ts';
import { disposed, type Job, Queue } from './queue.ts';
import { createRefining, type RefiningJob } from './refining.ts';
import { StylizedImage } from './stylized-image.ts';
import { startWorker, WorkerClient } from './worker-client.ts';

/**
 * Loads a model into a worker of its own.
 *
 * @throws WeightsError for a model that is missing, damaged or of another version; SettingError for an
 *   unknown device; DeviceError if the device is not there, onnxruntime-web cannot be loaded, or the worker
 *   cannot be started; the signal's reason if aborted
 * @example
 * const stylizer = await loadStylizer();
 * const style = await stylizer.prepareStyle('painting.jpg');
 * const painted = await stylizer.stylize(document.querySelector('img'), style);
 * painted.drawTo(document.querySelector('canvas'));
 * stylizer.dispose();
 */
export async function loadStylizer(options: LoadStylizerOptions = {}): Promise<Stylizer> {
  checkOptions(options, loadStylizerOptions, 'loadStylizer');
  const { signal } = options;
  signal?.throwIfAborted();
  const request = loadRequest(options);
  const queue = new Queue();
  const client = new WorkerClient(startPainter(), (error) => queue.close(error));
  const refining = createRefining(request);
  const loading = queue.add({ name: 'loadStylizer', run: () => client.call('load', request) }, { signal });
  const { model, device } = await loading.catch((error: unknown) => {
    client.terminate();
    throw error;
  });

  return {
    model,
    device,
    async prepareStyle(picture, options = {}) {
      checkOptions(options, prepareStyleOptions, 'prepareStyle');
      const { size, signal } = options;
      const captured = capture(picture, 'the style');
      return queue.add(
        {
          name: 'prepareStyle',
          drop: captured.drop,
          async run(signal) {
            const picture = await captured.sent;
            const request = { picture, ...defined({ size }) };
            return client.call('prepareStyle', request, { transfer: transferable(picture), signal });
          },
        },
        { signal },
      );
    },
    async saveStyle(style, options = {}) {
      checkOptions(options, saveStyleOptions, 'saveStyle');
      const { source, picture, signal } = options;
      const captured = picture === undefined ? undefined : capture(picture, 'the picture of the style');
      const bytes = await queue.add(
        {
          name: 'saveStyle',
          drop: () => captured?.drop(),
          async run() {
            const sent = await captured?.sent;
            const transfer = sent === undefined ? [] : transferable(sent);
            const request = { style, ...defined({ source, picture: sent }) };
            return client.call('saveStyle', request, { transfer });
          },
        },
        { signal },
      );
      return new Blob([bytes], { type: 'application/octet-stream' });
    },
    async readStyleInfo(file, options = {}) {
      checkOptions(options, callOptions, 'readStyleInfo');
      const captured = capture(file, 'the style file');
      const run = async () => client.call('readStyleInfo', { picture: await captured.sent });
      return queue.add({ name: 'readStyleInfo', run }, options);
    },
    async stylize(picture, style, options = {}) {
      checkOptions(options, pageStylizeOptions, 'stylize');
      return queue.add(stylizeJob(client, picture, sharesOf(style), options), options);
    },
    async refine(picture, style, options = {}) {
      checkOptions(options, pageRefineOptions, 'refine');
      return refining.add(refineJob(picture, sharesOf(style), options), options);
    },
    dispose() {
      const reason = disposed();
      queue.close(reason);
      client.terminate();
      refining.close(reason);
    },
  };
}

/** The pictures of a call as they are when it is made. */
function capturePictures(picture: PictureInput, shares: readonly StyleShare[], from?: PictureInput) {
  const content = capture(picture, 'the content');
  const beginning = from === undefined ? undefined : capture(from, 'the picture to begin with');
  const styles = shares.map(({ style, ...rest }) => ({
    ...rest,
    style: isStyle(style) ? style : capture(style, 'the style'),
  }));
  return {
    drop(): void {
      content.drop();
      beginning?.drop();
      for (const { style } of styles) if (isCaptured(style)) style.drop();
    },
    async sent() {
      const sent = { picture: await content.sent, ...defined({ from: await beginning?.sent }) };
      const pictures: SentPicture[] = Object.values(sent);
      const taken: SentShare[] = [];
      for (const { style, ...rest } of styles) {
        const own = isCaptured(style) ? await style.sent : style;
        if (isCaptured(style)) pictures.push(own as SentPicture);
        taken.push({ ...rest, style: own });
      }
      return { ...sent, styles: taken, transfer: pictures.flatMap(transferable) };
    },
  };
}

function stylizeJob(
  client: WorkerClient,
  picture: PictureInput,
  shares: readonly StyleShare[],
  options: StylizeOptions,
): Job<StylizedImage> {
  const { onPreview, previewSize = PREVIEW_SIZE } = options;
  const { signal: _, onProgress, ...sent } = pickOptions<StylizeOptions>(options, stylizeOptions);
  const pictures = capturePictures(picture, shares);
  return {
    name: 'stylize',
    drop: pictures.drop,
    async run(signal) {
      const { transfer, ...request } = await pictures.sent();
      const preview = onPreview === undefined ? {} : { previewSize };
      const pixels = await client.call(
        'stylize',
        { ...request, options: sent, ...preview },
        {
          transfer,
          signal,
          onNews(news) {
            if (signal.aborted) return;
            if ('progress' in news) onProgress?.(news.progress);
            else onPreview?.(new StylizedImage(news.preview));
          },
        },
      );
      return new StylizedImage(pixels);
    },
  };
}

function refineJob(
  picture: PictureInput,
  shares: readonly StyleShare[],
  { from, ...options }: RefineOptions,
): RefiningJob<StylizedImage> {
  const { signal: _, enough, onProgress, ...sent } = pickOptions<RefineOptions>(options, refineOptions);
  const pictures = capturePictures(picture, shares, from);
  return {
    name: 'refine',
    drop: pictures.drop,
    async run(client, signal) {
      const { transfer, ...request } = await pictures.sent();
      const pixels = await client.call(
        'refine',
        { ...request, options: sent },
        {
          ...{ transfer, signal, enough },
          onNews(news) {
            if (signal.aborted) return;
            if ('progress' in news) onProgress?.(news.progress);
            else if ('refining' in news) {
              const picture = new StylizedImage(news.preview);
              onProgress?.({ phase: 'refine', refining: { ...news.refining, preview: () => picture } });
            }
          },
        },
      );
      return new StylizedImage(pixels);
    },
  };
}

function isCaptured(style: Style | Captured): style is Captured {
  return 'sent' in style;
}

/** Keep this form of the call: bundlers look for exactly it. */
function startPainter(): Worker {
  return startWorker(
    () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'wasserfarbe' }),
    'the stylizer',
  );
}
