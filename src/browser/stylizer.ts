/** The page's stylizer: it takes pictures, queues calls, and lets the worker do the work. */

import { defined } from '../defined.ts';
import { PREVIEW_SIZE } from '../stylize/defaults.ts';
import { DeviceError } from '../errors.ts';
import { isStyle, sharesOf, type Style } from '../stylize/style.ts';
import { checkOptions } from '../stylize/option-kinds.ts';
import { pickOptions, prepareStyleOptions, stylizeOptions } from '../stylize/options.ts';
import { loadRequest } from './load-request.ts';
import {
  type LoadStylizerOptions,
  loadStylizerOptions,
  pageStylizeOptions,
  type StyleShare,
  type Stylizer,
  type StylizeOptions,
  saveStyleOptions,
} from './options.ts';
import { type Captured, capture, type PictureInput, transferable } from './picture-input.ts';
import type { SentPicture, SentShare, StylizeRequest } from './protocol.ts';
import { disposed, Queue } from './queue.ts';
import { StylizedImage } from './stylized-image.ts';
import { WorkerClient } from './worker-client.ts';

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
  const client = new WorkerClient(startWorker(), (error) => queue.close(error));
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
      const { source, signal } = options;
      const request = { style, ...defined({ source }) };
      const job = { name: 'saveStyle', run: () => client.call('saveStyle', request) };
      return new Blob([await queue.add(job, { signal })], { type: 'application/octet-stream' });
    },
    async stylize(picture, style, options = {}) {
      checkOptions(options, pageStylizeOptions, 'stylize');
      return queue.add(stylizeJob(client, picture, sharesOf(style), options), options);
    },
    dispose() {
      queue.close(disposed('the call'));
      client.terminate();
    },
  };
}

function stylizeJob(
  client: WorkerClient,
  picture: PictureInput,
  shares: readonly StyleShare[],
  options: StylizeOptions,
) {
  const { onProgress, onPreview } = options;
  const content = capture(picture, 'the content');
  const styles = shares.map(({ style, ...rest }) => ({
    ...rest,
    style: isStyle(style) ? style : capture(style, 'the style'),
  }));
  return {
    name: 'stylize',
    drop() {
      content.drop();
      for (const { style } of styles) if (isCaptured(style)) style.drop();
    },
    async run(signal: AbortSignal) {
      const sent: SentPicture[] = [await content.sent];
      const taken: SentShare[] = [];
      for (const { style, ...rest } of styles) {
        const own = isCaptured(style) ? await style.sent : style;
        if (isCaptured(style)) sent.push(own as SentPicture);
        taken.push({ ...rest, style: own });
      }
      const request = stylizeRequest(sent[0] as SentPicture, taken, options);
      const pixels = await client.call('stylize', request, {
        transfer: sent.flatMap(transferable),
        signal,
        onNews: (news) => {
          if (signal.aborted) return;
          if ('progress' in news) onProgress?.(news.progress);
          else onPreview?.(new StylizedImage(news.preview));
        },
      });
      return new StylizedImage(pixels);
    },
  };
}

/** The worker's part of the options. */
function stylizeRequest(
  picture: SentPicture,
  styles: readonly SentShare[],
  { onPreview, previewSize = PREVIEW_SIZE, ...options }: StylizeOptions,
): StylizeRequest {
  const { signal: _, onProgress: __, ...sent } = pickOptions(options, stylizeOptions);
  return { picture, styles, options: sent, ...(onPreview === undefined ? {} : { previewSize }) };
}

/** Keep this form of the call: bundlers look for exactly it. */
function startWorker(): Worker {
  try {
    return new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'wasserfarbe' });
  } catch (cause) {
    const received = cause instanceof Error ? cause.message : String(cause);
    const remedy = 'serve the package from the origin of the page';
    throw new DeviceError({ expected: 'a worker', name: 'the stylizer', received, remedy }, { cause });
  }
}

function isCaptured(style: Style | Captured): style is Captured {
  return 'sent' in style;
}
