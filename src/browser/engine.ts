/** The engine in the worker: model, runtime and stylizer, and the calls that use them. */

import { BROWSER_MEMORY, BROWSER_PROGRAMS, DRAFTING_SIZE } from '../stylize/defaults.ts';
import type { RgbImage, SizeRequest } from '../images/image.ts';
import { resampleImage } from '../images/resample.ts';
import { outputSize } from '../images/size.ts';
import { contentRequest, createCalls, type Platform } from '../stylize/calls.ts';
import type { PrepareStyleOptions, StylizeProgress } from '../stylize/options.ts';
import type { Style } from '../stylize/style.ts';
import { createStylizer } from '../stylize/stylizer.ts';
import { openPicture, readStyleBytes, toPixels } from './decode.ts';
import { fetchModel } from './model.ts';
import { startRuntime } from './onnxruntime.ts';
import type { LoadRequest, Pixels, SentPicture, StylizeRequest } from './protocol.ts';

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
  saveStyle(style: Style, source: string | undefined): Promise<Uint8Array<ArrayBuffer>>;
  stylize(request: StylizeRequest, listener: Listener): Promise<Pixels>;
}

/** The worker, as the calls of a stylizer need it. */
const platform: Platform<SentPicture> = {
  open: openPicture,
  resize: resized,
  async readStyleFile(picture, signal) {
    const bytes = await readStyleBytes(picture, signal);
    return bytes === undefined ? undefined : { bytes, name: picture.name };
  },
};

export async function createEngine(request: LoadRequest): Promise<Engine> {
  // The larger download begins first, and neither waits for the other.
  const fetching = fetchModel(request.weights, request.card);
  fetching.catch(() => undefined);
  const { runtime, device } = await startRuntime(request);
  const model = await fetching;
  const stylizer = createStylizer(model, runtime, {
    programs: BROWSER_PROGRAMS,
    availableMemory: () => BROWSER_MEMORY,
  });

  const calls = createCalls(model, stylizer, platform);

  return {
    model: model.name,
    device,
    prepareStyle: calls.prepareStyle,
    async saveStyle(style, source) {
      return new Uint8Array(await calls.encodeStyle(style, { source }));
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
        onPreview(toPixels(await stylizer.stylize(small, prepared, preview)));
      }
      const painted = await stylizer.stylize(content, prepared, { ...options, onProgress });
      return toPixels(painted);
    },
  };
}

function resized(image: RgbImage, request: SizeRequest): RgbImage {
  return resampleImage(image, outputSize(image, request));
}
