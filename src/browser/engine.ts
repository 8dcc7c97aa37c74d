/** The engine in the worker: the calls that paint and encode. */

import { DRAFTING_SIZE } from '../stylize/defaults.ts';
import { contentRequest } from '../stylize/calls.ts';
import type { PrepareStyleOptions, StylizeProgress } from '../stylize/options.ts';
import type { Style } from '../stylize/style.ts';
import { readStyleFileInfo, type StyleFileInfo } from '../stylize/style-file.ts';
import { openPicture, readStyleBytes, thumbnailOf, toPixels } from './decode.ts';
import type { Calls, LoadRequest, Pixels, SentPicture, StylizeRequest } from './protocol.ts';
import { resized, start } from './start.ts';

/** Callbacks of a stylisation. */
interface Listener {
  readonly signal: AbortSignal;
  onProgress(progress: StylizeProgress): void;
  onPreview(preview: Pixels): void;
}

export interface Engine {
  readonly model: string;
  readonly device: 'webgpu' | 'wasm';
  prepareStyle(picture: SentPicture, options: PrepareStyleOptions): Promise<Style>;
  saveStyle(request: Calls['saveStyle']['request']): Promise<Uint8Array<ArrayBuffer>>;
  readStyleInfo(picture: SentPicture): Promise<StyleFileInfo>;
  stylize(request: StylizeRequest, listener: Listener): Promise<Pixels>;
}

export async function createEngine(request: LoadRequest): Promise<Engine> {
  const { model, device, pixels, calls } = await start(request);
  return {
    model: model.name,
    device,
    prepareStyle: calls.prepareStyle,
    async saveStyle({ style, source, picture }) {
      const thumbnail = picture === undefined ? undefined : await thumbnailOf(picture);
      return new Uint8Array(await calls.encodeStyle(style, { source, thumbnail }));
    },
    async readStyleInfo(picture) {
      const bytes = await readStyleBytes(picture);
      return readStyleFileInfo(bytes ?? new Uint8Array(0), picture.name);
    },
    async stylize({ picture, styles, previewSize, ...request }, { signal, onProgress, onPreview }) {
      const options = { ...request.options, signal };
      onProgress({ phase: 'read' });
      const content = await openPicture(picture, contentRequest(options), signal);
      const prepared = await calls.prepareShares(styles, async () => content, options);
      // A preview is not worthwhile if the picture is less than 1.5 times its size.
      if (previewSize !== undefined && Math.min(content.width, content.height) > 1.5 * previewSize) {
        const small = resized(content, { shortSide: previewSize });
        const preview = {
          ...options,
          finestSize: Math.min(DRAFTING_SIZE, options.finestSize ?? DRAFTING_SIZE),
        };
        onPreview(toPixels(await pixels.stylize(small, prepared, preview)));
      }
      return toPixels(await pixels.stylize(content, prepared, { ...options, onProgress }));
    },
  };
}
