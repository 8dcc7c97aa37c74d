/** The page's stylizer: takes pictures, queues calls, and lets the worker do the work. */

import { DeviceError } from '../errors.ts';
import type { Style } from '../stylize/options.ts';
import { loadRequest } from './load-request.ts';
import type { LoadStylizerOptions, StyleShare, Stylizer, StylizeOptions } from './options.ts';
import { type Captured, capture, type PictureInput, transferable } from './picture-input.ts';
import type { SentPicture, SentShare, StylizeRequest } from './protocol.ts';
import { disposed, Queue } from './queue.ts';
import { StylizedImage } from './stylized-image.ts';
import { WorkerClient } from './worker-client.ts';

const PREVIEW_SIZE = 192;

/**
 * Loads a model into a worker of its own.
 *
 * @throws WeightsError for a model that is missing, damaged or of another version; SettingError for an unknown device;
 *   DeviceError if the device is not there, onnxruntime-web cannot be loaded, or the worker cannot be started; the signal's
 *   reason if aborted
 * @example
 * const stylizer = await loadStylizer();
 * const style = await stylizer.prepareStyle('painting.jpg');
 * const painted = await stylizer.stylize(document.querySelector('img'), style);
 * painted.drawTo(document.querySelector('canvas'));
 * stylizer.dispose();
 */
export async function loadStylizer(options: LoadStylizerOptions = {}): Promise<Stylizer> {
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
    prepareStyle(picture, { size, signal } = {}) {
      const captured = capture(picture, 'the style');
      return queue.add(
        {
          name: 'prepareStyle',
          drop: captured.drop,
          async run(signal) {
            const picture = await captured.sent;
            const request = { picture, ...(size === undefined ? {} : { size }) };
            return client.call('prepareStyle', request, { transfer: transferable(picture), signal });
          },
        },
        { signal },
      );
    },
    async saveStyle(style, { source, signal } = {}) {
      const request = { style, ...(source === undefined ? {} : { source }) };
      const job = { name: 'saveStyle', run: () => client.call('saveStyle', request) };
      return new Blob([await queue.add(job, { signal })], { type: 'application/octet-stream' });
    },
    stylize(picture, style, options = {}) {
      return queue.add(stylizeJob(client, picture, isList(style) ? style : [{ style }], options), options);
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

/** Of the options, what the worker is told. */
function stylizeRequest(
  picture: SentPicture,
  styles: readonly SentShare[],
  { signal, replace, onProgress, onPreview, previewSize = PREVIEW_SIZE, ...rest }: StylizeOptions,
): StylizeRequest {
  return { ...rest, picture, styles, ...(onPreview === undefined ? {} : { previewSize }) };
}

/** Must stand as it is: bundlers look for just this form. */
function startWorker(): Worker {
  try {
    return new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'wasserfarbe' });
  } catch (cause) {
    const received = cause instanceof Error ? cause.message : String(cause);
    const remedy = 'serve the package from the origin of the page';
    throw new DeviceError({ expected: 'a worker', name: 'the stylizer', received, remedy }, { cause });
  }
}

function isList(style: Style | PictureInput | readonly StyleShare[]): style is readonly StyleShare[] {
  return Array.isArray(style);
}

function isStyle(style: Style | PictureInput): style is Style {
  return typeof style === 'object' && style !== null && 'tensors' in style;
}

function isCaptured(style: Style | Captured): style is Captured {
  return 'sent' in style;
}
